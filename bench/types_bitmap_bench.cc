// SPDX-License-Identifier: BSD-3-Clause
//
// Counting, searching and combining strings of bits, each beside the plain loop over bytes that
// says the same: at 64 bytes, 4 KiB (the nearest cache), 256 KiB and 16 MiB (memory).
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>

#include <sorrel/base/random.h>
#include <sorrel/types/bitmap.h>

namespace sorrel::types {
namespace {

std::string noise(std::size_t size, std::uint64_t seed) {
  base::Random random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.below(256));
  return bytes;
}

void sizes(benchmark::internal::Benchmark* bench) {
  for (const std::int64_t size : {64, 4096, 256 * 1024, 16 * 1024 * 1024}) bench->Arg(size);
}

std::size_t size_of(const benchmark::State& state) {
  return static_cast<std::size_t>(state.range(0));
}

std::uint64_t plain_count(std::string_view bytes) {
  std::uint64_t count = 0;
  for (const char byte : bytes) {
    count += static_cast<std::uint64_t>(std::popcount(static_cast<unsigned char>(byte)));
  }
  return count;
}

template <class Count>
void count(benchmark::State& state, Count&& count_of) {
  const std::string bytes = noise(size_of(state), 1);
  for (auto _ : state) benchmark::DoNotOptimize(count_of(std::string_view(bytes)));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
void BM_Count(benchmark::State& state) {
  count(state, [](std::string_view bytes) { return count_bits(bytes); });
}
void BM_CountPlain(benchmark::State& state) { count(state, plain_count); }
BENCHMARK(BM_Count)->Apply(sizes);
BENCHMARK(BM_CountPlain)->Apply(sizes);

std::size_t plain_find(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size() && bytes[at] == 0) ++at;
  return at;
}

template <class Find>
void find(benchmark::State& state, Find&& find_in) {
  std::string bytes(size_of(state), '\0');
  bytes.back() = 1;
  for (auto _ : state) benchmark::DoNotOptimize(find_in(std::string_view(bytes)));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
void BM_Find(benchmark::State& state) {
  find(state, [](std::string_view bytes) {
    return find_bit(bytes, true, 0, std::uint64_t{bytes.size()} * 8 - 1);
  });
}
void BM_FindPlain(benchmark::State& state) { find(state, plain_find); }
BENCHMARK(BM_Find)->Apply(sizes);
BENCHMARK(BM_FindPlain)->Apply(sizes);

// A byte of the result at a time, as the operation is defined.
char plain_byte(BitOperation operation, const std::vector<std::string_view>& sources,
                std::size_t i) {
  int result = sources[0][i];
  int twice = 0;
  for (std::size_t source = 1; source < sources.size(); ++source) {
    const int byte = sources[source][i];
    twice |= result & byte;
    result = operation == BitOperation::kAnd ? result & byte : result | byte;
  }
  return static_cast<char>(operation == BitOperation::kOne ? result & ~twice : result);
}

constexpr BitOperation kOperations[] = {BitOperation::kAnd, BitOperation::kOr, BitOperation::kOne};

struct Combination {
  explicit Combination(const benchmark::State& state)
      : operation(kOperations[state.range(1)]), result(size_of(state), '\0') {
    for (std::uint64_t i = 0; i < 3; ++i) text.push_back(noise(size_of(state), i));
    sources.assign(text.begin(), text.end());
  }

  BitOperation operation;
  std::vector<std::string> text;
  std::vector<std::string_view> sources;
  std::string result;
};

void combinations(benchmark::internal::Benchmark* bench) {
  for (const std::int64_t size : {64, 4096, 256 * 1024, 16 * 1024 * 1024}) {
    for (const std::int64_t operation : {0, 1, 2}) bench->Args({size, operation});
  }
}

void BM_Combine(benchmark::State& state) {
  Combination c(state);
  for (auto _ : state) {
    combine_bits(c.operation, c.sources, c.result);
    benchmark::DoNotOptimize(c.result.data());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0) * 3);
}
void BM_CombinePlain(benchmark::State& state) {
  Combination c(state);
  for (auto _ : state) {
    for (std::size_t i = 0; i < c.result.size(); ++i) {
      c.result[i] = plain_byte(c.operation, c.sources, i);
    }
    benchmark::DoNotOptimize(c.result.data());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0) * 3);
}
BENCHMARK(BM_Combine)->Apply(combinations);
BENCHMARK(BM_CombinePlain)->Apply(combinations);

}  // namespace
}  // namespace sorrel::types
