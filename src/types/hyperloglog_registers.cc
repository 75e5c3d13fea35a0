// SPDX-License-Identifier: BSD-3-Clause
//
// Four registers are three bytes. Read as one little-endian number of 24 bits, its fields of six
// bits are moved two, four and six bits up to stand in a byte each, and back again to be packed.
// With AVX2 that is done for 32 registers at a time; bench/types_hyperloglog_bench.cc shows what
// that is worth. Any thread.
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <algorithm>
#include <cassert>
#include <cstring>

#include "hyperloglog_registers.h"

namespace sorrel::types::hyperloglog {
namespace {

[[maybe_unused]] constexpr std::size_t kPackedBytes = kDenseBytes - kHeaderBytes;

// Raises registers first ... end to the packed ones. Requires: both are multiples of 4.
void merge_range(Registers& registers, const char* packed, std::size_t first, std::size_t end) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(packed) + first / 4 * 3;
  for (std::size_t i = first; i < end; i += 4, bytes += 3) {
    const std::uint32_t word =
        bytes[0] | std::uint32_t{bytes[1]} << 8 | std::uint32_t{bytes[2]} << 16;
    for (std::size_t field = 0; field < 4; ++field) {
      const auto height = static_cast<std::uint8_t>(word >> (6 * field) & 0x3f);
      registers[i + field] = std::max(registers[i + field], height);
    }
  }
}

void pack_range(const Registers& registers, char* packed, std::size_t first, std::size_t end) {
  char* bytes = packed + first / 4 * 3;
  for (std::size_t i = first; i < end; i += 4, bytes += 3) {
    std::uint32_t word = 0;
    for (std::size_t field = 0; field < 4; ++field) {
      word |= std::uint32_t{registers[i + field]} << (6 * field);
    }
    for (std::size_t byte = 0; byte < 3; ++byte, word >>= 8) {
      bytes[byte] = static_cast<char>(static_cast<unsigned char>(word & 0xff));
    }
  }
}

#if defined(__x86_64__)

bool have_avx2() {
  static const bool kHave = __builtin_cpu_supports("avx2");
  return kHave;
}

// Both halves of a vector hold 12 bytes of the packed registers. So that each half loads its own, a
// vector is read from 4 bytes before its place, and the first and the last one, where something
// beyond the bytes would be touched, are left to the plain loop.
constexpr std::size_t kVector = 32;

[[gnu::target("avx2")]] void merge_avx2(Registers& registers, const char* packed) {
  const __m256i places = _mm256_setr_epi8(4, 5, 6, -1, 7, 8, 9, -1, 10, 11, 12, -1, 13, 14, 15, -1,
                                          0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1);
  const __m256i first = _mm256_set1_epi32(0x3f);
  const __m256i second = _mm256_set1_epi32(0x3f00);
  const __m256i third = _mm256_set1_epi32(0x3f0000);
  const __m256i fourth = _mm256_set1_epi32(0x3f000000);
  for (std::size_t i = kVector; i < kRegisters - kVector; i += kVector) {
    const char* from = packed + i / 4 * 3 - 4;
    const __m256i words =
        _mm256_shuffle_epi8(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)), places);
    const __m256i low = _mm256_or_si256(_mm256_and_si256(words, first),
                                        _mm256_and_si256(_mm256_slli_epi32(words, 2), second));
    const __m256i high = _mm256_or_si256(_mm256_and_si256(_mm256_slli_epi32(words, 4), third),
                                         _mm256_and_si256(_mm256_slli_epi32(words, 6), fourth));
    auto* into = reinterpret_cast<__m256i*>(registers.data() + i);
    const __m256i before = _mm256_loadu_si256(into);
    _mm256_storeu_si256(into, _mm256_max_epu8(before, _mm256_or_si256(low, high)));
  }
}

