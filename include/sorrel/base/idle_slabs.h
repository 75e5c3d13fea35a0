// SPDX-License-Identifier: BSD-3-Clause
//
// The empty slabs of the item heap, of two kinds: those whose pages are still there, and those
// whose pages have gone back to the system. The lowest are taken first, so that the upper end of
// the heap becomes empty as a whole. A chunk is as many slabs as one huge page holds: pages go back
// by whole chunks: of one that is empty in part only, the kernel would make a huge page again.
//
// Plain zeros are an empty set, and what is never used of it costs no memory. One thread.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace sorrel::base {

class IdleSlabs {
 public:
  static constexpr std::uint32_t kChunkSlabs = 32;
  static constexpr std::uint32_t kChunks = 1U << 18;

  // Slabs whose pages are there.
  std::size_t backed() const { return backed_count_; }

  // Whether all slabs of some chunk are here, some with their pages; and the highest such chunk.
  bool has_whole_chunk() const { return whole_.lowest() != kChunks; }
  // Requires: has_whole_chunk().
  std::uint32_t highest_whole_chunk() const { return whole_.highest(); }

  void add(std::uint32_t slab) {
    const std::uint32_t chunk = slab / kChunkSlabs;
    backed_[chunk] |= 1U << slab % kChunkSlabs;
    with_backed_.add(chunk);
    ++backed_count_;
    if ((backed_[chunk] | dropped_[chunk]) == ~0U) whole_.add(chunk);
  }

  // The lowest one that has its pages, else the lowest. Returns: 0 when there is none.
  std::uint32_t take() {
    if (std::uint32_t chunk = with_backed_.lowest(); chunk != kChunks) {
      --backed_count_;
      whole_.remove(chunk);
      return take_from(backed_, with_backed_, chunk);
    }
    if (std::uint32_t chunk = with_dropped_.lowest(); chunk != kChunks) {
      return take_from(dropped_, with_dropped_, chunk);
    }
    return 0;
  }

  // Calls drop(slab, count) for the slabs of the chunk that have their pages, which must then go.
  template <class Drop>
  void drop_pages(std::uint32_t chunk, Drop&& drop) {
    std::uint32_t left = backed_[chunk];
    dropped_[chunk] |= left;
    with_dropped_.add(chunk);
    backed_[chunk] = 0;
    with_backed_.remove(chunk);
    whole_.remove(chunk);
    backed_count_ -= static_cast<std::size_t>(std::popcount(left));
    while (left != 0) {
      const auto first = static_cast<unsigned>(std::countr_zero(left));
      const auto count = static_cast<unsigned>(std::countr_one(left >> first));
      drop(chunk * kChunkSlabs + first, count);
      left &= count == kChunkSlabs ? 0 : ~(((1U << count) - 1) << first);
    }
  }
  // Requires: backed() != 0.
  std::uint32_t highest_backed_chunk() const { return with_backed_.highest(); }

 private:
  class Set {
   public:
    void add(std::uint32_t chunk) {
      words_[chunk / 64] |= std::uint64_t{1} << chunk % 64;
      if (begin_ == end_ || chunk / 64 < begin_) begin_ = chunk / 64;
      if (end_ <= chunk / 64) end_ = chunk / 64 + 1;
    }
    void remove(std::uint32_t chunk) {
      words_[chunk / 64] &= ~(std::uint64_t{1} << chunk % 64);
      while (end_ > begin_ && words_[end_ - 1] == 0) --end_;
      while (begin_ < end_ && words_[begin_] == 0) ++begin_;
      if (begin_ == end_) begin_ = end_ = 0;
    }
    // Returns: kChunks when it is empty.
    std::uint32_t lowest() const {
      if (begin_ >= end_) return kChunks;
      return begin_ * 64 + static_cast<std::uint32_t>(std::countr_zero(words_[begin_]));
    }
    std::uint32_t highest() const {
      return end_ * 64 - 1 - static_cast<std::uint32_t>(std::countl_zero(words_[end_ - 1]));
    }

   private:
    // The first and the last word within [begin_, end_) are not zero.
    std::uint32_t begin_ = 0;
    std::uint32_t end_ = 0;
    std::uint64_t words_[kChunks / 64];
  };

  static std::uint32_t take_from(std::uint32_t* masks, Set& set, std::uint32_t chunk) {
    const auto bit = static_cast<unsigned>(std::countr_zero(masks[chunk]));
    masks[chunk] &= masks[chunk] - 1;
    if (masks[chunk] == 0) set.remove(chunk);
    return chunk * kChunkSlabs + bit;
  }

  std::size_t backed_count_ = 0;
  Set with_backed_;
  Set with_dropped_;
  Set whole_;
  std::uint32_t backed_[kChunks];
  std::uint32_t dropped_[kChunks];
};

}  // namespace sorrel::base
