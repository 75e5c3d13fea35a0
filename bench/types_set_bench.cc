// SPDX-License-Identifier: BSD-3-Clause
//
// The set at one million members of 19 bytes: time per operation, bytes per member; and the compact
// forms at their limits. Members are drawn at random, so every operation meets cold memory, as a
// server's do.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>

#include <sorrel/base/hash.h>
#include <sorrel/base/random.h>
#include <sorrel/types/set.h>

namespace sorrel::types {
namespace {

constexpr std::uint64_t kMembers = 1000000;

struct Name {
  char text[19];

  explicit Name(std::uint64_t number) {
    for (int i = 18; i >= 7; --i, number /= 10) text[i] = static_cast<char>('0' + number % 10);
    std::copy_n("member:", 7, text);
  }
  std::string_view view() const { return {text, sizeof text}; }
};

Set filled(const Settings& settings) {
  Set set;
  for (std::uint64_t i = 0; i < kMembers; ++i) set.add(Name(i).view(), settings);
  return set;
}

// One set for all the benchmarks that leave it alone.
struct Large {
  Settings settings;
  Set set = filled(settings);
  base::Random random{1};

  static Large& instance() {
    static Large large;
    return large;
  }
  Name draw() { return Name(random.below(kMembers)); }
};

void BM_SetFill(benchmark::State& state) {
  const Settings settings;
  for (auto _ : state) {
    const Set set = filled(settings);
    state.counters["bytes/member"] = static_cast<double>(set.memory_bytes()) / kMembers;
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kMembers));
}
BENCHMARK(BM_SetFill)->Unit(benchmark::kMillisecond)->Iterations(2);

void BM_SetBuild(benchmark::State& state) {
  const Settings settings;
  std::vector<Name> names;
  for (std::uint64_t i = 0; i < kMembers; ++i) names.emplace_back(i);
  std::vector<std::string_view> views;
  for (const Name& name : names) views.push_back(name.view());
  for (auto _ : state) {
    benchmark::DoNotOptimize(Set::build(views, SetEncoding::kIntset, settings));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kMembers));
}
BENCHMARK(BM_SetBuild)->Unit(benchmark::kMillisecond)->Iterations(2);

void BM_SetContains(benchmark::State& state) {
  Large& large = Large::instance();
  for (auto _ : state) benchmark::DoNotOptimize(large.set.contains(large.draw().view()));
}
BENCHMARK(BM_SetContains);

// As a pipeline of the executor does.
void BM_SetContainsAhead(benchmark::State& state) {
  Large& large = Large::instance();
  std::array<std::uint64_t, 16> hashes;
  std::vector<Name> names(hashes.size(), Name(0));
  for (auto _ : state) {
    for (std::size_t i = 0; i < hashes.size(); ++i) {
      names[i] = large.draw();
      hashes[i] = base::hash_bytes(names[i].view(), large.settings.hash_seed);
      large.set.prefetch(hashes[i], Prefetch::kPlace);
    }
    for (const std::uint64_t hash : hashes) large.set.prefetch(hash, Prefetch::kMember);
    for (std::size_t i = 0; i < hashes.size(); ++i) {
      benchmark::DoNotOptimize(large.set.contains(names[i].view(), hashes[i]));
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(hashes.size()));
}
BENCHMARK(BM_SetContainsAhead);

void BM_SetRandom(benchmark::State& state) {
  Large& large = Large::instance();
  for (auto _ : state) benchmark::DoNotOptimize(large.set.random(large.random));
}
BENCHMARK(BM_SetRandom);

void BM_SetWalk(benchmark::State& state) {
  Large& large = Large::instance();
  for (auto _ : state) {
    std::size_t bytes = 0;
    large.set.for_each([&](const Set::Member& member) { bytes += member.bytes.size(); });
    benchmark::DoNotOptimize(bytes);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kMembers));
}
BENCHMARK(BM_SetWalk)->Unit(benchmark::kMillisecond);

void BM_SetPopAndAdd(benchmark::State& state) {
  Large& large = Large::instance();
  for (auto _ : state) {
    std::string taken;
    large.set.pop(1, large.random, [&](const Set::Member& member) { taken = member.bytes; });
    large.set.add(taken, large.settings);
  }
}
BENCHMARK(BM_SetPopAndAdd);

// Taking a member out of a compact set of this size and putting it back.
void BM_SmallSet(benchmark::State& state, std::string_view prefix) {
  const Settings settings;
  Set set;
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    names.push_back(std::string(prefix) + std::to_string(i * 7));
    set.add(names.back(), settings);
  }
  base::Random random(1);
  for (auto _ : state) {
    const std::string& name = names[random.below(names.size())];
    set.remove(name);
    set.add(name, settings);
  }
  state.SetLabel(std::string(encoding_name(set.encoding())));
}
BENCHMARK_CAPTURE(BM_SmallSet, integers, "")->Arg(16)->Arg(512);
BENCHMARK_CAPTURE(BM_SmallSet, texts, "m")->Arg(16)->Arg(128);

}  // namespace
}  // namespace sorrel::types
