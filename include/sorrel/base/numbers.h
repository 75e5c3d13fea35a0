// SPDX-License-Identifier: BSD-3-Clause
//
// Numbers to text and back, to the letter of what Redis clients see. Parsing takes the whole text
// or nothing: no blanks, no trailing bytes. Formatting writes into the caller's buffer and
// allocates nothing. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sorrel::base {

inline constexpr std::size_t kMaxIntegerText = 20;           // "-9223372036854775808"
inline constexpr std::size_t kMaxDoubleText = 32;            // shortest form of any double
inline constexpr std::size_t kMaxLongDoubleText = 5 * 1024;  // 17 decimals of any long double

// The canonical decimal form only: "0", "-1", "42"; neither "+1" nor "01" nor "-0" nor "".
// Returns: nullopt when the text is not canonical or does not fit.
std::optional<std::int64_t> parse_integer(std::string_view text);
std::optional<std::uint64_t> parse_unsigned(std::string_view text);

// What C's strtod takes (decimal, hexadecimal, "inf", "infinity", sign), but for leading blanks;
// no NaN, and nothing that overflows to an infinity or underflows to zero. parse_double is what a
// score may look like, parse_long_double what INCRBYFLOAT takes.
std::optional<double> parse_double(std::string_view text);
std::optional<long double> parse_long_double(std::string_view text);

// What Redis 8 takes where it is less strict, for the bounds of ranges and what SORT compares:
// decimal only, up to a zero byte; nothing at all is zero, too large a number an infinity, too
// small a one zero. No blanks, no NaN.
std::optional<double> parse_lenient_double(std::string_view text);

// Requires: `out` has room for kMaxIntegerText bytes. Returns: bytes written.
std::size_t format_integer(std::int64_t value, char* out);
std::size_t format_unsigned(std::uint64_t value, char* out);
std::size_t decimal_digits(std::uint64_t value);

// As Redis 8 prints a double: an integral value of magnitude up to 2^62 in full, else the digits of
// Grisu2 (they read back the same and are the shortest but for about one value in a thousand), in
// plain notation when that stays short (0.1, 123.25, 0.00001) and as d.ddde+N otherwise
// (1.234567891234567e+6, 1e+21), "-0", "inf", "-inf", "nan".
// Requires: room for kMaxDoubleText bytes.
std::size_t format_double(double value, char* out);

// As Redis prints the result of INCRBYFLOAT: 17 decimals, trailing zeros cut, no exponent.
// Requires: room for kMaxLongDoubleText bytes.
std::size_t format_long_double(long double value, char* out);

// A memory size as configuration files spell it: digits and an optional unit, in any case:
// b, k (1000), kb (1024), m, mb, g, gb. No digits are 0, as in Redis. Returns: bytes, nullopt when
// malformed or too large.
std::optional<std::uint64_t> parse_memory_size(std::string_view text);

}  // namespace sorrel::base