[[gnu::target("avx2")]] void pack_avx2(const Registers& registers, char* packed) {
  const __m256i places = _mm256_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1, 0,
                                          1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
  const __m256i first = _mm256_set1_epi32(0x3f);
  const __m256i second = _mm256_set1_epi32(0xfc0);
  const __m256i third = _mm256_set1_epi32(0x3f000);
  const __m256i fourth = _mm256_set1_epi32(0xfc0000);
  for (std::size_t i = 0; i < kRegisters - kVector; i += kVector) {
    const __m256i words =
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(registers.data() + i));
    const __m256i low = _mm256_or_si256(_mm256_and_si256(words, first),
                                        _mm256_and_si256(_mm256_srli_epi32(words, 2), second));
    const __m256i high = _mm256_or_si256(_mm256_and_si256(_mm256_srli_epi32(words, 4), third),
                                         _mm256_and_si256(_mm256_srli_epi32(words, 6), fourth));
    const __m256i bytes = _mm256_shuffle_epi8(_mm256_or_si256(low, high), places);
    // What is written behind the 12 bytes is overwritten by the next 12.
    char* into = packed + i / 4 * 3;
    _mm_storeu_si128(reinterpret_cast<__m128i*>(into), _mm256_castsi256_si128(bytes));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(into + 12), _mm256_extracti128_si256(bytes, 1));
  }
}

#endif

}  // namespace

void merge_packed(Registers& registers, std::string_view packed) {
  assert(packed.size() == kPackedBytes);
#if defined(__x86_64__)
  if (have_avx2()) {
    merge_range(registers, packed.data(), 0, kVector);
    merge_avx2(registers, packed.data());
    merge_range(registers, packed.data(), kRegisters - kVector, kRegisters);
    return;
  }
#endif
  merge_range(registers, packed.data(), 0, kRegisters);
}

void pack(const Registers& registers, std::span<char> packed) {
  assert(packed.size() == kPackedBytes);
#if defined(__x86_64__)
  if (have_avx2()) {
    pack_avx2(registers, packed.data());
    pack_range(registers, packed.data(), kRegisters - kVector, kRegisters);
    return;
  }
#endif
  pack_range(registers, packed.data(), 0, kRegisters);
}

Histogram histogram_of(const Registers& registers) {
  // Counted in pairs: half as many steps, and a table of 64 * 64 that is added up once. Two tables,
  // for equal neighbours would wait for each other's sum in one.
  constexpr std::size_t kHeights = 64;
  std::array<std::uint16_t, kHeights * kHeights> even{};
  std::array<std::uint16_t, kHeights * kHeights> odd{};
  for (std::size_t i = 0; i < kRegisters; i += 4) {
    ++even[registers[i] * kHeights + registers[i + 1]];
    ++odd[registers[i + 2] * kHeights + registers[i + 3]];
  }
  Histogram histogram{};
  for (std::size_t first = 0; first < kHeights; ++first) {
    std::uint32_t sum = 0;
    for (std::size_t second = 0; second < kHeights; ++second) {
      const std::size_t pair = first * kHeights + second;
      const std::uint32_t count = std::uint32_t{even[pair]} + odd[pair];
      histogram[second] += count;
      sum += count;
    }
    histogram[first] += sum;
  }
  return histogram;
}

std::uint8_t dense_register(std::string_view bytes, std::size_t index) {
  assert(bytes.size() == kDenseBytes && index < kRegisters);
  const std::size_t at = kHeaderBytes + index * 6 / 8;
  const unsigned shift = index * 6 % 8;
  const unsigned low = static_cast<unsigned char>(bytes[at]);
  // The last register ends with the last byte.
  const unsigned high = at + 1 < bytes.size() ? static_cast<unsigned char>(bytes[at + 1]) : 0U;
  return static_cast<std::uint8_t>((low | high << 8) >> shift & 0x3f);
}

void set_dense_register(std::span<char> bytes, std::size_t index, std::uint8_t height) {
  assert(bytes.size() == kDenseBytes && index < kRegisters && height < 64);
  const std::size_t at = kHeaderBytes + index * 6 / 8;
  const unsigned shift = index * 6 % 8;
  const auto replace = [&](std::size_t place, unsigned mask, unsigned bits) {
    const unsigned before = static_cast<unsigned char>(bytes[place]);
    bytes[place] = static_cast<char>(static_cast<unsigned char>((before & ~mask) | bits));
  };
  replace(at, 0x3fU << shift & 0xff, static_cast<unsigned>(height) << shift & 0xff);
  if (shift > 2) {
    replace(at + 1, 0x3fU >> (8 - shift), static_cast<unsigned>(height) >> (8 - shift));
  }
}

}  // namespace sorrel::types::hyperloglog
