// SPDX-License-Identifier: BSD-3-Clause
//
// Work that is made of requests.
#include "workload.h"

#include <stdexcept>
#include <utility>

#include <sorrel/resp/reply_reader.h>

namespace sorrel::bench {
namespace {

constexpr std::size_t kDepth = 16;
constexpr std::size_t kWarmUp = 64;  // pipelines
constexpr std::size_t kCounted = 512;
constexpr std::uint64_t kSeed = 5;

bool is_null(const resp::Reply& reply) {
  return reply.kind == resp::Reply::Kind::kNull || reply.kind == resp::Reply::Kind::kNullBulk ||
         reply.kind == resp::Reply::Kind::kNullArray;
}

class CommandWork final : public Work {
 public:
  CommandWork(Prepare prepare, Nulls nulls) : nulls_(nulls) {
    const Maker make = prepare(core_);
    base::Random random(kSeed);
    for (std::size_t i = 0; i < kWarmUp + kCounted; ++i) {
      std::string& pipeline = pipelines_.emplace_back();
      for (std::size_t k = 0; k < kDepth; ++k) {
        pipeline += make(random);
      }
    }
  }

  void warm_up() override {
    for (std::size_t i = 0; i < kWarmUp; ++i) {
      core_.turn(pipelines_[i]);
      look_at_replies();
    }
    errors_before_ = core_.statistics().errors;
    if (errors_before_ != 0) {
      throw std::runtime_error("there were errors before anything was counted");
    }
  }
  void run() override {
    for (std::size_t i = kWarmUp; i < pipelines_.size(); ++i) {
      core_.turn(pipelines_[i]);
    }
  }
  std::uint64_t units() const override { return kCounted * kDepth; }
  void check() override {
    if (core_.statistics().errors != errors_before_) {
      throw std::runtime_error("commands failed while they were counted");
    }
  }

 private:
  void look_at_replies() {
    std::vector<char> scratch;
    std::string_view bytes = core_.output().contiguous(scratch);
    std::size_t replies = 0;
    while (!bytes.empty()) {
      const resp::ReadResult read = resp::read_reply(bytes);
      if (read.status != resp::ReadStatus::kComplete) {
        throw std::runtime_error("a reply is cut off or malformed");
      }
      if (read.reply.kind == resp::Reply::Kind::kError) {
        throw std::runtime_error("answered with " + read.reply.text);
      }
      if (is_null(read.reply) != (nulls_ == Nulls::kExpected)) {
        throw std::runtime_error(is_null(read.reply) ? "found nothing" : "found something");
      }
      ++replies;
      bytes.remove_prefix(read.consumed);
    }
    if (replies < kDepth) {
      throw std::runtime_error("a request got no answer");
    }
  }

  Core core_;
  Nulls nulls_;
  std::vector<std::string> pipelines_;
  std::uint64_t errors_before_ = 0;
};

}  // namespace

Workload of_commands(std::string family, std::string name, Prepare prepare, Nulls nulls) {
  return {std::move(family), std::move(name),
          [prepare, nulls] { return std::make_unique<CommandWork>(prepare, nulls); }};
}

std::vector<Workload> all_workloads() {
  std::vector<Workload> all;
  for (const auto family :
       {string_workloads, key_workloads, list_workloads, hash_workloads, set_workloads,
        sorted_set_workloads, stream_workloads, bitmap_workloads, hyperloglog_workloads,
        geo_workloads, session_workloads, log_workloads, protocol_workloads}) {
    for (Workload& workload : family()) {
      all.push_back(std::move(workload));
    }
  }
  return all;
}

}  // namespace sorrel::bench
