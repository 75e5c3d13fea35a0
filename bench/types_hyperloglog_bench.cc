// SPDX-License-Identifier: BSD-3-Clause
//
// HyperLogLogs: adding an element to each form, the estimate, and the union, the last two beside
// the plain loop over registers of six bits.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <benchmark/benchmark.h>

#include <sorrel/base/random.h>
#include <sorrel/types/hyperloglog.h>

namespace sorrel::types::hyperloglog {
namespace {

Observation draw(base::Random& random) {
  const std::uint64_t number = random.next();
  return observe({reinterpret_cast<const char*>(&number), sizeof(number)});
}

// A value that has seen so many elements.
std::string value_of(std::uint64_t elements, std::uint64_t max_sparse_bytes) {
  base::Random random(elements);
  Sketch sketch(empty());
  for (std::uint64_t i = 0; i < elements; ++i) sketch.raise(draw(random), max_sparse_bytes);
  return std::string(sketch.bytes());
}

std::string dense_value() { return value_of(100'000, 0); }

void BM_Observe(benchmark::State& state) {
  const std::string element(static_cast<std::size_t>(state.range(0)), 'e');
  for (auto _ : state) benchmark::DoNotOptimize(observe(element));
}
BENCHMARK(BM_Observe)->Arg(8)->Arg(64);

// What PFADD does with an element that raises nothing: the value in, a search.
void BM_SparseLookUp(benchmark::State& state) {
  const std::string value = value_of(static_cast<std::uint64_t>(state.range(0)), kMaxSparseBytes);
  base::Random random(7);
  for (auto _ : state) {
    Sketch sketch(value);
    benchmark::DoNotOptimize(
        sketch.raise({static_cast<std::uint16_t>(random.below(kRegisters)), 0}, 3000));
  }
  state.counters["bytes"] = static_cast<double>(value.size());
}
BENCHMARK(BM_SparseLookUp)->Arg(10)->Arg(100)->Arg(1000);

void BM_SparseRaise(benchmark::State& state) {
  const std::string value = value_of(static_cast<std::uint64_t>(state.range(0)), kMaxSparseBytes);
  base::Random random(7);
  for (auto _ : state) {
    Sketch sketch(value);
    const auto index = static_cast<std::uint16_t>(random.below(kRegisters));
    benchmark::DoNotOptimize(sketch.raise({index, 31}, kMaxSparseBytes));
    benchmark::DoNotOptimize(sketch.bytes().data());
  }
}
BENCHMARK(BM_SparseRaise)->Arg(10)->Arg(100)->Arg(1000);

void BM_EstimateSparse(benchmark::State& state) {
  const std::string value = value_of(static_cast<std::uint64_t>(state.range(0)), kMaxSparseBytes);
  for (auto _ : state) benchmark::DoNotOptimize(estimate(value));
}
BENCHMARK(BM_EstimateSparse)->Arg(10)->Arg(1000);

void BM_EstimateDense(benchmark::State& state) {
  const std::string value = dense_value();
  for (auto _ : state) benchmark::DoNotOptimize(estimate(value));
}
BENCHMARK(BM_EstimateDense);

void BM_MergeDense(benchmark::State& state) {
  const std::string value = dense_value();
  Registers registers{};
  for (auto _ : state) benchmark::DoNotOptimize(merge(registers, value));
}
BENCHMARK(BM_MergeDense);

void BM_MergeDensePlain(benchmark::State& state) {
  const std::string value = dense_value();
  Registers registers{};
  for (auto _ : state) {
    for (std::size_t i = 0; i < kRegisters; ++i) {
      const std::uint8_t height = dense_register(value, i);
      if (height > registers[i]) registers[i] = height;
    }
    benchmark::DoNotOptimize(registers.data());
  }
}
BENCHMARK(BM_MergeDensePlain);

void BM_WriteDense(benchmark::State& state) {
  std::string value = dense_value();
  Registers registers{};
  merge(registers, value);
  for (auto _ : state) {
    write_dense(value, registers);
    benchmark::DoNotOptimize(value.data());
  }
}
BENCHMARK(BM_WriteDense);

void BM_WriteDensePlain(benchmark::State& state) {
  std::string value = dense_value();
  Registers registers{};
  merge(registers, value);
  for (auto _ : state) {
    for (std::size_t i = 0; i < kRegisters; ++i) set_dense_register(value, i, registers[i]);
    benchmark::DoNotOptimize(value.data());
  }
}
BENCHMARK(BM_WriteDensePlain);

}  // namespace
}  // namespace sorrel::types::hyperloglog
