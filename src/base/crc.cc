// SPDX-License-Identifier: BSD-3-Clause
//
// CRC16 from one table and CRC64 from eight, all made by the compiler from the polynomials: nothing
// to transcribe and nothing to initialise at run time. Table n of CRC64 holds the effect of a byte
// that n more bytes follow, so that eight look-ups without a dependency replace eight with one. The
// eight bytes are put together by shifts, so the result does not depend on the byte order.
//
// Where the processor multiplies polynomials, long strings are folded ("Fast CRC Computation for
// Generic Polynomials Using PCLMULQDQ Instruction", Gopal et al., Intel, 2009): four vectors of 16
// bytes run over the string, each multiplied by x^512 modulo the polynomial before the next 64
// bytes are added, so that what came before stands where it would after those. What is left at the
// end is 16 bytes with the same checksum, for the tables. Constants and pure functions; any thread.
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <array>
#include <cstddef>

#include <sorrel/base/crc.h>

namespace sorrel::base {
namespace {

constexpr std::array<std::uint16_t, 256> make_crc16_table() {
  std::array<std::uint16_t, 256> table{};
  for (unsigned i = 0; i < 256; ++i) {
    unsigned crc = i << 8;
    for (int bit = 0; bit < 8; ++bit) {
      crc = ((crc << 1) ^ ((crc & 0x8000U) != 0 ? 0x1021U : 0U)) & 0xffffU;
    }
    table[i] = static_cast<std::uint16_t>(crc);
  }
  return table;
}

constexpr std::uint64_t kReflected = 0x95ac9329ac4bc9b5ULL;  // of 0xad93d23594c935a9

using Crc64Tables = std::array<std::array<std::uint64_t, 256>, 8>;

constexpr Crc64Tables make_crc64_tables() {
  Crc64Tables tables{};
  for (std::size_t i = 0; i < 256; ++i) {
    std::uint64_t crc = i;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1) ^ ((crc & 1) != 0 ? kReflected : 0);
    }
    tables[0][i] = crc;
  }
  for (std::size_t n = 1; n < tables.size(); ++n) {
    for (std::size_t i = 0; i < 256; ++i) {
      const std::uint64_t crc = tables[n - 1][i];
      tables[n][i] = (crc >> 8) ^ tables[0][crc & 0xff];
    }
  }
  return tables;
}

constexpr auto kCrc16 = make_crc16_table();
constexpr Crc64Tables kCrc64 = make_crc64_tables();

std::uint64_t byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<unsigned char>(bytes[i]);
}

std::uint64_t load_little(std::string_view bytes) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    word |= byte_at(bytes, i) << (8 * i);
  }
  return word;
}

std::uint64_t crc64_by_tables(std::string_view bytes, std::uint64_t seed) {
  std::uint64_t crc = seed;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    const std::uint64_t word = crc ^ load_little(bytes);
    crc = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      crc ^= kCrc64[7 - i][(word >> (8 * i)) & 0xff];
    }
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    crc = (crc >> 8) ^ kCrc64[0][(crc ^ byte_at(bytes, i)) & 0xff];
  }
  return crc;
}

#if defined(__x86_64__)

constexpr std::size_t kVector = 16;
constexpr std::size_t kStride = 4 * kVector;
constexpr std::size_t kLeastFolded = 2 * kStride;

bool can_fold() {
  static const bool kCan = __builtin_cpu_supports("pclmul");
  return kCan;
}

// x^power modulo the polynomial, reflected.
constexpr std::uint64_t power_of_x(unsigned power) {
  std::uint64_t value = std::uint64_t{1} << 63;
  for (; power > 0; --power) {
    value = (value >> 1) ^ ((value & 1) != 0 ? kReflected : 0);
  }
  return value;
}

// What moves a vector `bits` further: factors of its first half, which stands for the higher
// powers, and of its second. A product of reflected numbers is x times too large already.
struct Factors {
  std::uint64_t first;
  std::uint64_t second;
};
constexpr Factors factors_of(unsigned bits) {
  return {power_of_x(bits + 64 - 1), power_of_x(bits - 1)};
}

[[gnu::target("pclmul")]] __m128i load(const char* from) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}

[[gnu::target("pclmul")]] __m128i vector_of(Factors factors) {
  return _mm_set_epi64x(static_cast<long long>(factors.second),
                        static_cast<long long>(factors.first));
}

[[gnu::target("pclmul")]] __m128i fold(__m128i sum, __m128i factors, __m128i next) {
  const __m128i first = _mm_clmulepi64_si128(sum, factors, 0x00);
  const __m128i second = _mm_clmulepi64_si128(sum, factors, 0x11);
  return _mm_xor_si128(next, _mm_xor_si128(first, second));
}

// Requires: bytes.size() >= kLeastFolded.
[[gnu::target("pclmul")]] std::uint64_t crc64_by_folding(std::string_view bytes,
                                                         std::uint64_t seed) {
  constexpr Factors kFar = factors_of(8 * kStride);
  constexpr Factors kNear = factors_of(8 * kVector);
  const __m128i far = vector_of(kFar);
  const __m128i near = vector_of(kNear);
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  __m128i sums[4] = {load(at), load(at + kVector), load(at + 2 * kVector), load(at + 3 * kVector)};
  sums[0] = _mm_xor_si128(sums[0], _mm_set_epi64x(0, static_cast<long long>(seed)));
  at += kStride;
  for (; end - at >= static_cast<std::ptrdiff_t>(kStride); at += kStride) {
    for (std::size_t i = 0; i < 4; ++i) {
      sums[i] = fold(sums[i], far, load(at + i * kVector));
    }
  }
  __m128i sum = fold(sums[0], near, sums[1]);
  sum = fold(sum, near, sums[2]);
  sum = fold(sum, near, sums[3]);
  for (; end - at >= static_cast<std::ptrdiff_t>(kVector); at += kVector) {
    sum = fold(sum, near, load(at));
  }
  char folded[kVector];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(folded), sum);
  const std::uint64_t crc = crc64_by_tables({folded, sizeof folded}, 0);
  return crc64_by_tables({at, static_cast<std::size_t>(end - at)}, crc);
}

#endif

}  // namespace

std::uint16_t crc16(std::string_view bytes) {
  unsigned crc = 0;
  for (const char c : bytes) {
    crc = ((crc << 8) & 0xffffU) ^ kCrc16[(crc >> 8) ^ static_cast<unsigned char>(c)];
  }
  return static_cast<std::uint16_t>(crc);
}

std::uint64_t crc64(std::string_view bytes, std::uint64_t seed) {
#if defined(__x86_64__)
  if (bytes.size() >= kLeastFolded && can_fold()) {
    return crc64_by_folding(bytes, seed);
  }
#endif
  return crc64_by_tables(bytes, seed);
}

}  // namespace sorrel::base
