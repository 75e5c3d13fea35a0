// SPDX-License-Identifier: BSD-3-Clause
//
// format_double: the digits by Grisu2 (Florian Loitsch, "Printing floating-point numbers quickly
// and accurately with integers", PLDI 2010), the layout as Redis 8 has it. Why not std::to_chars,
// which is always shortest: in about one value of a thousand Grisu2 gives one digit more or another
// last digit (1e23 -> 99999999999999990000000), and Redis clients compare these texts byte by byte,
// so the same algorithm with the same choice of powers is the only way to agree.
//
// Invariant: what is printed reads back as the same double. Pure; any thread.
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include <sorrel/base/numbers.h>

#include "decimal_powers.h"

namespace sorrel::base {
namespace {

// significand * 2^exponent
struct Scaled {
  std::uint64_t significand = 0;
  int exponent = 0;
};

struct Digits {
  char text[20];
  int count = 0;
  int exponent = 0;  // the value is text * 10^exponent
};

constexpr int kFractionBits = 52;
constexpr std::uint64_t kHiddenBit = 1ULL << kFractionBits;

Scaled normalize(Scaled x) {
  const int shift = std::countl_zero(x.significand);
  return {x.significand << shift, x.exponent - shift};
}

// The upper 64 bits of the product, rounded.
Scaled multiply(Scaled a, Scaled b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a.significand) * b.significand;
  const Wide rounded = product + (Wide{1} << 63);
  return {static_cast<std::uint64_t>(rounded >> 64), a.exponent + b.exponent + 64};
}

// The power of ten whose product with a number of this exponent has its exponent in [-60, -32].
int choose_power(int exponent, Scaled& power) {
  constexpr double kLog10Of2 = 0.30102999566398114;
  constexpr int kTableSize = static_cast<int>(kDecimalPowers.size());
  const int estimate = static_cast<int>(-(exponent + kTableSize) * kLog10Of2);
  int index = (estimate - kFirstDecimalPower) / kDecimalPowerStep;
  for (;;) {
    const int decimal = kFirstDecimalPower + index * kDecimalPowerStep;
    const int binary = decimal_power_exponent(decimal);
    const int product = exponent + binary + 64;
    if (product < -60) {
      ++index;
    } else if (product > -32) {
      --index;
    } else {
      power = {kDecimalPowers[static_cast<std::size_t>(index)], binary};
      return decimal;
    }
  }
}

// Moves the last digit down while that brings the text nearer to the value: `rest` is how far the
// digits lie below the upper bound, `distance` how far the value does, `width` the interval.
void round_last_digit(Digits& digits, std::uint64_t rest, std::uint64_t distance,
                      std::uint64_t width, std::uint64_t unit) {
  while (rest < distance && width - rest >= unit &&
         (rest + unit < distance || distance - rest > rest + unit - distance)) {
    --digits.text[digits.count - 1];
    rest += unit;
  }
}

void generate(Digits& digits, Scaled value, Scaled upper, Scaled lower) {
  const std::uint64_t distance = upper.significand - value.significand;
  std::uint64_t width = upper.significand - lower.significand;
  const int shift = -upper.exponent;
  const std::uint64_t mask = (1ULL << shift) - 1;
  std::uint64_t integral = upper.significand >> shift;
  std::uint64_t fraction = upper.significand & mask;

  std::uint64_t divisor = 1000000000;
  for (int kappa = 9; kappa >= 0; --kappa, divisor /= 10) {
    const std::uint64_t digit = integral / divisor;
    if (digit != 0 || digits.count != 0) {
      digits.text[digits.count++] = static_cast<char>('0' + digit);
    }
    integral -= digit * divisor;
    const std::uint64_t rest = (integral << shift) + fraction;
    if (rest <= width) {
      digits.exponent += kappa;
      round_last_digit(digits, rest, distance, width, divisor << shift);
      return;
    }
  }
  std::uint64_t scale = 1;
  for (;;) {
    fraction *= 10;
    width *= 10;
    scale *= 10;
    --digits.exponent;
    const std::uint64_t digit = fraction >> shift;
    if (digit != 0 || digits.count != 0) {
      digits.text[digits.count++] = static_cast<char>('0' + digit);
    }
    fraction &= mask;
    if (fraction < width) {
      round_last_digit(digits, fraction, distance * scale, width, mask + 1);
      return;
    }
  }
}

// Requires: value is finite and > 0.
Digits shortest_digits(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const int biased = static_cast<int>(bits >> kFractionBits);
  Scaled exact{bits & (kHiddenBit - 1), 1 - 1023 - kFractionBits};
  if (biased != 0) {
    exact = {exact.significand | kHiddenBit, biased - 1023 - kFractionBits};
  }
  const Scaled upper = normalize({exact.significand * 2 + 1, exact.exponent - 1});
  // The gap below a power of two is half the gap above it.
  const int lower_shift = exact.significand == kHiddenBit ? 2 : 1;
  Scaled lower{(exact.significand << lower_shift) - 1, exact.exponent - lower_shift};
  lower.significand <<= lower.exponent - upper.exponent;
  lower.exponent = upper.exponent;

  Scaled power;
  Digits digits;
  digits.exponent = -choose_power(upper.exponent, power);
  Scaled high = multiply(upper, power);
  Scaled low = multiply(lower, power);
  // One unit on either side for the rounding of the products.
  --high.significand;
  ++low.significand;
  generate(digits, multiply(normalize(exact), power), high, low);
  return digits;
}

char* write_scientific(const Digits& digits, int exponent, char* out) {
  *out++ = digits.text[0];
  if (digits.count > 1) {
    *out++ = '.';
    std::memcpy(out, digits.text + 1, static_cast<std::size_t>(digits.count) - 1);
    out += digits.count - 1;
  }
  *out++ = 'e';
  *out++ = exponent < 0 ? '-' : '+';
  return out + format_unsigned(static_cast<std::uint64_t>(std::abs(exponent)), out);
}

char* write_digits(const Digits& digits, char* out) {
  const int exponent = digits.exponent + digits.count - 1;  // of the first digit
  const auto count = static_cast<std::size_t>(digits.count);
  if (digits.exponent >= 0 && exponent < digits.count + 7) {
    std::memcpy(out, digits.text, count);
    std::memset(out + count, '0', static_cast<std::size_t>(digits.exponent));
    return out + count + digits.exponent;
  }
  if (digits.exponent < 0 && (digits.exponent > -7 || std::abs(exponent) < 4)) {
    const int point = digits.count + digits.exponent;
    if (point > 0) {
      const auto whole = static_cast<std::size_t>(point);
      std::memcpy(out, digits.text, whole);
      out[whole] = '.';
      std::memcpy(out + whole + 1, digits.text + whole, count - whole);
      return out + count + 1;
    }
    out[0] = '0';
    out[1] = '.';
    std::memset(out + 2, '0', static_cast<std::size_t>(-point));
    std::memcpy(out + 2 - point, digits.text, count);
    return out + 2 - point + count;
  }
  return write_scientific(digits, exponent, out);
}

std::size_t copy(std::string_view text, char* out) {
  std::memcpy(out, text.data(), text.size());
  return text.size();
}

}  // namespace

std::size_t format_double(double value, char* out) {
  constexpr double kIntegralLimit = 4611686018427387904.0;  // 2^62
  if (std::isnan(value)) {
    return copy("nan", out);
  }
  if (std::isinf(value)) {
    return copy(value > 0 ? "inf" : "-inf", out);
  }
  if (value >= -kIntegralLimit && value <= kIntegralLimit) {
    const auto integral = static_cast<std::int64_t>(value);
    if (static_cast<double>(integral) == value) {
      return integral == 0 && std::signbit(value) ? copy("-0", out) : format_integer(integral, out);
    }
  }
  char* at = out;
  if (value < 0) {
    *at++ = '-';
    value = -value;
  }
  return static_cast<std::size_t>(write_digits(shortest_digits(value), at) - out);
}

}  // namespace sorrel::base
