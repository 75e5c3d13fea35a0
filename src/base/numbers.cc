// SPDX-License-Identifier: BSD-3-Clause
//
// Integers, floating-point parsing and memory sizes. Integers are parsed by hand, because the
// strict canonical form ("0", "-1", never "+1" or "01") decides what is stored as a number and what
// a protocol header may look like; they are formatted two digits at a time from a table. Doubles
// are read by std::from_chars, which ignores the locale, with the forms added that C's strtod
// takes. Pure; any thread.
#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>

#include <sorrel/base/numbers.h>
#include <sorrel/base/text.h>

namespace sorrel::base {
namespace {

constexpr std::array<char, 200> make_pairs() {
  std::array<char, 200> pairs{};
  for (std::size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}
constexpr std::array<char, 200> kPairs = make_pairs();

constexpr std::array<std::uint64_t, 20> make_powers() {
  std::array<std::uint64_t, 20> powers{};
  std::uint64_t power = 1;
  for (std::size_t i = 0; i < powers.size(); ++i) {
    powers[i] = power;
    power *= 10;
  }
  return powers;
}
constexpr std::array<std::uint64_t, 20> kPowers = make_powers();

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The space class of C, without the locale.
constexpr bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Whether a decimal or hexadecimal text has a digit other than 0 before its exponent.
bool has_nonzero_digit(std::string_view mantissa, bool hex) {
  for (const char c : mantissa) {
    const char letter = to_lower(c);
    if (letter == (hex ? 'p' : 'e')) {
      return false;
    }
    if (letter != '0' && letter != '.') {
      return true;
    }
  }
  return false;
}

// Most scores are short whole numbers. Up to 15 digits a double is exact.
std::optional<double> parse_few_digits(std::string_view text) {
  constexpr std::size_t kExact = 15;
  if (text.empty() || text.size() > kExact) {
    return std::nullopt;
  }
  std::int64_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) {
      return std::nullopt;
    }
    value = value * 10 + (c - '0');
  }
  return static_cast<double>(value);
}

}  // namespace

std::optional<std::uint64_t> parse_unsigned(std::string_view text) {
  if (text.empty() || text.size() > kMaxIntegerText || (text[0] == '0' && text.size() > 1)) {
    return std::nullopt;
  }
  // Nineteen digits always fit; only the twentieth needs the check.
  const std::size_t safe = text.size() < 20 ? text.size() : 19;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < safe; ++i) {
    if (!is_digit(text[i])) {
      return std::nullopt;
    }
    value = value * 10 + static_cast<std::uint64_t>(text[i] - '0');
  }
  if (safe == text.size()) {
    return value;
  }
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  const auto last = static_cast<std::uint64_t>(text[19] - '0');
  if (!is_digit(text[19]) || value > kMax / 10 || value * 10 > kMax - last) {
    return std::nullopt;
  }
  return value * 10 + last;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const bool negative = !text.empty() && text[0] == '-';
  const auto magnitude = parse_unsigned(negative ? text.substr(1) : text);
  if (!magnitude || (negative && *magnitude == 0) || *magnitude > kMax + (negative ? 1 : 0)) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(negative ? 0 - *magnitude : *magnitude);
}

std::optional<double> parse_double(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (const auto whole = parse_few_digits(text)) {
    return negative ? -*whole : *whole;
  }
  if (text.empty() || text[0] == '-') {
    return std::nullopt;
  }
  const bool hex = text.size() > 2 && text[0] == '0' && to_lower(text[1]) == 'x';
  if (hex) {
    text.remove_prefix(2);
    if (text[0] == '-') {
      return std::nullopt;
    }
  }
  double value = 0;
  const auto format = hex ? std::chars_format::hex : std::chars_format::general;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, format);
  if (error != std::errc{} || stop != end || std::isnan(value)) {
    return std::nullopt;
  }
  if (hex ? std::isinf(value) : std::isinf(value) && to_lower(text[0]) != 'i') {
    return std::nullopt;
  }
  if (value == 0 && has_nonzero_digit(text, hex)) {
    return std::nullopt;
  }
  return negative ? -value : value;
}

