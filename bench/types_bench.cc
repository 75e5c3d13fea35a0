// SPDX-License-Identifier: BSD-3-Clause
//
// The sorted set at one million members of 17 bytes: time and heap allocations per operation, bytes
// per member. Members are drawn at random, so every operation meets cold memory, as a server's do.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include <sorrel/base/random.h>
#include <sorrel/types/sorted_set.h>

namespace {
std::uint64_t allocations = 0;
}  // namespace

// Not inlined: the compiler would see free() meet operator new and object.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace sorrel::types {
namespace {

constexpr std::uint64_t kMembers = 1000000;
constexpr std::uint64_t kScores = 1000000000;

struct Name {
  char text[18];

  explicit Name(std::uint64_t number) {
    for (int i = 16; i >= 7; --i, number /= 10) text[i] = static_cast<char>('0' + number % 10);
    for (int i = 0; i < 7; ++i) text[i] = "member:"[i];
  }
  std::string_view view() const { return {text, 17}; }
};

// One set for all the benchmarks that leave its size alone.
struct Board {
  Board() {
    for (std::uint64_t i = 0; i < kMembers; ++i) {
      set.add(Name(i).view(), static_cast<double>(random.below(kScores)), {}, settings);
    }
  }
  static Board& instance() {
    static Board board;
    return board;
  }
  Name draw() { return Name(random.below(kMembers)); }

  Settings settings;
  base::Random random{42};
  SortedSet set;
};

// Runs operation(board) and reports its allocations.
template <class Operation>
void run(benchmark::State& state, Operation&& operation) {
  Board& board = Board::instance();
  const std::uint64_t before = allocations;
  for (auto _ : state) operation(board);
  state.counters["allocs"] = benchmark::Counter(static_cast<double>(allocations - before),
                                                benchmark::Counter::kAvgIterations);
}

void BM_Fill(benchmark::State& state) {
  for (auto _ : state) {
    Settings settings;
    base::Random random(1);
    SortedSet set;
    const std::uint64_t before = allocations;
    for (std::uint64_t i = 0; i < kMembers; ++i) {
      set.add(Name(i).view(), static_cast<double>(random.below(kScores)), {}, settings);
    }
    state.counters["allocs"] = static_cast<double>(allocations - before) / kMembers;
    state.counters["bytes/member"] = static_cast<double>(set.memory_bytes()) / kMembers;
    state.PauseTiming();
    set.clear();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kMembers));
}
BENCHMARK(BM_Fill)->Unit(benchmark::kMillisecond)->Iterations(2);

void BM_Build(benchmark::State& state) {
  Board& board = Board::instance();
  std::vector<SortedSet::Entry> entries;
  for (auto it = board.set.forward(); it.valid(); it.next()) entries.push_back(*it);
  for (std::size_t i = entries.size(); i > 1; --i) {
    std::swap(entries[i - 1], entries[board.random.below(i)]);
  }
  for (auto _ : state) {
    SortedSet set = SortedSet::build(entries, board.settings);
    state.counters["bytes/member"] = static_cast<double>(set.memory_bytes()) / kMembers;
    state.PauseTiming();
    set.clear();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kMembers));
}
BENCHMARK(BM_Build)->Unit(benchmark::kMillisecond)->Iterations(2);

void BM_AddNew(benchmark::State& state) {
  std::uint64_t next = kMembers;
  run(state, [&](Board& board) {
    board.set.add(Name(next++).view(), static_cast<double>(board.random.below(kScores)), {},
                  board.settings);
  });
  Board& board = Board::instance();
  while (next > kMembers) board.set.remove(Name(--next).view());
}
BENCHMARK(BM_AddNew)->Iterations(200000);

void BM_AddUpdate(benchmark::State& state) {
  run(state, [](Board& board) {
    board.set.add(board.draw().view(), static_cast<double>(board.random.below(kScores)), {},
                  board.settings);
  });
}
BENCHMARK(BM_AddUpdate);

void BM_Increment(benchmark::State& state) {
  run(state,
      [](Board& board) { board.set.add(board.draw().view(), 50, {.incr = true}, board.settings); });
}
BENCHMARK(BM_Increment);

void BM_Score(benchmark::State& state) {
  run(state, [](Board& board) { benchmark::DoNotOptimize(board.set.score(board.draw().view())); });
}
BENCHMARK(BM_Score);

void BM_Rank(benchmark::State& state) {
  run(state, [](Board& board) { benchmark::DoNotOptimize(board.set.rank(board.draw().view())); });
}
BENCHMARK(BM_Rank);

void BM_RangeOf10(benchmark::State& state) {
  run(state, [](Board& board) {
    const std::uint64_t first = board.random.below(board.set.size() - 10);
    for (auto it = board.set.backward({first, first + 10}); it.valid(); it.next()) {
      benchmark::DoNotOptimize(it->score);
      benchmark::DoNotOptimize(it->member.data());
    }
  });
}
BENCHMARK(BM_RangeOf10);

void BM_ScoreRange(benchmark::State& state) {
  run(state, [](Board& board) {
    const auto low = static_cast<double>(board.random.below(kScores));
    benchmark::DoNotOptimize(board.set.ranks_in(ScoreRange{low, low + 10000}));
  });
}
BENCHMARK(BM_ScoreRange);

void BM_PopMinAndAdd(benchmark::State& state) {
  run(state, [](Board& board) {
    const SortedSet::Entry least = board.set.at(0);
    const std::string member(least.member);
    board.set.remove_range({0, 1});
    board.set.add(member, static_cast<double>(board.random.below(kScores)), {}, board.settings);
  });
}
BENCHMARK(BM_PopMinAndAdd);

// A compact set of the given size: an update moves its entry.
void BM_SmallIncrement(benchmark::State& state) {
  Settings settings;
  base::Random random(3);
  SortedSet set;
  const auto size = static_cast<std::uint64_t>(state.range(0));
  for (std::uint64_t i = 0; i < size; ++i) {
    set.add(Name(i).view(), static_cast<double>(random.below(200)), {}, settings);
  }
  for (auto _ : state) {
    set.add(Name(random.below(size)).view(), static_cast<double>(random.below(200)), {}, settings);
  }
  state.counters["bytes/member"] =
      static_cast<double>(set.memory_bytes()) / static_cast<double>(size);
}
BENCHMARK(BM_SmallIncrement)->Arg(10)->Arg(128);

}  // namespace
}  // namespace sorrel::types
