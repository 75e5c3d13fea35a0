// SPDX-License-Identifier: BSD-3-Clause
//
// Reading and changing a SortedBlock; sorted_block.h draws the layout. Bytes are written by this
// file only, so reading trusts them. One thread.
#include "encoding/sorted_block.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstring>

#include <sorrel/base/block.h>

#include "encoding/sorted_range.h"

namespace sorrel::types::encoding {
namespace {

constexpr unsigned kPositive = 240;
constexpr unsigned kNegative = 247;
constexpr unsigned kDouble = 254;
constexpr double kExactIntegers = 9007199254740992.0;  // 2^53

unsigned byte_at(const char* at) { return static_cast<unsigned char>(*at); }

unsigned score_bytes(unsigned first) {
  if (first < kPositive) return 1;
  if (first == kDouble) return 9;
  return 2 + (first < kNegative ? first - kPositive : first - kNegative);
}

double read_score(const char* at) {
  const unsigned first = byte_at(at);
  if (first < kPositive) return first;
  if (first == kDouble) {
    double score;
    std::memcpy(&score, at + 1, sizeof score);
    return score;
  }
  std::uint64_t magnitude = 0;
  for (unsigned i = score_bytes(first) - 1; i > 0; --i) {
    magnitude = magnitude << 8 | byte_at(at + i);
  }
  const auto value = static_cast<double>(magnitude);
  return first < kNegative ? value : -value;
}

unsigned write_score(double score, char* to) {
  const double magnitude = score < 0 ? -score : score;
  if (!(magnitude <= kExactIntegers) ||
      static_cast<double>(static_cast<std::uint64_t>(magnitude)) != magnitude) {
    *to = static_cast<char>(kDouble);
    std::memcpy(to + 1, &score, sizeof score);
    return 9;
  }
  auto rest = static_cast<std::uint64_t>(magnitude);
  if (score >= 0 && rest < kPositive) {
    *to = static_cast<char>(rest);
    return 1;
  }
  unsigned bytes = 0;
  for (; rest != 0; rest >>= 8) to[++bytes] = static_cast<char>(rest & 0xff);
  *to = static_cast<char>((score < 0 ? kNegative : kPositive) + bytes - 1);
  return 1 + bytes;
}

// Reads the length at `at` and leaves `at` behind it.
std::size_t read_length(const char*& at) {
  std::size_t length = 0;
  for (unsigned shift = 0;; shift += 7) {
    const unsigned byte = byte_at(at++);
    length |= static_cast<std::size_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return length;
  }
}

unsigned write_length(std::size_t length, char* to) {
  unsigned bytes = 0;
  for (; length >= 0x80; length >>= 7) to[bytes++] = static_cast<char>(0x80 | (length & 0x7f));
  to[bytes++] = static_cast<char>(length);
  return bytes;
}

// The coded score and length that stand before a member.
struct Head {
  std::array<char, 16> text;
  unsigned size = 0;