std::optional<long double> parse_long_double(std::string_view text) {
  if (text.empty() || is_space(text[0])) {
    return std::nullopt;
  }
  // strtold wants a terminator, and is the only reader of long double that keeps denormals.
  const std::string terminated(text);
  const int saved_errno = errno;
  errno = 0;
  char* stop = nullptr;
  const long double value = std::strtold(terminated.c_str(), &stop);
  const bool out_of_range = errno == ERANGE && (std::isinf(value) || value == 0);
  errno = saved_errno;
  if (stop != terminated.c_str() + text.size() || out_of_range || std::isnan(value)) {
    return std::nullopt;
  }
  return value;
}

std::optional<double> parse_lenient_double(std::string_view text) {
  text = text.substr(0, text.find('\0'));
  if (text.empty()) {
    return 0;
  }
  const bool negative = text[0] == '-';
  if (negative || text[0] == '+') {
    text.remove_prefix(1);
  }
  if (text.empty() || text[0] == '-') {
    return std::nullopt;
  }
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (stop != end || error == std::errc::invalid_argument || std::isnan(value)) {
    return std::nullopt;
  }
  if (error == std::errc::result_out_of_range) {
    value = std::strtod(std::string(text).c_str(), nullptr);
  }
  return negative ? -value : value;
}

std::size_t decimal_digits(std::uint64_t value) {
  // log10 from log2: 1233 / 4096 is just above log10(2), so the guess is exact or one too high.
  const auto bits = static_cast<std::size_t>(std::bit_width(value | 1));
  const std::size_t guess = (bits * 1233) >> 12;
  return guess + ((value | 1) >= kPowers[guess] ? 1 : 0);
}

std::size_t format_unsigned(std::uint64_t value, char* out) {
  const std::size_t length = decimal_digits(value);
  char* at = out + length;
  while (value >= 100) {
    at -= 2;
    std::memcpy(at, &kPairs[2 * (value % 100)], 2);
    value /= 100;
  }
  if (value >= 10) {
    std::memcpy(out, &kPairs[2 * value], 2);
  } else {
    *out = static_cast<char>('0' + value);
  }
  return length;
}

std::size_t format_integer(std::int64_t value, char* out) {
  if (value >= 0) {
    return format_unsigned(static_cast<std::uint64_t>(value), out);
  }
  *out = '-';
  return 1 + format_unsigned(0 - static_cast<std::uint64_t>(value), out + 1);
}

std::size_t format_long_double(long double value, char* out) {
  if (std::isinf(value)) {
    const std::string_view text = value > 0 ? "inf" : "-inf";
    std::memcpy(out, text.data(), text.size());
    return text.size();
  }
  const int written = std::snprintf(out, kMaxLongDoubleText, "%.17Lf", value);
  auto length = static_cast<std::size_t>(written);
  if (std::memchr(out, '.', length) != nullptr) {
    while (out[length - 1] == '0') {
      --length;
    }
    if (out[length - 1] == '.') {
      --length;
    }
  }
  if (length == 2 && out[0] == '-' && out[1] == '0') {
    out[0] = '0';
    length = 1;
  }
  return length;
}

std::optional<std::uint64_t> parse_memory_size(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::uint64_t bytes;
  };
  static constexpr Unit kUnits[] = {
      {"", 1},          {"b", 1},           {"k", 1000},          {"kb", 1ULL << 10},
      {"m", 1'000'000}, {"mb", 1ULL << 20}, {"g", 1'000'000'000}, {"gb", 1ULL << 30},
  };
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc::result_out_of_range) {
    return std::nullopt;
  }
  const std::string_view name(stop, static_cast<std::size_t>(end - stop));
  for (const Unit& unit : kUnits) {
    if (equals_ignoring_case(name, unit.name)) {
      if (number > std::numeric_limits<std::uint64_t>::max() / unit.bytes) {
        return std::nullopt;
      }
      return number * unit.bytes;
    }
  }
  return std::nullopt;
}

}  // namespace sorrel::base
