// SPDX-License-Identifier: BSD-3-Clause
//
// What the protocol costs for each request and each reply. The parser runs over pipelines of 64, as
// a connection under load sees them; items are requests, and allocations are counted for each item.
#include <atomic>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <sorrel/resp/reply_writer.h>
#include <sorrel/resp/request_parser.h>

namespace {
std::atomic<std::size_t> allocations{0};
}  // namespace

// Not inlined, or GCC takes malloc and operator delete for a mismatch.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* const memory = std::malloc(bytes)) {
    return memory;
  }
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

using namespace sorrel;
using resp::BatchRoom;
using resp::Protocol;
using resp::ReplyWriter;
using resp::RequestParser;

constexpr int kDepth = 64;

class AllocationCounter {
 public:
  explicit AllocationCounter(benchmark::State& state) : state_(state), before_(allocations) {}
  ~AllocationCounter() {
    state_.SetItemsProcessed(kDepth * state_.iterations());
    state_.counters["allocations"] = static_cast<double>(allocations - before_) /
                                     static_cast<double>(kDepth * state_.iterations());
  }
  AllocationCounter(const AllocationCounter&) = delete;
  AllocationCounter& operator=(const AllocationCounter&) = delete;

 private:
  benchmark::State& state_;
  std::size_t before_;
};

std::string encode(const std::vector<std::string>& words) {
  std::string bytes = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words) {
    bytes += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  }
  return bytes;
}

std::string repeat(const std::string& request) {
  std::string bytes;
  for (int i = 0; i < kDepth; ++i) {
    bytes += request;
  }
  return bytes;
}

void parse(benchmark::State& state, const std::string& bytes) {
  RequestParser parser;
  BatchRoom room;
  const resp::RequestLimits limits;
  parser.parse(bytes, limits, kDepth, room);
  const AllocationCounter counter(state);
  for (auto _ : state) {
    const auto batch = parser.parse(bytes, limits, kDepth, room);
    if (batch.requests.size() != kDepth) {
      state.SkipWithError("a request was lost");
    }
  }
}

void parse_get(benchmark::State& state) {
  parse(state, repeat(encode({"GET", "key:000000012345"})));
}
BENCHMARK(parse_get);

void parse_set(benchmark::State& state) {
  parse(state, repeat(encode({"SET", "key:000000012345", std::string(32, 'v')})));
}
BENCHMARK(parse_set);

void parse_set_of_1k(benchmark::State& state) {
  parse(state, repeat(encode({"SET", "key:000000012345", std::string(1024, 'v')})));
}
BENCHMARK(parse_set_of_1k);

void parse_inline_ping(benchmark::State& state) { parse(state, repeat("PING\r\n")); }
BENCHMARK(parse_inline_ping);

// Every request arrives in two halves, so the resumable parser does all the work.
void parse_set_in_halves(benchmark::State& state) {
  const std::string bytes = encode({"SET", "key:000000012345", std::string(32, 'v')});
  const std::string_view view = bytes;
  RequestParser parser;
  BatchRoom room;
  const resp::RequestLimits limits;
  for (auto _ : state) {
    for (int i = 0; i < kDepth; ++i) {
      benchmark::DoNotOptimize(parser.parse(view.substr(0, 30), limits, kDepth, room).consumed);
      benchmark::DoNotOptimize(parser.parse(view, limits, kDepth, room).consumed);
    }
  }
  state.SetItemsProcessed(kDepth * state.iterations());
}
BENCHMARK(parse_set_in_halves);

template <class Write>
void write(benchmark::State& state, Protocol protocol, Write one) {
  base::OutputBuffer buffer;
  ReplyWriter writer(buffer, protocol);
  writer.ok();
  buffer.clear();
  const AllocationCounter counter(state);
  for (auto _ : state) {
    for (int i = 0; i < kDepth; ++i) {
      one(writer, i);
    }
    benchmark::DoNotOptimize(buffer.size());
    buffer.clear();
  }
}

void write_ok(benchmark::State& state) {
  write(state, Protocol::kResp2, [](ReplyWriter& writer, int) { writer.ok(); });
}
BENCHMARK(write_ok);

void write_integer(benchmark::State& state) {
  write(state, Protocol::kResp2, [](ReplyWriter& writer, int i) { writer.integer(i * 10'007); });
}
BENCHMARK(write_integer);

void write_bulk(benchmark::State& state) {
  const std::string value(static_cast<std::size_t>(state.range(0)), 'v');
  write(state, Protocol::kResp2, [&](ReplyWriter& writer, int) { writer.bulk(value); });
}
BENCHMARK(write_bulk)->Arg(8)->Arg(32)->Arg(128);

void write_real(benchmark::State& state) {
  write(state, Protocol::kResp3, [](ReplyWriter& writer, int i) { writer.real(i * 0.37); });
}
BENCHMARK(write_real);

void write_deferred_array(benchmark::State& state) {
  write(state, Protocol::kResp3, [](ReplyWriter& writer, int i) {
    const auto at = writer.defer();
    writer.integer(i);
    writer.bulk("member");
    writer.settle(at, ReplyWriter::Aggregate::kArray, 2);
  });
}
BENCHMARK(write_deferred_array);

}  // namespace
