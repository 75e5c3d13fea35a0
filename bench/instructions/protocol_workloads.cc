// SPDX-License-Identifier: BSD-3-Clause
//
// The parser alone and the writer of replies alone, without a server.
#include <stdexcept>
#include <utility>

#include <sorrel/resp/reply_writer.h>

#include "workload.h"

namespace sorrel::bench {
namespace {

constexpr std::uint64_t kTurns = 512;
constexpr std::uint64_t kDepth = 16;

// Parses pipelines of 16 requests.
class ParserWork final : public Work {
 public:
  explicit ParserWork(const Maker& make) {
    base::Random random(5);
    for (std::uint64_t i = 0; i < kTurns; ++i) {
      std::string& pipeline = pipelines_.emplace_back();
      for (std::uint64_t k = 0; k < kDepth; ++k) {
        pipeline += make(random);
      }
    }
  }
  void warm_up() override {
    run();
    check();
  }
  void run() override {
    parsed_ = 0;
    for (const std::string& pipeline : pipelines_) {
      parsed_ += parser_.parse(pipeline, limits_, exec::Executor::kMaxBatch, room_).requests.size();
    }
  }
  std::uint64_t units() const override { return kTurns * kDepth; }
  void check() override {
    if (parsed_ != units()) {
      throw std::runtime_error("not all requests were parsed");
    }
  }

 private:
  std::vector<std::string> pipelines_;
  resp::RequestParser parser_;
  resp::BatchRoom room_;
  const resp::RequestLimits limits_;
  std::uint64_t parsed_ = 0;
};

// Writes 16 replies a turn, of different values.
using WriteReply = void (*)(resp::ReplyWriter&, std::uint64_t);

class WriterWork final : public Work {
 public:
  WriterWork(resp::Protocol protocol, WriteReply write) : protocol_(protocol), write_(write) {}
  void warm_up() override { run(); }
  void run() override {
    std::uint64_t written = 0;
    for (std::uint64_t i = 0; i < kTurns; ++i) {
      output_.clear();
      resp::ReplyWriter reply(output_, protocol_);
      for (std::uint64_t k = 0; k < kDepth; ++k) {
        write_(reply, ++written * 7919);
      }
      least_ = i == 0 ? output_.size() : std::min(least_, output_.size());
    }
  }
  std::uint64_t units() const override { return kTurns * kDepth; }
  void check() override {
    if (least_ < kDepth) {
      throw std::runtime_error("replies are missing");
    }
  }

 private:
  resp::Protocol protocol_;
  WriteReply write_;
  base::OutputBuffer output_;
  std::size_t least_ = 0;
};

Workload of_parser(std::string name, Maker make) {
  return {"protocol", std::move(name), [make] { return std::make_unique<ParserWork>(make); }};
}
Workload of_writer(std::string name, resp::Protocol protocol, WriteReply write) {
  return {"protocol", std::move(name),
          [protocol, write] { return std::make_unique<WriterWork>(protocol, write); }};
}

std::string get(base::Random& random) {
  return request({"GET", numbered("key:", random.below(100'000))});
}
std::string set(base::Random& random) {
  return request({"SET", numbered("key:", random.below(100'000)), std::string(32, 'v')});
}
std::string mset(base::Random& random) {
  std::vector<std::string> words{"MSET"};
  for (int i = 0; i < 20; ++i) {
    words.push_back(numbered("key:", random.below(100'000)));
  }
  const std::vector<std::string_view> views(words.begin(), words.end());
  return request(views);
}
std::string inlined(base::Random& random) {
  return "GET " + numbered("key:", random.below(100'000)) + "\r\n";
}

void write_ok(resp::ReplyWriter& reply, std::uint64_t) { reply.ok(); }
void write_integer(resp::ReplyWriter& reply, std::uint64_t number) {
  reply.integer(static_cast<std::int64_t>(number));
}
void write_bulk(resp::ReplyWriter& reply, std::uint64_t) {
  reply.bulk("0123456789abcdef0123456789abcdef");
}
void write_real(resp::ReplyWriter& reply, std::uint64_t number) {
  reply.real(static_cast<double>(number) / 1024);
}
void write_whole_real(resp::ReplyWriter& reply, std::uint64_t number) {
  reply.real(static_cast<double>(number));
}
void write_array(resp::ReplyWriter& reply, std::uint64_t number) {
  reply.array(10);
  for (std::uint64_t i = 0; i < 10; ++i) {
    reply.bulk_integer(static_cast<std::int64_t>(number + i));
  }
}
void write_deferred(resp::ReplyWriter& reply, std::uint64_t number) {
  const resp::ReplyWriter::Mark at = reply.defer();
  for (std::uint64_t i = 0; i < 10; ++i) {
    reply.integer(static_cast<std::int64_t>(number + i));
  }
  reply.settle(at, resp::ReplyWriter::Aggregate::kArray, 10);
}

}  // namespace

std::vector<Workload> protocol_workloads() {
  constexpr auto kResp2 = resp::Protocol::kResp2;
  return {
      of_parser("parse_get", get),
      of_parser("parse_inline", inlined),
      of_parser("parse_mset_10", mset),
      of_parser("parse_set", set),
      of_writer("write_array_10", kResp2, write_array),
      of_writer("write_bulk_32", kResp2, write_bulk),
      of_writer("write_deferred_array_10", kResp2, write_deferred),
      of_writer("write_integer", kResp2, write_integer),
      of_writer("write_ok", kResp2, write_ok),
      of_writer("write_real", kResp2, write_real),
      of_writer("write_whole_real", kResp2, write_whole_real),
  };
}

}  // namespace sorrel::bench
