// SPDX-License-Identifier: BSD-3-Clause
//
// A command's whole road without the kernel: bytes of a pipeline through parser, executor and
// command to the bytes of the replies. The argument is the depth of the pipeline; items are
// commands, on a million keys drawn at random; allocations are counted for each command.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <sorrel/base/clock.h>
#include <sorrel/commands/families.h>
#include <sorrel/exec/executor.h>
#include <sorrel/resp/request_parser.h>

namespace {
std::uint64_t allocations = 0;
}  // namespace

// Not inlined: the compiler would see free() meet operator new and object. A record's own malloc
// is not counted here; tests/commands/allocation_budget_test.cc counts every way to the heap.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

using namespace sorrel;

constexpr std::uint64_t kKeys = 1'000'000;
constexpr std::size_t kPipelines = 4096;  // different ones, so that keys are not in the cache

struct Core {
  Core() : keyspace(16, 7), executor(table, keyspace, clock, 1) {
    commands::add_string_commands(table);
    commands::add_key_commands(table);
    commands::add_connection_commands(table);
    table.seal();
    executor.open_session(session);
    for (std::uint64_t i = 0; i < kKeys; ++i) {
      const std::string name = text_name(i);
      const std::string counter = "cnt:" + name.substr(4);
      const std::string_view set[] = {"SET", name, "0123456789abcdef0123456789abcdef"};
      executor.run_one(session, set, out);
      const std::string_view count[] = {"SET", counter, "1000"};
      executor.run_one(session, count, out);
      out.clear();
    }
  }
  static std::string text_name(std::uint64_t number) {
    char text[32];
    std::snprintf(text, sizeof text, "key:%012lu", static_cast<unsigned long>(number));
    return text;
  }

  base::SystemClock clock;
  exec::CommandTable table;
  keyspace::Keyspace keyspace;
  exec::Executor executor;
  exec::Session session;
  base::OutputBuffer out;
};

Core& core() {
  static const auto instance = std::make_unique<Core>();
  return *instance;
}

std::string request(const std::vector<std::string>& words) {
  std::string bytes = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words) {
    bytes += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  }
  return bytes;
}

// Runs pipelines of requests that make(random key number) gives.
template <class Make>
void run(benchmark::State& state, Make&& make) {
  Core& server = core();
  base::Random random(5);
  std::vector<std::string> pipelines(kPipelines);
  for (std::string& pipeline : pipelines) {
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      pipeline += request(make(random.below(kKeys)));
    }
  }
  resp::RequestParser parser;
  resp::BatchRoom room;
  const resp::RequestLimits limits;
  std::size_t next = 0;
  const auto pass = [&] {
    std::string_view unread = pipelines[next++ % kPipelines];
    while (!unread.empty()) {
      const auto batch = parser.parse(unread, limits, exec::Executor::kMaxBatch, room);
      server.executor.run(server.session, batch.requests, server.out);
      unread.remove_prefix(batch.consumed);
    }
    server.out.clear();
  };
  pass();
  const std::uint64_t before = allocations;
  for (auto _ : state) {
    pass();
  }
  const std::int64_t commands = state.iterations() * state.range(0);
  state.SetItemsProcessed(commands);
  state.counters["allocations"] =
      static_cast<double>(allocations - before) / static_cast<double>(commands);
}

void ping(benchmark::State& state) {
  run(state, [](std::uint64_t) { return std::vector<std::string>{"PING"}; });
}
void get(benchmark::State& state) {
  run(state, [](std::uint64_t key) {
    return std::vector<std::string>{"GET", Core::text_name(key)};
  });
}
void set(benchmark::State& state) {
  run(state, [](std::uint64_t key) {
    return std::vector<std::string>{"SET", Core::text_name(key), std::string(32, 'w')};
  });
}
void increment(benchmark::State& state) {
  run(state, [](std::uint64_t key) {
    return std::vector<std::string>{"INCR", "cnt:" + Core::text_name(key).substr(4)};
  });
}

}  // namespace

BENCHMARK(ping)->Arg(1)->Arg(16)->Arg(64);
BENCHMARK(get)->Arg(1)->Arg(16)->Arg(64);
BENCHMARK(set)->Arg(1)->Arg(16)->Arg(64);
BENCHMARK(increment)->Arg(1)->Arg(16)->Arg(64);
