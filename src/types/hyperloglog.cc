// SPDX-License-Identifier: BSD-3-Clause
//
// Header, hash, the sparse form read as a whole, and the estimate. The registers of the dense form
// are packed and unpacked in hyperloglog_registers.cc, a sparse value is changed in
// hyperloglog_sketch.cc.
#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>

#include <sorrel/types/hyperloglog.h>

#include "hyperloglog_registers.h"
#include "hyperloglog_runs.h"

namespace sorrel::types::hyperloglog {
namespace {

constexpr std::string_view kMagic = "HYLL";
constexpr std::size_t kFormOffset = 4;
constexpr std::size_t kEstimateOffset = 8;
constexpr std::uint64_t kStale = std::uint64_t{1} << 63;

constexpr unsigned kIndexBits = 14;
constexpr unsigned kHeightBits = 64 - kIndexBits;
constexpr std::uint64_t kSeed = 0xadc83b19;

std::uint64_t load_little_endian(const char* bytes, std::size_t size) {
  std::uint64_t word = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&word, bytes, size);
  } else {
    for (std::size_t i = size; i-- > 0;) {
      word = word << 8 | static_cast<unsigned char>(bytes[i]);
    }
  }
  return word;
}

void store_little_endian(char* bytes, std::uint64_t word) {
  for (std::size_t i = 0; i < 8; ++i, word >>= 8) {
    bytes[i] = static_cast<char>(word & 0xff);
  }
}

// Appleby, MurmurHash2 (2008), the variant for 64-bit machines.
std::uint64_t murmur_hash_64a(std::string_view text, std::uint64_t seed) {
  constexpr std::uint64_t kMultiplier = 0xc6a4a7935bd1e995;
  constexpr unsigned kShift = 47;
  std::uint64_t hash = seed ^ (text.size() * kMultiplier);
  while (text.size() >= 8) {
    std::uint64_t word = load_little_endian(text.data(), 8) * kMultiplier;
    word = (word ^ (word >> kShift)) * kMultiplier;
    hash = (hash ^ word) * kMultiplier;
    text.remove_prefix(8);
  }
  if (!text.empty()) {
    hash = (hash ^ load_little_endian(text.data(), text.size())) * kMultiplier;
  }
  hash = (hash ^ (hash >> kShift)) * kMultiplier;
  return hash ^ (hash >> kShift);
}

// Calls visit(first register, run) for the runs of a sparse value. Returns: whether they are
// exactly the registers there are.
template <class Visit>
bool for_each_run(std::string_view bytes, Visit&& visit) {
  std::size_t index = 0;
  for (std::size_t at = kHeaderBytes; at < bytes.size();) {
    const auto run = run_at(bytes, at);
    if (!run || index + run->length > kRegisters) {
      return false;
    }
    visit(index, *run);
    index += run->length;
    at += run->bytes;
  }
  return index == kRegisters;
}

// Ertl's sigma and tau: power series, summed until nothing changes any more.
double sigma(double x) {
  if (x == 1) {
    return std::numeric_limits<double>::infinity();
  }
  double factor = 1;
  double sum = x;
  double before = 0;
  do {
    x *= x;
    before = sum;
    sum += x * factor;
    factor += factor;
  } while (sum != before);
  return sum;
}

double tau(double x) {
  if (x == 0 || x == 1) {
    return 0;
  }
  double factor = 1;
  double sum = 1 - x;
  double before = 0;
  do {
    x = std::sqrt(x);
    before = sum;
    factor *= 0.5;
    sum -= (1 - x) * (1 - x) * factor;
  } while (sum != before);
  return sum / 3;
}

std::uint64_t estimate(const Histogram& histogram) {
  constexpr double kAlpha = 0.721347520444481703680;  // 1 / (2 ln 2)
  constexpr auto kCount = static_cast<double>(kRegisters);
  double z = kCount * tau((kCount - histogram[kHeightBits + 1]) / kCount);
  for (std::size_t height = kHeightBits; height >= 1; --height) {
    z = (z + histogram[height]) * 0.5;
  }
  z += kCount * sigma(histogram[0] / kCount);
  // Registers that no elements make are higher than any number that is told.
  constexpr double kMost = 9.2e18;
  const double estimate = kAlpha * kCount * kCount / z;
  return estimate < kMost ? static_cast<std::uint64_t>(std::llround(estimate)) : INT64_MAX;
}

}  // namespace

