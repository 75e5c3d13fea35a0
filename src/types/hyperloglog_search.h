// SPDX-License-Identifier: BSD-3-Clause
//
// Finding the run of a sparse HyperLogLog that covers a register. Runs lie one behind the other and
// say only how long they are, so what is before must be added up: sixteen runs at a time with SSE2,
// fewer where one of two bytes stands among them, and the last few one by one.
//
// Every read lies within the bytes, whatever they hold. Pure; any thread.
#pragma once

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <bit>
#include <cstddef>
#include <optional>
#include <string_view>

#include "hyperloglog_runs.h"

namespace sorrel::types::hyperloglog {

// Where a run begins, and the one before it. The first one is its own predecessor.
struct Place {
  std::size_t offset = 0;
  std::size_t first = 0;  // register
  std::size_t previous_offset = 0;
  std::size_t previous_first = 0;
  Run run;  // the one at `offset`, once found
};

#if defined(__SSE2__)

// Moves over runs that end before the register, as long as many can be passed at once.
inline void pass_many_runs(std::string_view bytes, Place& place, std::size_t index) {
  // The first k bytes from 16 - k on are set.
  static constexpr unsigned char kFirst[32] = {255, 255, 255, 255, 255, 255, 255, 255,
                                               255, 255, 255, 255, 255, 255, 255, 255};
  const auto all = [](int byte) { return _mm_set1_epi8(static_cast<char>(byte)); };
  const auto load = [](const void* from) {
    return _mm_loadu_si128(static_cast<const __m128i*>(from));
  };
  // Seventeen, so that a run of two bytes that begins in the last one is whole.
  while (place.offset + 17 <= bytes.size()) {
    const __m128i block = load(bytes.data() + place.offset);
    const __m128i is_value = _mm_cmpgt_epi8(_mm_setzero_si128(), block);
    const __m128i bits =
        _mm_or_si128(_mm_and_si128(is_value, all(3)), _mm_andnot_si128(is_value, all(0x3f)));
    const __m128i lengths = _mm_add_epi8(_mm_and_si128(block, bits), all(1));
    const auto long_runs = static_cast<unsigned>(
        _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_and_si128(block, all(0xc0)), all(0x40))));
    const auto singles = static_cast<std::size_t>(std::countr_zero(long_runs | 0x10000U));
    const __m128i sums =
        _mm_sad_epu8(_mm_and_si128(lengths, load(kFirst + 16 - singles)), _mm_setzero_si128());
    const auto sum = static_cast<std::size_t>(_mm_cvtsi128_si32(sums)) +
                     static_cast<std::size_t>(_mm_extract_epi16(sums, 4));
    const std::size_t last_offset = place.offset + (singles == 16 ? 15 : singles);
    const Run last = *run_at(bytes, last_offset);
    const std::size_t total = sum + (singles == 16 ? 0 : last.length);
    if (place.first + total > index) {
      return;
    }
    place.first += total;
    place.offset = last_offset + last.bytes;
    place.previous_offset = last_offset;
    place.previous_first = place.first - last.length;
  }
}

#else

inline void pass_many_runs(std::string_view, Place&, std::size_t) {}

#endif

// The run that covers the register, searched from a run that begins at or before it.
// Returns: nullopt when the runs end before it, or one is cut off.
inline std::optional<Place> find_run(std::string_view bytes, std::size_t offset, std::size_t first,
                                     std::size_t index) {
  // In a short value most runs of zeros are long and take two bytes.
  constexpr std::size_t kWorthMany = 512;
  Place place{offset, first, offset, first, {}};
  if (bytes.size() >= kWorthMany) {
    pass_many_runs(bytes, place, index);
  }
  while (place.offset < bytes.size()) {
    const auto run = run_at(bytes, place.offset);
    if (!run) {
      return std::nullopt;
    }
    if (index < place.first + run->length) {
      place.run = *run;
      return place;
    }
    place.previous_offset = place.offset;
    place.previous_first = place.first;
    place.offset += run->bytes;
    place.first += run->length;
  }
  return std::nullopt;
}

}  // namespace sorrel::types::hyperloglog
