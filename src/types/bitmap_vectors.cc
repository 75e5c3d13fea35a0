// SPDX-License-Identifier: BSD-3-Clause
//
// Counting and combining whole strings. Each loop is written once and compiled twice, for any
// processor and for AVX2; which one runs is found out once. The count with AVX2 looks up the bits
// of every half byte in a table of 16 (Mula, Kurz, Lemire, "Faster Population Counts Using AVX2
// Instructions", 2016).
//
// Strings are combined in blocks that stay in the nearest cache: all sources of a block are read
// before its result is written, so the result may lie where a source does. Any thread.
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstring>

#include <sorrel/types/bitmap.h>

#if defined(__x86_64__)
#define SORREL_AVX2 [[gnu::target("avx2,popcnt")]]
#endif

namespace sorrel::types {
namespace {

std::uint64_t count_words(const char* bytes, std::size_t size) {
  std::uint64_t count = 0;
  for (; size >= 8; bytes += 8, size -= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof(word));
    count += static_cast<std::uint64_t>(std::popcount(word));
  }
  for (; size > 0; ++bytes, --size) {
    count += static_cast<std::uint64_t>(std::popcount(static_cast<unsigned char>(*bytes)));
  }
  return count;
}

#if defined(__x86_64__)

bool have_avx2() {
  static const bool kHave = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt");
  return kHave;
}

SORREL_AVX2 std::uint64_t count_words_avx2(const char* bytes, std::size_t size) {
  std::uint64_t count = 0;
  for (; size >= 8; bytes += 8, size -= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof(word));
    count += static_cast<std::uint64_t>(__builtin_popcountll(word));
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, bytes, size);
  return count + static_cast<std::uint64_t>(__builtin_popcountll(rest));
}

SORREL_AVX2 std::uint64_t count_vectors_avx2(const char* bytes, std::size_t size) {
  const __m256i bits_of_half = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0,
                                                1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m256i half = _mm256_set1_epi8(0x0f);
  __m256i sums = _mm256_setzero_si256();
  while (size >= 32) {
    // A byte of `counts` grows by 8 at most each round, so 31 rounds fit.
    const std::size_t rounds = std::min<std::size_t>(size / 32, 31);
    __m256i counts = _mm256_setzero_si256();
    for (std::size_t i = 0; i < rounds; ++i, bytes += 32) {
      const __m256i vector = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes));
      const __m256i low = _mm256_and_si256(vector, half);
      const __m256i high = _mm256_and_si256(_mm256_srli_epi16(vector, 4), half);
      counts = _mm256_add_epi8(counts, _mm256_shuffle_epi8(bits_of_half, low));
      counts = _mm256_add_epi8(counts, _mm256_shuffle_epi8(bits_of_half, high));
    }
    sums = _mm256_add_epi64(sums, _mm256_sad_epu8(counts, _mm256_setzero_si256()));
    size -= rounds * 32;
  }
  std::array<std::uint64_t, 4> lanes{};
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(lanes.data()), sums);
  return lanes[0] + lanes[1] + lanes[2] + lanes[3] + count_words_avx2(bytes, size);
}

#endif

// What is done with a source, byte for byte: `result` changes, and `twice`, where the bits gather
// that have been seen in more than one source.
enum class Step : std::uint8_t { kAnd, kOr, kXor, kCount, kWithout, kOnlyIn };

using Lanes = std::uint64_t __attribute__((vector_size(32)));

template <class Combine>
[[gnu::always_inline]] inline void each_vector(char* result, const char* source, std::size_t size,
                                               Combine combine) {
  for (std::size_t i = 0; i < size; i += sizeof(Lanes)) {
    Lanes into;
    Lanes from;
    std::memcpy(&into, result + i, sizeof(Lanes));
    std::memcpy(&from, source + i, sizeof(Lanes));
    combine(into, from, i);
    std::memcpy(result + i, &into, sizeof(Lanes));
  }
}

// Requires: size is a multiple of 32.
[[gnu::always_inline]] inline void take(Step step, char* result, char* twice, const char* source,
                                        std::size_t size) {
  const auto each = [&](auto combine) __attribute__((always_inline)) {
    each_vector(result, source, size, combine);
  };
  switch (step) {
    case Step::kAnd:
      return each([](Lanes& into, const Lanes& from, std::size_t) { into &= from; });
    case Step::kOr:
      return each([](Lanes& into, const Lanes& from, std::size_t) { into |= from; });
    case Step::kXor:
      return each([](Lanes& into, const Lanes& from, std::size_t) { into ^= from; });
    case Step::kWithout:
      return each([](Lanes& into, const Lanes& from, std::size_t) { into &= ~from; });
    case Step::kOnlyIn:
      return each([](Lanes& into, const Lanes& from, std::size_t) { into = from & ~into; });
    case Step::kCount:
      return each([twice](Lanes& into, const Lanes& from, std::size_t i) {
        Lanes more;
        std::memcpy(&more, twice + i, sizeof(Lanes));
        more |= into & from;
        std::memcpy(twice + i, &more, sizeof(Lanes));
        into |= from;
      });
  }
}

