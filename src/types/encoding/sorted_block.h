// SPDX-License-Identifier: BSD-3-Clause
//
// The compact form of a sorted set: one allocation with the entries in the order of (score,
// member).
//
//   bytes u32 | count u32 | entry ...        entry = score | length (LEB128) | member
//
//   score, first byte   0 ... 239    that integer
//                       240 ... 246  an integer in the next 1 ... 7 bytes, low byte first
//                       247 ... 253  the same, negated
//                       254          an IEEE double in the next 8 bytes
//
// A small integral score and a 17-byte member take 19 bytes. Integers go to 2^53, where a double
// stops counting in ones; negative zero is stored as zero, which is what Redis' compact form does.
// Every verb is a walk: the limits of Settings keep blocks short, and a long one is still correct.
//
// A block's capacity is base::block_size(bytes): nothing records it. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <sorrel/types/sorted_set.h>

namespace sorrel::types::encoding {

struct SortedBlock {
  std::uint32_t bytes = 0;  // of entries and header
  std::uint32_t count = 0;

  static constexpr std::uint32_t kBegin = 8;
  // Larger sets take the big form whatever Settings say: offsets have 32 bits.
  static constexpr std::size_t kMaxBytes = std::size_t{1} << 30;

  const char* data() const { return reinterpret_cast<const char*>(this); }
  char* data() { return reinterpret_cast<char*>(this); }
};
static_assert(sizeof(SortedBlock) == SortedBlock::kBegin);

// One entry as it lies at [begin, end) of its block.
struct BlockEntry {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  SortedSet::Entry entry;
};

// Requires: offset is the begin of an entry.
BlockEntry entry_at(const SortedBlock& block, std::uint32_t offset);
std::uint32_t entry_end(const SortedBlock& block, std::uint32_t offset);
// The offset of the entry of that rank, or of the end. Requires: rank <= count.
std::uint32_t offset_of_rank(const SortedBlock& block, std::uint64_t rank);

struct BlockMatch {
  bool found = false;
  std::uint64_t rank = 0;
  BlockEntry at;
};
BlockMatch find_member(const SortedBlock& block, std::string_view member);

// An upper bound of what an entry takes.
inline std::size_t entry_bound(std::size_t member_bytes) { return member_bytes + 9 + 5; }

// The changes take a block (null: none yet) and give the block that replaces it, null when empty.
// Requires: the member is not there; the result stays below kMaxBytes.
SortedBlock* insert_entry(SortedBlock* block, const SortedSet::Entry& entry);
// Takes out `count` entries that lie at [begin, end).
SortedBlock* erase_entries(SortedBlock* block, std::uint32_t begin, std::uint32_t end,
                           std::uint32_t count);
// Requires: in order; not empty.
SortedBlock* make_block(std::span<const SortedSet::Entry> entries);
SortedBlock* copy_block(const SortedBlock& block);
void free_block(SortedBlock* block);

RankInterval ranks_in(const SortedBlock& block, const ScoreRange& range);
RankInterval ranks_in(const SortedBlock& block, const LexRange& range);

}  // namespace sorrel::types::encoding
