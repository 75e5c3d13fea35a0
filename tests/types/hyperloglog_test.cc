// SPDX-License-Identifier: BSD-3-Clause
//
// HyperLogLogs against a model of plain registers: both forms must hold the same registers and give
// the same estimate whatever the order of elements, across every way a run is cut and joined and
// across the limit at which a value turns dense. Known bytes and numbers are those of Redis 8.0, of
// which tests/scripts/hyperloglog proves more; bytes that are no such value must be told, never
// trusted.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <sorrel/base/random.h>
#include <sorrel/types/hyperloglog.h>

namespace sorrel::types::hyperloglog {
namespace {

constexpr std::uint64_t kNeverDense = UINT64_MAX;

Observation draw(base::Random& random) {
  const std::uint64_t number = random.next();
  return observe({reinterpret_cast<const char*>(&number), sizeof(number)});
}

std::string zero_dense() {
  std::string bytes(empty().substr(0, kHeaderBytes));
  bytes[4] = 0;
  bytes.resize(kDenseBytes);
  return bytes;
}

void raise_model(Registers& model, Observation seen) {
  model[seen.index] = std::max(model[seen.index], seen.height);
}

void expect_registers(std::string_view bytes, const Registers& model) {
  Registers registers{};
  ASSERT_TRUE(form_of(bytes));
  ASSERT_TRUE(merge(registers, bytes));
  ASSERT_EQ(registers, model);
  ASSERT_EQ(estimate(bytes), estimate(model));
}

TEST(HyperLogLog, ANewOneIsOneRunOfZeros) {
  EXPECT_EQ(form_of(empty()), Form::kSparse);
  EXPECT_EQ(empty().size(), 18U);
  EXPECT_EQ(estimate(empty()), 0U);
  EXPECT_EQ(cached_estimate(empty()), 0U);
  EXPECT_EQ(describe_sparse(empty()), "Z:16384");
}

TEST(HyperLogLog, HashesAsRedisDoes) {
  Sketch sketch(empty());
  for (const char* element : {"a", "b", "c", ""}) sketch.raise(observe(element), kNeverDense);
  EXPECT_EQ(estimate(sketch.bytes()), 4U);
  // Every length of the tail, and more than one whole word.
  const std::string text = "0123456789abcdefghi";
  Sketch lengths(empty());
  for (std::size_t size = 0; size < text.size(); ++size) {
    lengths.raise(observe(std::string_view(text).substr(0, size)), kNeverDense);
  }
  EXPECT_EQ(estimate(lengths.bytes()), 19U);
}

TEST(HyperLogLog, TheCachedEstimateIsForgottenByItsTopBit) {
  std::string bytes(empty());
  cache_estimate(bytes, 0x123456789aULL);
  EXPECT_EQ(cached_estimate(bytes), 0x123456789aULL);
  EXPECT_EQ(bytes.substr(8, 8), std::string("\x9a\x78\x56\x34\x12\0\0\0", 8));
  forget_estimate(bytes);
  EXPECT_EQ(cached_estimate(bytes), std::nullopt);
  EXPECT_EQ(bytes[15], '\x80');
}

TEST(HyperLogLog, DenseRegistersDoNotTouchEachOther) {
  base::Random random(1);
  std::string bytes = zero_dense();
  const auto model = std::make_unique<Registers>();
  for (int i = 0; i < 100'000; ++i) {
    const std::size_t index = random.below(kRegisters);
    (*model)[index] = static_cast<std::uint8_t>(random.below(64));
    set_dense_register(bytes, index, (*model)[index]);
    ASSERT_EQ(dense_register(bytes, index), (*model)[index]);
  }
  for (std::size_t i = 0; i < kRegisters; ++i) ASSERT_EQ(dense_register(bytes, i), (*model)[i]);
  expect_registers(bytes, *model);
  std::string written = zero_dense();
  write_dense(written, *model);
  EXPECT_EQ(written, bytes);
}

TEST(HyperLogLog, SparseAndDenseAgreeAfterEveryElement) {
  base::Random random(2);
  for (int round = 0; round < 20; ++round) {
    Sketch sparse(empty());
    Sketch dense(empty());
    ASSERT_TRUE(dense.make_dense());
    const auto model = std::make_unique<Registers>();
    const std::uint64_t elements = 1 + random.below(round % 2 == 0 ? 100 : 1600);
    for (std::uint64_t i = 0; i < elements; ++i) {
      const Observation seen = draw(random);
      const auto expected =
          (*model)[seen.index] < seen.height ? Sketch::Change::kRaised : Sketch::Change::kNone;
      raise_model(*model, seen);
      ASSERT_EQ(sparse.raise(seen, kNeverDense), expected);
      ASSERT_EQ(dense.raise(seen, 0), expected);
    }
    ASSERT_EQ(sparse.form(), Form::kSparse);
    ASSERT_EQ(dense.form(), Form::kDense);
    expect_registers(sparse.bytes(), *model);
    expect_registers(dense.bytes(), *model);
  }
}

// Few registers and few heights, so that runs of values meet, join and are cut all the time.
TEST(HyperLogLog, RunsAreCutAndJoinedEverywhere) {
  base::Random random(3);
  for (int round = 0; round < 300; ++round) {
    Sketch sketch(empty());
    const auto model = std::make_unique<Registers>();
    const std::uint64_t first = random.below(3) == 0 ? kRegisters - 40 : random.below(3) * 1000;
    for (int i = 0; i < 120; ++i) {
      const Observation seen{static_cast<std::uint16_t>(first + random.below(40)),
                             static_cast<std::uint8_t>(1 + random.below(round % 2 == 0 ? 3 : 32))};
      raise_model(*model, seen);
      ASSERT_NE(sketch.raise(seen, kNeverDense), Sketch::Change::kCorrupt);
    }
    ASSERT_EQ(sketch.form(), Form::kSparse);
    expect_registers(sketch.bytes(), *model);
  }
}

TEST(HyperLogLog, AscendingRegistersGiveTheSameBytesAsFreshSearches) {
  base::Random random(4);
  for (int round = 0; round < 50; ++round) {
    Sketch ascending(empty());
    std::string fresh(empty());
    for (std::uint16_t index = 0; index < 300;) {
      const Observation seen{index, static_cast<std::uint8_t>(1 + random.below(2))};
      ascending.raise(seen, kNeverDense);
      Sketch one(fresh);
      one.raise(seen, kNeverDense);
      fresh = one.bytes();
      ASSERT_EQ(ascending.bytes(), fresh);
      index = static_cast<std::uint16_t>(index + 1 + (random.below(3) == 0 ? random.below(80) : 0));
    }
  }
}

TEST(HyperLogLog, TurnsDenseAboveTheLimit) {
  for (const std::uint64_t limit : {0U, 30U, 100U, 3000U}) {
    base::Random random(5);
    Sketch sketch(empty());
    const auto model = std::make_unique<Registers>();
    std::size_t longest = 0;
    while (sketch.form() == Form::kSparse) {
      longest = sketch.bytes().size();
      ASSERT_TRUE(longest <= limit || longest == empty().size());
      const Observation seen = draw(random);
      raise_model(*model, seen);
      sketch.raise(seen, limit);
    }
    EXPECT_GT(longest + 3, limit);
    EXPECT_EQ(sketch.bytes().size(), kDenseBytes);
    expect_registers(sketch.bytes(), *model);
  }
}

TEST(HyperLogLog, AHeightThatNoRunHoldsTurnsItDense) {
  Sketch sketch(empty());
  EXPECT_EQ(sketch.raise({5, 32}, kNeverDense), Sketch::Change::kRaised);
  EXPECT_EQ(sketch.form(), Form::kSparse);
  EXPECT_EQ(sketch.raise({6, 33}, kNeverDense), Sketch::Change::kRaised);
  EXPECT_EQ(sketch.form(), Form::kDense);
  EXPECT_EQ(dense_register(sketch.bytes(), 5), 32);
  EXPECT_EQ(dense_register(sketch.bytes(), 6), 33);
}

TEST(HyperLogLog, TheLongestSparseValueFits) {
  Sketch sketch(empty());
  const auto model = std::make_unique<Registers>();
  for (std::size_t step = 0; step < kRegisters; ++step) {
    // 7 and 2^14 have no common divisor: every register once, in no order.
    const auto index = static_cast<std::uint16_t>(step * 7 % kRegisters);
    const Observation seen{index, static_cast<std::uint8_t>(1 + index % 2 * 5)};
    raise_model(*model, seen);
    ASSERT_EQ(sketch.raise(seen, kNeverDense), Sketch::Change::kRaised);
  }
  EXPECT_EQ(sketch.form(), Form::kSparse);
  EXPECT_EQ(sketch.bytes().size(), kHeaderBytes + kRegisters);
  expect_registers(sketch.bytes(), *model);
}

TEST(HyperLogLog, EstimatesWithinTheError) {
  base::Random random(6);
  Sketch sketch(empty());
  std::uint64_t next = 1;
  for (std::uint64_t count = 1; count <= 300'000; ++count) {
    sketch.raise(draw(random), 3000);
    if (count == next) {
      const auto found = static_cast<double>(*estimate(sketch.bytes()));
      const auto truth = static_cast<double>(count);
      EXPECT_LE(std::abs(found - truth), 4 * 0.0081 * truth + 0.5) << count;
      next = count * 3;
    }
  }
}

TEST(HyperLogLog, RegistersThatNoElementsMakeHaveAnEstimate) {
  std::string bytes = zero_dense();
  std::fill(bytes.begin() + kHeaderBytes, bytes.end(), '\xff');
  const auto found = estimate(bytes);
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, static_cast<std::uint64_t>(INT64_MAX));
  cache_estimate(bytes, *found);
  EXPECT_EQ(cached_estimate(bytes), found);
}

TEST(HyperLogLog, OtherBytesAreTold) {
  const std::string good(empty());
  EXPECT_EQ(form_of(""), std::nullopt);
  EXPECT_EQ(form_of("HYLL"), std::nullopt);
  EXPECT_EQ(form_of(good.substr(0, 15)), std::nullopt);
  EXPECT_EQ(form_of("hyll" + good.substr(4)), std::nullopt);
  EXPECT_EQ(form_of("HYLL\x02" + good.substr(5)), std::nullopt);
  std::string dense = zero_dense();
  EXPECT_EQ(form_of(dense), Form::kDense);
  dense += '\0';
  EXPECT_EQ(form_of(dense), std::nullopt);
  dense.resize(kDenseBytes - 1);
  EXPECT_EQ(form_of(dense), std::nullopt);
}

TEST(HyperLogLog, CorruptRunsAreTold) {
  const std::string header(empty().substr(0, kHeaderBytes));
  Registers registers{};
  for (const std::string_view runs : {std::string_view(""),                 // no registers
                                      std::string_view("\x7f", 1),          // half a run
                                      std::string_view("\x7f\xfe", 2),      // a register too few
                                      std::string_view("\x7f\xff\x80", 3),  // one too many
                                      std::string_view("\x7f\xff\x7f", 3)}) {
    const std::string bytes = header + std::string(runs);
    ASSERT_EQ(form_of(bytes), Form::kSparse);
    EXPECT_EQ(estimate(bytes), std::nullopt);
    EXPECT_FALSE(merge(registers, bytes));
    EXPECT_FALSE(Sketch(bytes).make_dense());
  }
  EXPECT_EQ(describe_sparse(header + "\x7f"), std::nullopt);
  EXPECT_EQ(Sketch(header).raise({0, 1}, 3000), Sketch::Change::kCorrupt);
  EXPECT_EQ(Sketch(header + "\x7f").raise({0, 1}, 3000), Sketch::Change::kCorrupt);
  EXPECT_EQ(Sketch(header + "\x00").raise({1, 1}, 3000), Sketch::Change::kCorrupt);
}

}  // namespace
}  // namespace sorrel::types::hyperloglog