void take_anywhere(Step step, char* result, char* twice, const char* source, std::size_t size) {
  take(step, result, twice, source, size);
}

#if defined(__x86_64__)
SORREL_AVX2 void take_avx2(Step step, char* result, char* twice, const char* source,
                           std::size_t size) {
  take(step, result, twice, source, size);
}
#endif

using Take = void (*)(Step, char*, char*, const char*, std::size_t);

Take fastest_take() {
#if defined(__x86_64__)
  if (have_avx2()) {
    return &take_avx2;
  }
#endif
  return &take_anywhere;
}

// One part of the strings at a time, from `begin` on, with zeros behind those that end in it.
class Block {
 public:
  static constexpr std::size_t kBytes = 4096;

  Block(std::span<const std::string_view> sources, std::size_t begin, std::size_t size)
      : take_(fastest_take()), sources_(sources), begin_(begin), size_(size) {}

  // Gathers sources first, first + 1 ... into the result.
  void gather(Step step, std::size_t first) {
    std::memcpy(result_.data(), part(first), vectors());
    if (step == Step::kCount) {
      std::memset(twice_.data(), 0, vectors());
    }
    for (std::size_t i = first + 1; i < sources_.size(); ++i) {
      take_(step, result_.data(), twice_.data(), part(i), vectors());
    }
  }
  void with_first(Step step) { take_(step, result_.data(), twice_.data(), part(0), vectors()); }
  void without_twice() { take_(Step::kWithout, result_.data(), nullptr, twice_.data(), vectors()); }
  void complement() {
    std::memset(padded_.data(), 0xff, vectors());
    take_(Step::kXor, result_.data(), nullptr, padded_.data(), vectors());
  }
  const char* result() const { return result_.data(); }

 private:
  std::size_t vectors() const {
    return (size_ + sizeof(Lanes) - 1) / sizeof(Lanes) * sizeof(Lanes);
  }
  // Lifetime: until the next call, for a source that ends in this block.
  const char* part(std::size_t index) {
    const std::string_view source = sources_[index];
    const std::size_t present =
        source.size() <= begin_ ? 0 : std::min(source.size() - begin_, vectors());
    if (present == vectors()) {
      return source.data() + begin_;
    }
    if (present != 0) {
      std::memcpy(padded_.data(), source.data() + begin_, present);
    }
    std::memset(padded_.data() + present, 0, vectors() - present);
    return padded_.data();
  }

  Take take_;
  std::span<const std::string_view> sources_;
  std::size_t begin_;
  std::size_t size_;
  alignas(64) std::array<char, kBytes> result_;
  alignas(64) std::array<char, kBytes> twice_;
  alignas(64) std::array<char, kBytes> padded_;
};

void combine_block(BitOperation operation, Block& block) {
  switch (operation) {
    case BitOperation::kAnd:
      return block.gather(Step::kAnd, 0);
    case BitOperation::kOr:
      return block.gather(Step::kOr, 0);
    case BitOperation::kXor:
      return block.gather(Step::kXor, 0);
    case BitOperation::kNot:
      block.gather(Step::kOr, 0);
      return block.complement();
    case BitOperation::kOne:
      block.gather(Step::kCount, 0);
      return block.without_twice();
    case BitOperation::kDiff:
      block.gather(Step::kOr, 1);
      return block.with_first(Step::kOnlyIn);
    case BitOperation::kDiff1:
      block.gather(Step::kOr, 1);
      return block.with_first(Step::kWithout);
    case BitOperation::kAndOr:
      block.gather(Step::kOr, 1);
      return block.with_first(Step::kAnd);
  }
}

}  // namespace

std::uint64_t count_bits(std::string_view bytes) {
#if defined(__x86_64__)
  constexpr std::size_t kWorthVectors = 128;
  if (have_avx2()) {
    return bytes.size() < kWorthVectors ? count_words_avx2(bytes.data(), bytes.size())
                                        : count_vectors_avx2(bytes.data(), bytes.size());
  }
#endif
  return count_words(bytes.data(), bytes.size());
}

void combine_bits(BitOperation operation, std::span<const std::string_view> sources,
                  std::span<char> result) {
  assert(!sources.empty());
  for (std::size_t begin = 0; begin < result.size(); begin += Block::kBytes) {
    const std::size_t size = std::min(result.size() - begin, Block::kBytes);
    Block block(sources, begin, size);
    combine_block(operation, block);
    std::memcpy(result.data() + begin, block.result(), size);
  }
}

}  // namespace sorrel::types
