// SPDX-License-Identifier: BSD-3-Clause
//
// Items of the heap beside malloc's: made and freed in order; one freed at random and made anew
// among many; the same of sizes that change; and all freed in the order of a hash.
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include <sorrel/base/item_heap.h>
#include <sorrel/base/random.h>

namespace {

using sorrel::base::item_heap;
using sorrel::base::Random;

struct Items {
  static void* make(std::size_t bytes) { return item_heap().allocate(bytes); }
  static void free(void* item) { item_heap().free(item); }
};

struct Malloc {
  static void* make(std::size_t bytes) { return std::malloc(bytes); }
  static void free(void* item) { std::free(item); }
};

constexpr std::size_t kBytes = 56;

// Who frees an item has looked at it.
template <class Heap>
void* make(std::size_t bytes) {
  void* item = Heap::make(bytes);
  std::memset(item, 0, 16);
  std::memcpy(item, &bytes, sizeof bytes);
  return item;
}

template <class Heap>
void drop(void* item) {
  std::size_t bytes = 0;
  std::memcpy(&bytes, item, sizeof bytes);
  benchmark::DoNotOptimize(bytes);
  Heap::free(item);
}

template <class Heap>
void in_order(benchmark::State& state) {
  std::vector<void*> items(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    for (void*& item : items) item = make<Heap>(kBytes);
    for (void* item : items) drop<Heap>(item);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

template <class Heap>
std::vector<void*> filled(std::size_t count, Random& random) {
  std::vector<void*> items(count);
  for (void*& item : items) item = make<Heap>(kBytes);
  for (std::size_t i = count; i > 1; --i) std::swap(items[i - 1], items[random.below(i)]);
  return items;
}

template <class Heap>
void one_at_random(benchmark::State& state) {
  Random random(1);
  auto items = filled<Heap>(static_cast<std::size_t>(state.range(0)), random);
  for (auto _ : state) {
    void*& item = items[random.below(items.size())];
    drop<Heap>(item);
    item = make<Heap>(kBytes);
  }
  for (void* item : items) drop<Heap>(item);
}

template <class Heap>
void one_at_random_of_another_size(benchmark::State& state) {
  Random random(1);
  auto items = filled<Heap>(static_cast<std::size_t>(state.range(0)), random);
  for (auto _ : state) {
    void*& item = items[random.below(items.size())];
    void* old = item;
    item = make<Heap>(40 + 8 * random.below(12));
    drop<Heap>(old);
  }
  for (void* item : items) drop<Heap>(item);
}

template <class Heap>
void all_at_random(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    Random random(1);
    auto items = filled<Heap>(static_cast<std::size_t>(state.range(0)), random);
    state.ResumeTiming();
    for (void* item : items) drop<Heap>(item);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

#define SORREL_COMPARE(name)                                        \
  BENCHMARK_TEMPLATE(name, Items)->Arg(1'000'000)->Arg(10'000'000); \
  BENCHMARK_TEMPLATE(name, Malloc)->Arg(1'000'000)->Arg(10'000'000)
SORREL_COMPARE(in_order);
SORREL_COMPARE(one_at_random);
SORREL_COMPARE(one_at_random_of_another_size);
SORREL_COMPARE(all_at_random);

}  // namespace
