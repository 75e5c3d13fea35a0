// SPDX-License-Identifier: BSD-3-Clause
//
// What a snapshot asks of big values: a walk in pieces over a million members (time per member, and
// per member that a verb changes while the walk still owes it), and a clone of ten million list
// elements or stream entries.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <benchmark/benchmark.h>

#include <sorrel/base/random.h>
#include <sorrel/types/hash.h>
#include <sorrel/types/list.h>
#include <sorrel/types/set.h>
#include <sorrel/types/sorted_set.h>
#include <sorrel/types/stream.h>

namespace sorrel::types {
namespace {

constexpr std::uint64_t kMembers = 1000000;
constexpr std::uint64_t kElements = 10000000;
constexpr std::size_t kPiece = 500;

std::string name_of(std::uint64_t number) { return "member:" + std::to_string(number); }

void fill(Hash& hash, const Settings& settings) {
  for (std::uint64_t i = 0; i < kMembers; ++i) {
    hash.set(name_of(i), "value", FieldDeadline::kDropped, settings);
  }
}
void fill(Set& set, const Settings& settings) {
  for (std::uint64_t i = 0; i < kMembers; ++i) set.add(name_of(i), settings);
}
void fill(SortedSet& set, const Settings& settings) {
  base::Random random(1);
  for (std::uint64_t i = 0; i < kMembers; ++i) {
    set.add(name_of(i), static_cast<double>(random.below(kMembers)), {}, settings);
  }
}

void touch(Hash& hash, const std::string& name, const Settings& settings) {
  hash.set(name, "other", FieldDeadline::kDropped, settings);
}
void touch(Set& set, const std::string& name, const Settings& settings) {
  set.remove(name);
  set.add(name, settings);
}
void touch(SortedSet& set, const std::string& name, const Settings& settings) {
  set.add(name, 1, {.incr = true}, settings);
}

std::size_t bytes_of(const Hash::Entry& entry) { return entry.field.bytes.size(); }
std::size_t bytes_of(const Set::Member& member) { return member.bytes.size(); }
std::size_t bytes_of(const SortedSet::Entry& entry) { return entry.member.size(); }

template <class Value>
void BM_Walk(benchmark::State& state) {
  const Settings settings;
  Value value;
  fill(value, settings);
  std::uint64_t bytes = 0;
  for (auto _ : state) {
    value.begin_walk();
    while (!value.walk(kPiece, [&](const auto& member) { bytes += bytes_of(member); })) {
    }
    value.end_walk();
  }
  benchmark::DoNotOptimize(bytes);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kMembers));
}
BENCHMARK_TEMPLATE(BM_Walk, Hash)->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(BM_Walk, Set)->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(BM_Walk, SortedSet)->Unit(benchmark::kMillisecond);

// Changes of random members, at rest (0) or while a walk owes nearly all of them (1).
template <class Value>
void BM_Change(benchmark::State& state) {
  const Settings settings;
  Value value;
  fill(value, settings);
  base::Random random(2);
  if (state.range(0) != 0) value.begin_walk();
  for (auto _ : state) touch(value, name_of(random.below(kMembers)), settings);
  state.counters["kept"] = static_cast<double>(value.walk_bytes());
}
BENCHMARK_TEMPLATE(BM_Change, Hash)->Arg(0)->Arg(1)->Iterations(200000);
BENCHMARK_TEMPLATE(BM_Change, Set)->Arg(0)->Arg(1)->Iterations(200000);
BENCHMARK_TEMPLATE(BM_Change, SortedSet)->Arg(0)->Arg(1)->Iterations(200000);

// Each clone is thrown away untimed, in the same thread.
template <class Value>
void clone_it(benchmark::State& state, const Value& value, std::uint64_t nodes) {
  const Settings settings;
  for (auto _ : state) {
    Value copy = value.clone(settings);
    benchmark::DoNotOptimize(copy);
    state.PauseTiming();
    copy.clear();
    state.ResumeTiming();
  }
  state.counters["nodes"] = static_cast<double>(nodes);
}

void BM_ListClone(benchmark::State& state) {
  const Settings settings;
  List list;
  for (std::uint64_t i = 0; i < kElements; ++i) {
    list.push(ListEnd::kBack, "element:" + std::to_string(i % 1000), settings);
  }
  clone_it(state, list, list.release_cost());
}
BENCHMARK(BM_ListClone)->Unit(benchmark::kMillisecond);

void BM_StreamClone(benchmark::State& state) {
  const Settings settings;
  Stream stream;
  const std::string_view fields[] = {"temperature", "21.5"};
  for (std::uint64_t i = 0; i < kElements; ++i)
    stream.add({1700000000000 + i, 0}, fields, settings);
  clone_it(state, stream, stream.node_count());
}
BENCHMARK(BM_StreamClone)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sorrel::types
