// SPDX-License-Identifier: BSD-3-Clause
//
// The keyspace by itself, without protocol and commands: time of an operation on a database of that
// many keys ("key:000000000001": 16 bytes, values of 32), drawn at random, and bytes of memory for
// a key. Prefetched runs ask for sixteen keys before the first is used, as the executor does.
#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <sorrel/base/memory.h>
#include <sorrel/keyspace/keyspace.h>
#include <sorrel/keyspace/write_ref.h>

namespace {

using namespace sorrel::keyspace;
using sorrel::base::Random;

constexpr std::int64_t kNow = 1'700'000'000'000;
constexpr std::string_view kValue = "0123456789abcdef0123456789abcdef";

class Name {
 public:
  explicit Name(std::uint64_t number) {
    std::snprintf(text_, sizeof text_, "key:%012lu", static_cast<unsigned long>(number));
  }
  std::string_view text() const { return {text_, 16}; }

 private:
  char text_[32];
};

struct Filled {
  explicit Filled(std::uint64_t count) : keyspace(1, 7) {
    keyspace.set_now_ms(kNow);
    const std::size_t before = sorrel::base::allocator_statistics().allocated;
    for (std::uint64_t i = 0; i < count; ++i) {
      set(i, DeadlinePolicy::clear());
    }
    bytes_per_key = static_cast<double>(sorrel::base::allocator_statistics().allocated - before) /
                    static_cast<double>(count);
  }
  void set(std::uint64_t number, DeadlinePolicy deadline) {
    const Name name(number);
    WriteRef ref = keyspace.database(0).write(keyspace.key(name.text()));
    ref.set_string(kValue, deadline);
    ref.commit(events::kSet);
  }

  Keyspace keyspace;
  Database& db = keyspace.database(0);
  double bytes_per_key = 0;
};

void find(benchmark::State& state) {
  const auto count = static_cast<std::uint64_t>(state.range(0));
  Filled filled(count);
  Random random(1);
  for (auto _ : state) {
    const Name name(random.below(count));
    benchmark::DoNotOptimize(filled.db.find(filled.keyspace.key(name.text())));
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["bytes_per_key"] = filled.bytes_per_key;
}

void find_missing(benchmark::State& state) {
  const auto count = static_cast<std::uint64_t>(state.range(0));
  Filled filled(count);
  Random random(1);
  for (auto _ : state) {
    const Name name(count + random.below(count));
    benchmark::DoNotOptimize(filled.db.find(filled.keyspace.key(name.text())));
  }
  state.SetItemsProcessed(state.iterations());
}

void find_prefetched(benchmark::State& state) {
  constexpr std::size_t kBatch = 16;
  const auto count = static_cast<std::uint64_t>(state.range(0));
  Filled filled(count);
  Random random(1);
  std::vector<Name> names(kBatch, Name(0));
  std::array<Key, kBatch> keys;
  for (auto _ : state) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      names[i] = Name(random.below(count));
      keys[i] = filled.keyspace.key(names[i].text());
      filled.db.prefetch(keys[i].hash);
    }
    for (const Key& key : keys) {
      filled.db.prefetch_record(key.hash);
    }
    for (const Key& key : keys) {
      benchmark::DoNotOptimize(filled.db.find(key));
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}

void overwrite(benchmark::State& state) {
  const auto count = static_cast<std::uint64_t>(state.range(0));
  Filled filled(count);
  Random random(1);
  for (auto _ : state) {
    filled.set(random.below(count), DeadlinePolicy::clear());
  }
  state.SetItemsProcessed(state.iterations());
}

// One key goes and a new one comes, so that the size stays.
void erase_and_insert(benchmark::State& state) {
  const auto count = static_cast<std::uint64_t>(state.range(0));
  Filled filled(count);
  std::uint64_t oldest = 0;
  for (auto _ : state) {
    const Name name(oldest);
    filled.db.erase(filled.keyspace.key(name.text()), events::kDel);
    filled.set(oldest + count, DeadlinePolicy::clear());
    ++oldest;
  }
  state.SetItemsProcessed(state.iterations());
}

// Keys come with a deadline and go by it, so that the size stays.
void expire(benchmark::State& state) {
  const auto count = static_cast<std::uint64_t>(state.range(0));
  Keyspace keyspace(1, 7);
  std::int64_t now = kNow;
  keyspace.set_now_ms(now);
  std::uint64_t next = 0;
  const auto add = [&] {
    const Name name(next++);
    WriteRef ref = keyspace.database(0).write(keyspace.key(name.text()));
    ref.set_string(kValue, DeadlinePolicy::at(now + static_cast<std::int64_t>(count)));
    ref.commit(events::kSet);
  };
  for (std::uint64_t i = 0; i < count; ++i) {
    keyspace.set_now_ms(++now);
    add();
  }
  for (auto _ : state) {
    keyspace.set_now_ms(++now);
    add();
    benchmark::DoNotOptimize(keyspace.expire_due(8));
  }
  state.SetItemsProcessed(state.iterations());
}

void fill(benchmark::State& state) {
  const auto count = static_cast<std::uint64_t>(state.range(0));
  double bytes = 0;
  for (auto _ : state) {
    auto filled = std::make_unique<Filled>(count);
    bytes = filled->bytes_per_key;
    state.PauseTiming();
    filled.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["bytes_per_key"] = bytes;
}

}  // namespace

BENCHMARK(find)->Arg(1000)->Arg(100'000)->Arg(1'000'000);
BENCHMARK(find_missing)->Arg(1'000'000);
BENCHMARK(find_prefetched)->Arg(1'000'000);
BENCHMARK(overwrite)->Arg(1'000'000);
BENCHMARK(erase_and_insert)->Arg(1'000'000);
BENCHMARK(expire)->Arg(100'000);
BENCHMARK(fill)->Arg(1'000'000)->Unit(benchmark::kMillisecond)->Iterations(3);