std::optional<Form> form_of(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes || bytes.substr(0, kMagic.size()) != kMagic) {
    return std::nullopt;
  }
  const unsigned form = static_cast<unsigned char>(bytes[kFormOffset]);
  if (form == static_cast<unsigned>(Form::kSparse)) {
    return Form::kSparse;
  }
  if (form == static_cast<unsigned>(Form::kDense) && bytes.size() == kDenseBytes) {
    return Form::kDense;
  }
  return std::nullopt;
}

std::string_view empty() {
  // One run of 16384 zeros.
  static constexpr char kEmpty[] = "HYLL\x01\0\0\0\0\0\0\0\0\0\0\0\x7f\xff";
  return {kEmpty, sizeof(kEmpty) - 1};
}

Observation observe(std::string_view element) {
  const std::uint64_t hash = murmur_hash_64a(element, kSeed);
  // The bit above the others ends the longest run there can be.
  const std::uint64_t others = hash >> kIndexBits | std::uint64_t{1} << kHeightBits;
  return {static_cast<std::uint16_t>(hash & (kRegisters - 1)),
          static_cast<std::uint8_t>(std::countr_zero(others) + 1)};
}

bool merge(Registers& registers, std::string_view bytes) {
  if (form_of(bytes) == Form::kDense) {
    merge_packed(registers, bytes.substr(kHeaderBytes));
    return true;
  }
  return for_each_run(bytes, [&](std::size_t index, const Run& run) {
    for (std::size_t i = 0; run.height != 0 && i < run.length; ++i) {
      registers[index + i] = std::max(registers[index + i], run.height);
    }
  });
}

std::uint64_t estimate(const Registers& registers) { return estimate(histogram_of(registers)); }

std::optional<std::uint64_t> estimate(std::string_view bytes) {
  if (form_of(bytes) == Form::kDense) {
    Registers registers{};
    merge_packed(registers, bytes.substr(kHeaderBytes));
    return estimate(registers);
  }
  Histogram histogram{};
  if (!for_each_run(bytes,
                    [&](std::size_t, const Run& run) { histogram[run.height] += run.length; })) {
    return std::nullopt;
  }
  return estimate(histogram);
}

std::optional<std::uint64_t> cached_estimate(std::string_view bytes) {
  const std::uint64_t word = load_little_endian(bytes.data() + kEstimateOffset, 8);
  return (word & kStale) == 0 ? std::optional(word) : std::nullopt;
}

void cache_estimate(std::span<char> bytes, std::uint64_t estimate) {
  assert((estimate & kStale) == 0);
  store_little_endian(bytes.data() + kEstimateOffset, estimate);
}

void forget_estimate(std::span<char> bytes) {
  char& last = bytes[kEstimateOffset + 7];
  last = static_cast<char>(static_cast<unsigned char>(last) | 0x80U);
}

void write_dense(std::span<char> bytes, const Registers& registers) {
  assert(bytes.size() == kDenseBytes);
  std::memcpy(bytes.data(), kMagic.data(), kMagic.size());
  bytes[kFormOffset] = static_cast<char>(Form::kDense);
  pack(registers, bytes.subspan(kHeaderBytes));
}

std::optional<std::string> describe_sparse(std::string_view bytes) {
  std::string text;
  for (std::size_t at = kHeaderBytes; at < bytes.size();) {
    const auto run = run_at(bytes, at);
    if (!run) {
      return std::nullopt;
    }
    text += text.empty() ? "" : " ";
    if (run->height != 0) {
      text += "v:" + std::to_string(run->height) + ",";
    } else {
      text += run->bytes == 2 ? "Z:" : "z:";
    }
    text += std::to_string(run->length);
    at += run->bytes;
  }
  return text;
}

}  // namespace sorrel::types::hyperloglog
