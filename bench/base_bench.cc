// SPDX-License-Identifier: BSD-3-Clause
//
// What the base layer costs: numbers to text and back, checksums, globs, the output buffer. The
// standard library's functions stand beside ours where we chose not to use them.
#include <charconv>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <sorrel/base/crc.h>
#include <sorrel/base/numbers.h>
#include <sorrel/base/output_buffer.h>
#include <sorrel/base/random.h>
#include <sorrel/base/text.h>

namespace {

using namespace sorrel::base;

constexpr std::size_t kValues = 1024;

std::vector<std::int64_t> integers(std::int64_t bits) {
  Random random(1);
  std::vector<std::int64_t> values(kValues);
  for (auto& value : values) {
    value = static_cast<std::int64_t>(random.next() >> (64 - bits));
  }
  return values;
}

std::vector<double> doubles() {
  Random random(2);
  std::vector<double> values(kValues);
  for (auto& value : values) {
    value = static_cast<double>(random.next() >> 11) * 1e-12;
  }
  return values;
}

void format_integer_ours(benchmark::State& state) {
  const auto values = integers(state.range(0));
  char out[kMaxIntegerText];
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(format_integer(values[i++ % kValues], out));
    benchmark::ClobberMemory();
  }
}
BENCHMARK(format_integer_ours)->Arg(6)->Arg(20)->Arg(63);

void format_integer_to_chars(benchmark::State& state) {
  const auto values = integers(state.range(0));
  char out[kMaxIntegerText];
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(std::to_chars(out, out + sizeof out, values[i++ % kValues]).ptr);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(format_integer_to_chars)->Arg(6)->Arg(20)->Arg(63);

void parse_integer_ours(benchmark::State& state) {
  std::vector<std::string> texts;
  for (const std::int64_t value : integers(state.range(0))) {
    texts.push_back(std::to_string(value));
  }
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(parse_integer(texts[i++ % kValues]));
  }
}
BENCHMARK(parse_integer_ours)->Arg(6)->Arg(20)->Arg(63);

void format_double_ours(benchmark::State& state) {
  const auto values = doubles();
  char out[kMaxDoubleText];
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(format_double(values[i++ % kValues], out));
    benchmark::ClobberMemory();
  }
}
BENCHMARK(format_double_ours);

void format_double_to_chars(benchmark::State& state) {
  const auto values = doubles();
  char out[kMaxDoubleText];
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(std::to_chars(out, out + sizeof out, values[i++ % kValues]).ptr);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(format_double_to_chars);

void parse_double_ours(benchmark::State& state) {
  std::vector<std::string> texts;
  for (const double value : doubles()) {
    char out[kMaxDoubleText];
    texts.emplace_back(out, format_double(value, out));
  }
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(parse_double(texts[i++ % kValues]));
  }
}
BENCHMARK(parse_double_ours);

void crc64_of_64k(benchmark::State& state) {
  const std::string bytes(65'536, 'x');
  for (auto _ : state) {
    benchmark::DoNotOptimize(crc64(bytes));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes.size()) * state.iterations());
}
BENCHMARK(crc64_of_64k);

void crc16_of_a_key(benchmark::State& state) {
  const std::string key = "user:1000:score";
  for (auto _ : state) {
    benchmark::DoNotOptimize(crc16(key));
  }
}
BENCHMARK(crc16_of_a_key);

void glob_of_a_key(benchmark::State& state) {
  const std::string key = "post:123456:virality_score";
  for (auto _ : state) {
    benchmark::DoNotOptimize(glob_match("post:*:virality_*", key));
  }
}
BENCHMARK(glob_of_a_key);

// A turn of 64 small replies, written and drained: no allocation after the first.
void output_buffer_turn(benchmark::State& state) {
  OutputBuffer buffer;
  const std::string reply(40, 'x');
  for (auto _ : state) {
    for (int i = 0; i < 64; ++i) {
      buffer.append(reply);
    }
    benchmark::DoNotOptimize(buffer.size());
    buffer.consume(buffer.size());
  }
  state.SetItemsProcessed(64 * state.iterations());
}
BENCHMARK(output_buffer_turn);

}  // namespace
