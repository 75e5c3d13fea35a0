// SPDX-License-Identifier: BSD-3-Clause
//
// What is counted: named pieces of work, by family. Each is built anew with its data, runs a while
// so that buffers have grown, runs again while instructions are counted, and then says whether what
// it ran was what it claims to be. Nothing in it depends on time, on the machine or on another
// workload's data. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sorrel/base/random.h>

#include "core.h"

namespace sorrel::bench {

class Work {
 public:
  virtual ~Work() = default;
  // Not counted. Errors: std::runtime_error if a reply is not what the workload is about.
  virtual void warm_up() = 0;
  // What is counted; units() tells of how many requests it is made.
  virtual void run() = 0;
  virtual std::uint64_t units() const = 0;
  // After run(). Errors: std::runtime_error if something failed meanwhile.
  virtual void check() = 0;
};

struct Workload {
  std::string family;
  std::string name;
  std::function<std::unique_ptr<Work>()> build;
};

// Gives one request after the other, as bytes; several commands may make one (a transaction).
using Maker = std::function<std::string(base::Random&)>;
// Fills the core. Returns: what requests are made by.
using Prepare = Maker (*)(Core&);

enum class Nulls : std::uint8_t { kRefused, kExpected };

// Requests in pipelines of 16, each pipeline a turn, through parser, executor and commands. Every
// reply of the warm-up is looked at: an error is refused, and so is a null, which would mean that a
// read found nothing, unless it is expected.
Workload of_commands(std::string family, std::string name, Prepare prepare,
                     Nulls nulls = Nulls::kRefused);

// By family. Names are unique within one.
std::vector<Workload> string_workloads();
std::vector<Workload> key_workloads();
std::vector<Workload> list_workloads();
std::vector<Workload> hash_workloads();
std::vector<Workload> set_workloads();
std::vector<Workload> sorted_set_workloads();
std::vector<Workload> stream_workloads();
std::vector<Workload> bitmap_workloads();
std::vector<Workload> hyperloglog_workloads();
std::vector<Workload> geo_workloads();
std::vector<Workload> session_workloads();  // connection, transactions, scripts, pubsub
std::vector<Workload> log_workloads();
std::vector<Workload> protocol_workloads();
std::vector<Workload> all_workloads();

}  // namespace sorrel::bench
