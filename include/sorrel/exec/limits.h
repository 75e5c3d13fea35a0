// SPDX-License-Identifier: BSD-3-Clause
//
// Bounds that commands keep, and other settings of theirs that an operator may change. Owned by the
// executor. One thread.
#pragma once

#include <cstdint>

namespace sorrel::exec {

struct Limits {
  // The longest string a command may build, and the transient memory LCS may take
  // (proto-max-bulk-len).
  std::uint64_t max_string_bytes = 512ULL * 1024 * 1024;
  // What one reply may take whose length a request of a few bytes decides: the hard limit of
  // client-output-buffer-limit, or if there is none the memory of the machine.
  std::uint64_t max_reply_bytes = 64ULL * 1024 * 1024 * 1024;
  // Whether the histograms of the commands' times grow: 1 or 0 (latency-tracking).
  std::uint32_t counts_latencies = 1;
};

}  // namespace sorrel::exec
