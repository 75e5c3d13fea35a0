// SPDX-License-Identifier: BSD-3-Clause
//
// Numbers to text and back. The expectations about doubles, long doubles and memory sizes are what
// a Redis 8.0 server answered to ZADD/ZSCORE, INCRBYFLOAT and CONFIG SET maxmemory; the rest is
// held against the standard library over random values.
#include <bit>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/base/numbers.h>
#include <sorrel/base/random.h>

namespace sorrel::base {
namespace {

using Limits = std::numeric_limits<std::int64_t>;

std::string double_text(double value) {
  char out[kMaxDoubleText];
  return {out, format_double(value, out)};
}

std::string integer_text(std::int64_t value) {
  char out[kMaxIntegerText];
  return {out, format_integer(value, out)};
}

std::string unsigned_text(std::uint64_t value) {
  char out[kMaxIntegerText];
  return {out, format_unsigned(value, out)};
}

std::string long_double_text(long double value) {
  std::vector<char> out(kMaxLongDoubleText);
  return {out.data(), format_long_double(value, out.data())};
}

// Many magnitudes: a random value cut to a random number of bits.
std::uint64_t any_magnitude(Random& random) { return random.next() >> random.below(64); }

TEST(ParseInteger, TakesCanonicalFormOnly) {
  EXPECT_EQ(parse_integer("0"), 0);
  EXPECT_EQ(parse_integer("-1"), -1);
  EXPECT_EQ(parse_integer("9223372036854775807"), Limits::max());
  EXPECT_EQ(parse_integer("-9223372036854775808"), Limits::min());
  for (const char* text : {"",
                           "-",
                           "+",
                           "+1",
                           "01",
                           "-01",
                           "-0",
                           "00",
                           " 1",
                           "1 ",
                           "1a",
                           "a",
                           "--1",
                           "0x1",
                           "1.0",
                           "1e3",
                           "9223372036854775808",
                           "-9223372036854775809",
                           "18446744073709551616",
                           "99999999999999999999",
                           "123456789012345678901"}) {
    EXPECT_EQ(parse_integer(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_integer(std::string_view("1\0", 2)), std::nullopt);
}

TEST(ParseUnsigned, CoversTheWholeRange) {
  EXPECT_EQ(parse_unsigned("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(parse_unsigned("10000000000000000000"), 10000000000000000000ULL);
  for (const char* text : {"18446744073709551616", "18446744073709551620", "1844674407370955161x",
                           "99999999999999999999", "-1", "", "00"}) {
    EXPECT_EQ(parse_unsigned(text), std::nullopt) << text;
  }
}

TEST(FormatInteger, AgreesWithTheStandardLibraryAndReadsBack) {
  Random random(1);
  for (int i = 0; i < 200'000; ++i) {
    const std::uint64_t magnitude = any_magnitude(random);
    const auto value = static_cast<std::int64_t>(random.below(2) == 0 ? magnitude : 0 - magnitude);
    ASSERT_EQ(unsigned_text(magnitude), std::to_string(magnitude));
    ASSERT_EQ(integer_text(value), std::to_string(value));
    ASSERT_EQ(parse_integer(integer_text(value)), value);
    ASSERT_EQ(parse_unsigned(unsigned_text(magnitude)), magnitude);
  }
  for (const std::int64_t value : {Limits::min(), Limits::max(), std::int64_t{0}}) {
    EXPECT_EQ(integer_text(value), std::to_string(value));
  }
}

TEST(DecimalDigits, IsExactAroundEachPowerOfTen) {
  EXPECT_EQ(decimal_digits(0), 1U);
  std::uint64_t power = 1;
  for (std::size_t digits = 1; digits <= 20; ++digits) {
    EXPECT_EQ(decimal_digits(power), digits);
    if (digits > 1) {
      EXPECT_EQ(decimal_digits(power - 1), digits - 1);
    }
    power *= 10;
  }
  EXPECT_EQ(decimal_digits(std::numeric_limits<std::uint64_t>::max()), 20U);
}

TEST(FormatDouble, PrintsAsTheReferenceServer) {
  const std::pair<double, const char*> cases[] = {
      {0.0, "0"},
      {-0.0, "-0"},
      {0.1, "0.1"},
      {-0.1, "-0.1"},
      {1.1, "1.1"},
      {3.0, "3"},
      {123.25, "123.25"},
      {123456.789, "123456.789"},
      {1234567.5, "1234567.5"},
      {99999999.5, "99999999.5"},
      {1234567890.125, "1234567890.125"},
      {12345.678901234567, "1.2345678901234567e+4"},
      {1234567.891234567, "1.234567891234567e+6"},
      {0.00001, "0.00001"},
      {0.000001, "0.000001"},
      {0.0000001, "1e-7"},
      {1.5e-7, "1.5e-7"},
      {0.00000012345, "1.2345e-7"},
      {0.00001234567890123, "1.234567890123e-5"},
      {1e-10, "1e-10"},
      {9007199254740991.0, "9007199254740991"},
      {9007199254740993.0, "9007199254740992"},
      {1e15, "1000000000000000"},
      {1e18, "1000000000000000000"},
      {4611686018427387904.0, "4611686018427387904"},
      {9223372036854775807.0, "9223372036854776000"},
      {-9223372036854775808.0, "-9223372036854776000"},
      {123456789012345680000.0, "123456789012345680000"},
      {1e19, "1e+19"},
      {1e20, "1e+20"},
      {1e21, "1e+21"},
      {1e22, "1e+22"},
      {1e23, "99999999999999990000000"},  // one digit more than the shortest
      {1e100, "1e+100"},
      {1.5e300, "1.5e+300"},
      {5e-324, "5e-324"},
      {2.2250738585072011e-308, "2.225073858507201e-308"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {-1.7976931348623157e308, "-1.7976931348623157e+308"},
      {std::numeric_limits<double>::infinity(), "inf"},
      {-std::numeric_limits<double>::infinity(), "-inf"},
      {std::numeric_limits<double>::quiet_NaN(), "nan"},
  };
  for (const auto& [value, text] : cases) {
    EXPECT_EQ(double_text(value), text);
  }
}

TEST(FormatDouble, ReadsBackTheSameAndFitsItsBound) {
  Random random(2);
  for (int i = 0; i < 300'000; ++i) {
    const auto value = std::bit_cast<double>(random.next());
    if (!std::isfinite(value)) {
      continue;
    }
    const std::string text = double_text(value);
    ASSERT_LE(text.size(), kMaxDoubleText);
    const auto back = parse_double(text);
    ASSERT_TRUE(back) << text;
    ASSERT_EQ(std::bit_cast<std::uint64_t>(*back), std::bit_cast<std::uint64_t>(value)) << text;
  }
}

TEST(ParseDouble, TakesWhatTheReferenceServerTakes) {
  const std::pair<const char*, double> cases[] = {
      {"0", 0},
      {"+1", 1},
      {"1.", 1},
      {".5", 0.5},
      {"+.5", 0.5},
      {"-.5", -0.5},
      {"1e5", 1e5},
      {"1E+5", 1e5},
      {"1e-5", 1e-5},
      {"1.e1", 10},
      {"00012", 12},
      {"0x10", 16},
      {"-0x10", -16},
      {"+0x1", 1},
      {"0x1p3", 8},
      {"0X1P-2", .25},
      {"0x.8", 0.5},
      {"0x1.8p1", 3},
      {"5e-324", 5e-324},
      {"2.5e-324", 5e-324},
      {"0e999999", 0},
      {"0x0p99999999999", 0},
      {"9007199254740993", 9007199254740992.0},
  };
  for (const auto& [text, value] : cases) {
    EXPECT_EQ(parse_double(text), value) << text;
  }
  for (const char* text : {"inf", "+inf", "INF", "Infinity", "infinity"}) {
    EXPECT_EQ(parse_double(text), std::numeric_limits<double>::infinity()) << text;
  }
  EXPECT_EQ(parse_double("-Infinity"), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::signbit(*parse_double("-0")));
}

TEST(ParseDouble, RefusesWhatTheReferenceServerRefuses) {
  for (const char* text : {"",
                           " 1",
                           "1 ",
                           "1\n",
                           "\t1",
                           "+-1",
                           "-+1",
                           "--1",
                           "nan",
                           "-nan",
                           "nan(1)",
                           ".",
                           "1e",
                           "1e+",
                           "1_0",
                           "0x",
                           "0x-1",
                           "0x+1",
                           "0xp1",
                           "0x.",
                           "0x10g",
                           "infinit",
                           "i",
                           "1f",
                           "1,5",
                           ".e1",
                           "+",
                           "1e400",
                           "-1e400",
                           "1e309",
                           "1.7976931348623159e308",
                           "1e-400",
                           "2e-324",
                           "2.4e-324",
                           "0x1p-1075",
                           "0x1p2000",
                           "1e99999999999",
                           "1e-99999999999",
                           "0b1",
                           "1.5.5"}) {
    EXPECT_EQ(parse_double(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_double(std::string_view("1\0", 2)), std::nullopt);
}

TEST(LenientDouble, TakesWhatRangesAndSortTake) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const std::pair<std::string_view, double> taken[] = {{"", 0},
                                                       {"5", 5},
                                                       {"+5", 5},
                                                       {"-5", -5},
                                                       {".5", 0.5},
                                                       {"5.", 5},
                                                       {"1e5", 1e5},
                                                       {"00012", 12},
                                                       {"inf", kInfinity},
                                                       {"-INF", -kInfinity},
                                                       {"1e400", kInfinity},
                                                       {"-1e400", -kInfinity},
                                                       {"1e-400", 0},
                                                       {"iNfInItY", kInfinity}};
  for (const auto& [text, value] : taken) {
    EXPECT_EQ(parse_lenient_double(text), value) << text;
  }
  EXPECT_EQ(parse_lenient_double(std::string_view("1\0x", 3)), 1);
  EXPECT_EQ(parse_lenient_double(std::string_view("\0", 1)), 0);
  EXPECT_TRUE(std::signbit(*parse_lenient_double("-0")));
  for (const char* const text : {"0x10", " 5", "5 ", "nan", "-nan", "nan(1)", "1e", "1e+", "-", "+",
                                 "--5", "+-5", "-+5", "1,5", "1_0", "0b1", "abc", "."}) {
    EXPECT_EQ(parse_lenient_double(text), std::nullopt) << text;
  }
}

TEST(LongDouble, ReadsAndPrintsAsIncrbyfloat) {
  const std::pair<const char*, const char*> cases[] = {
      {"0.1", "0.1"},
      {"3.0e3", "3000"},
      {"-0", "0"},
      {"5.0e-9", "0.000000005"},
      {"9007199254740993", "9007199254740993"},
      {"0.00000000000000001", "0.00000000000000001"},
      {"-0.000000000000000001", "0"},
      {"1e-400", "0"},
      {"1e-4940", "0"},
      {"0x10", "16"},
      {"0.11111111111111111111111", "0.11111111111111111"},
      {"inf", "inf"},
      {"-inf", "-inf"},
  };
  for (const auto& [text, printed] : cases) {
    const auto value = parse_long_double(text);
    ASSERT_TRUE(value) << text;
    EXPECT_EQ(long_double_text(*value), printed) << text;
  }
  EXPECT_EQ(long_double_text(0.1L + 0.2L), "0.3");
  EXPECT_EQ(long_double_text(*parse_long_double("1e400")).size(), 401U);
  EXPECT_LE(long_double_text(-std::numeric_limits<long double>::max()).size(), kMaxLongDoubleText);
  for (const char* text : {"", " 1", "1 ", "nan", "1e5000", "1e-5000", "1e", "x", "0xp1", "1,5"}) {
    EXPECT_EQ(parse_long_double(text), std::nullopt) << text;
  }
}

TEST(ParseMemorySize, KnowsBothKindsOfUnits) {
  const std::pair<const char*, std::uint64_t> cases[] = {
      {"0", 0},
      {"10", 10},
      {"007kb", 7168},
      {"10b", 10},
      {"10k", 10'000},
      {"10KB", 10'240},
      {"1m", 1'000'000},
      {"1Mb", 1 << 20},
      {"1g", 1'000'000'000},
      {"1GB", 1 << 30},
      {"", 0},
      {"kb", 0},
      {"8589934592gb", 1ULL << 63},
      {"18446744073709551615", std::numeric_limits<std::uint64_t>::max()},
  };
  for (const auto& [text, bytes] : cases) {
    EXPECT_EQ(parse_memory_size(text), bytes) << text;
  }
  for (const char* text : {"-1", "+1", " 1", "1 ", "1 k", "1.5g", "1t", "1kbb", "0x10", "1e3",
                           "18446744073709551616", "17179869184gb"}) {
    EXPECT_EQ(parse_memory_size(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace sorrel::base
