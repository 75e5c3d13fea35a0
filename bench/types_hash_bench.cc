// SPDX-License-Identifier: BSD-3-Clause
//
// The big form of a hash at one million fields of 16 bytes: time per verb. Fields are drawn at
// random, so every operation meets cold memory, as a server's do.
#include <cstdint>
#include <string>
#include <string_view>

#include <benchmark/benchmark.h>

#include <sorrel/base/random.h>
#include <sorrel/types/hash.h>

namespace sorrel::types {
namespace {

constexpr std::uint64_t kFields = 1000000;

std::string name_of(std::uint64_t number) {
  std::string name = "field:0000000000";
  for (std::size_t i = name.size(); number != 0; number /= 10) {
    name[--i] = static_cast<char>('0' + number % 10);
  }
  return name;
}

// One hash for all the benchmarks, which leave its size alone.
struct Board {
  Board() {
    for (std::uint64_t i = 0; i < kFields; ++i) {
      hash.set(name_of(i), "value:00000000", FieldDeadline::kDropped, settings);
    }
  }
  static Board& instance() {
    static Board board;
    return board;
  }
  std::string draw() { return name_of(random.below(kFields)); }

  Settings settings;
  base::Random random{42};
  Hash hash;
};

void BM_HashGet(benchmark::State& state) {
  Board& board = Board::instance();
  for (auto _ : state) benchmark::DoNotOptimize(board.hash.get(board.draw()));
}
BENCHMARK(BM_HashGet);

void BM_HashSet(benchmark::State& state) {
  Board& board = Board::instance();
  for (auto _ : state) {
    board.hash.set(board.draw(), "value:11111111", FieldDeadline::kDropped, board.settings);
  }
}
BENCHMARK(BM_HashSet);

void BM_HashRemoveAndSet(benchmark::State& state) {
  Board& board = Board::instance();
  for (auto _ : state) {
    const std::string name = board.draw();
    board.hash.remove(name);
    board.hash.set(name, "value:22222222", FieldDeadline::kDropped, board.settings);
  }
}
BENCHMARK(BM_HashRemoveAndSet);

}  // namespace
}  // namespace sorrel::types