  explicit Head(const SortedSet::Entry& entry) {
    size = write_score(entry.score, text.data());
    size += write_length(entry.member.size(), text.data() + size);
  }
};

std::uint32_t put(char* to, const Head& head, std::string_view member) {
  std::memcpy(to, head.text.data(), head.size);
  if (!member.empty()) std::memcpy(to + head.size, member.data(), member.size());
  return static_cast<std::uint32_t>(head.size + member.size());
}

// The block with room for `bytes`; its contents kept up to the lesser of both sizes.
SortedBlock* resize(SortedBlock* block, std::size_t bytes) {
  void* memory = block == nullptr ? base::allocate_block(bytes)
                                  : base::resize_block(block, block->bytes, bytes);
  return static_cast<SortedBlock*>(memory);
}

// Where an entry that is not there belongs.
std::uint32_t place_of(const SortedBlock& block, const SortedSet::Entry& entry) {
  std::uint32_t offset = SortedBlock::kBegin;
  while (offset < block.bytes) {
    const BlockEntry at = entry_at(block, offset);
    if (entry.score < at.entry.score) break;
    if (entry.score == at.entry.score && entry.member < at.entry.member) break;
    offset = at.end;
  }
  return offset;
}

}  // namespace

BlockEntry entry_at(const SortedBlock& block, std::uint32_t offset) {
  const char* at = block.data() + offset;
  const double score = read_score(at);
  at += score_bytes(byte_at(at));
  const std::size_t length = read_length(at);
  const auto end =
      static_cast<std::uint32_t>(at - block.data() + static_cast<std::ptrdiff_t>(length));
  return {offset, end, {std::string_view(at, length), score}};
}

std::uint32_t entry_end(const SortedBlock& block, std::uint32_t offset) {
  const char* at = block.data() + offset;
  at += score_bytes(byte_at(at));
  const std::size_t length = read_length(at);
  return static_cast<std::uint32_t>(at - block.data() + static_cast<std::ptrdiff_t>(length));
}

std::uint32_t offset_of_rank(const SortedBlock& block, std::uint64_t rank) {
  assert(rank <= block.count);
  if (rank == block.count) return block.bytes;
  std::uint32_t offset = SortedBlock::kBegin;
  for (; rank > 0; --rank) offset = entry_end(block, offset);
  return offset;
}

BlockMatch find_member(const SortedBlock& block, std::string_view member) {
  std::uint32_t offset = SortedBlock::kBegin;
  for (std::uint64_t rank = 0; offset < block.bytes; ++rank) {
    const char* at = block.data() + offset;
    at += score_bytes(byte_at(at));
    const std::size_t length = read_length(at);
    if (length == member.size() && std::string_view(at, length) == member) {
      return {true, rank, entry_at(block, offset)};
    }
    offset = static_cast<std::uint32_t>(at - block.data() + static_cast<std::ptrdiff_t>(length));
  }
  return {};
}

SortedBlock* insert_entry(SortedBlock* block, const SortedSet::Entry& entry) {
  if (block == nullptr) return make_block({&entry, 1});
  const Head head(entry);
  const std::uint32_t place = place_of(*block, entry);
  const std::size_t added = head.size + entry.member.size();
  assert(block->bytes + added <= SortedBlock::kMaxBytes);
  block = resize(block, block->bytes + added);
  char* at = block->data() + place;
  std::memmove(at + added, at, block->bytes - place);
  block->bytes += put(at, head, entry.member);
  ++block->count;
  return block;
}

SortedBlock* erase_entries(SortedBlock* block, std::uint32_t begin, std::uint32_t end,
                           std::uint32_t count) {
  if (count == block->count) {
    free_block(block);
    return nullptr;
  }
  std::memmove(block->data() + begin, block->data() + end, block->bytes - end);
  const std::uint32_t bytes = block->bytes - (end - begin);
  block = resize(block, bytes);
  block->bytes = bytes;
  block->count -= count;
  return block;
}

SortedBlock* make_block(std::span<const SortedSet::Entry> entries) {
  std::size_t bytes = SortedBlock::kBegin;
  for (const SortedSet::Entry& entry : entries) bytes += Head(entry).size + entry.member.size();
  assert(bytes <= SortedBlock::kMaxBytes);
  SortedBlock* block = resize(nullptr, bytes);
  new (block)
      SortedBlock{static_cast<std::uint32_t>(bytes), static_cast<std::uint32_t>(entries.size())};
  char* at = block->data() + SortedBlock::kBegin;
  for (const SortedSet::Entry& entry : entries) at += put(at, Head(entry), entry.member);
  return block;
}

SortedBlock* copy_block(const SortedBlock& block) {
  SortedBlock* copy = resize(nullptr, block.bytes);
  std::memcpy(static_cast<void*>(copy), &block, block.bytes);
  return copy;
}

void free_block(SortedBlock* block) {
  if (block != nullptr) base::free_block(block, block->bytes);
}

RankInterval ranks_in(const SortedBlock& block, const ScoreRange& range) {
  RankInterval interval;
  std::uint32_t offset = SortedBlock::kBegin;
  for (std::uint64_t rank = 0; offset < block.bytes; ++rank) {
    const double score = read_score(block.data() + offset);
    if (before(score, range)) interval.first = rank + 1;
    if (behind(score, range)) break;
    interval.last = rank + 1;
    offset = entry_end(block, offset);
  }
  interval.last = std::max(interval.first, interval.last);
  return interval;
}

// With mixed scores, where the answer is undefined, it is the one that Redis' walk gives: from the
// first entry that is not before the range to the first behind it.
RankInterval ranks_in(const SortedBlock& block, const LexRange& range) {
  RankInterval interval;
  bool inside = false;
  BlockEntry at{SortedBlock::kBegin, SortedBlock::kBegin, {}};
  for (std::uint64_t rank = 0; at.end < block.bytes; ++rank) {
    at = entry_at(block, at.end);
    if (rank == 0 && behind(at.entry.member, range)) return {};
    if (!inside && before(at.entry.member, range)) continue;
    if (behind(at.entry.member, range)) break;
    if (!inside) interval.first = rank;
    inside = true;
    interval.last = rank + 1;
  }
  return interval;
}

}  // namespace sorrel::types::encoding
