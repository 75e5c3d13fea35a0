// SPDX-License-Identifier: BSD-3-Clause
//
// What the load generator says at its end: members of one JSON object on standard output. Each
// function writes some, with the comma before them but for the first.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core_watch.h"
#include "load_connection.h"
#include "load_fleet.h"
#include "load_stretches.h"

namespace sorrel::load {

// What all replies of a run have in common.
struct Tally {
  std::uint64_t answered = 0;
  std::uint64_t missing = 0;
  std::uint64_t refused = 0;
  std::string first_refusal;

  void add(const Reply& reply) {
    ++answered;
    missing += reply.outcome == Outcome::kMissing ? 1 : 0;
    if (reply.outcome == Outcome::kRefused && refused++ == 0) {
      first_refusal = reply.text;
    }
  }
};

using CoreWatches = std::vector<std::unique_ptr<CoreWatch>>;

// Returns: the text as a JSON string; what cannot be printed is a question mark.
std::string quoted(std::string_view text);

// The first members. `cpu`: seconds of processor time of the generator.
void print_tally(const Tally& tally, std::int64_t took_ns, double cpu);
void print_stretches(const Stretches& stretches);
// Ends the watches.
void print_pauses(const Stretches& stretches, const LoadFleet& fleet, CoreWatches& watches,
                  std::int64_t start_ns);

}  // namespace sorrel::load
