// SPDX-License-Identifier: BSD-3-Clause
//
// Listpack: a sequence of short strings and integers in one run of bytes that can be walked both
// ways. Small lists, hashes, sets and the nodes of long lists and streams are listpacks, and so are
// the payloads of DUMP and of RDB files, which is why the format is the published one to the byte:
//
//   total bytes u32 | entries u16 | entry ... | 0xff
//   entry = encoding and data | length of these two, readable from its end (1 to 5 bytes)
//
//   0xxxxxxx                        integer 0 ... 127
//   10xxxxxx data                   string of up to 63 bytes
//   110xxxxx x                      integer of 13 bits, signed
//   1110xxxx x data                 string of up to 4095 bytes
//   11110000 u32 data               string of any length
//   11110001 ... 11110100           integer of 16, 24, 32, 64 bits, signed
//
// A text that is a canonical integer is kept as one, and is told apart by nobody. The count says
// 65535 when there are so many entries or more; count() then walks, and goes on walking until the
// listpack is short enough that they must be fewer.
//
// Everything but listpack_valid() trusts the bytes. Functions that change a listpack take the block
// and give the block that replaces it: it is always one for bytes() (block.h), which nothing else
// records. Offsets are of an entry's first byte; bytes() - 1 is the end. One thread.
//
// Source: Salvatore Sanfilippo, "Listpack specification" (github.com/antirez/listpack).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace sorrel::base {

struct Listpack;
class ListpackEntry;

// One entry: a view of a string, or an integer.
struct ListpackValue {
  std::string_view bytes;  // of a string
  std::int64_t integer = 0;
  bool is_integer = false;

  // The text in both cases. `scratch`: at least kMaxIntegerText bytes, used for an integer.
  std::string_view text(char* scratch) const;
  bool equals(std::string_view text) const;
};

struct Listpack {
  static constexpr std::uint32_t kHeader = 6;
  static constexpr std::uint32_t kEmptyBytes = kHeader + 1;
  // What a type may grow one to: offsets have 32 bits.
  static constexpr std::size_t kMaxBytes = std::size_t{1} << 30;

  std::uint32_t bytes() const {
    std::uint32_t total;
    std::memcpy(&total, data(), sizeof total);
    return total;
  }
  std::string_view view() const { return {data(), bytes()}; }
  const char* data() const { return reinterpret_cast<const char*>(this); }
  char* data() { return reinterpret_cast<char*>(this); }

  // Cost: O(1) below 65535 entries.
  std::uint32_t count() const;
  bool empty() const { return bytes() == kEmptyBytes; }

  std::uint32_t begin() const { return kHeader; }
  std::uint32_t end() const { return bytes() - 1; }
  // Requires: offset != end().
  std::uint32_t next(std::uint32_t offset) const {
    const auto first = static_cast<unsigned char>(data()[offset]);
    if (first < 0x80) return offset + 2;
    if (first < 0xc0) return offset + 2 + (first & 0x3f);
    return next_long(offset);
  }
  // The entry before `offset`, which may be end(). Requires: offset != begin().
  std::uint32_t previous(std::uint32_t offset) const {
    const auto length = static_cast<unsigned char>(data()[offset - 1]);
    return length < 0x80 ? offset - 1 - length : previous_long(offset);
  }
  // Requires: offset != end().
  ListpackValue get(std::uint32_t offset) const {
    const char* const at = data() + offset;
    const auto first = static_cast<unsigned char>(*at);
    if (first < 0x80) return {{}, first, true};
    if (first < 0xc0) return {{at + 1, first & 0x3fU}, 0, false};
    return get_long(offset);
  }
  // The offset of the entry of that index, from the end when negative (-1 is the last one); end()
  // when there is none. Cost: walks from the nearer end.
  std::uint32_t seek(std::int64_t index) const;
  // The first entry from `offset` on whose text equals `text`, looking at one entry and skipping
  // `skip` after it; end() when there is none. Cost: one comparison of lengths an entry.
  std::uint32_t find(std::uint32_t offset, std::string_view text, unsigned skip = 0) const;

  // Cost: one allocation.
  static Listpack* create();
  static Listpack* copy(const Listpack& other);
  // Requires: bytes passed listpack_valid().
  static Listpack* copy(std::string_view bytes);
  static void free(Listpack* listpack);

  // What an entry of this text takes, to ask before growing.
  static std::size_t entry_bytes(std::string_view text);

 private:
  // The rest of the kinds.
  std::uint32_t next_long(std::uint32_t offset) const;
  std::uint32_t previous_long(std::uint32_t offset) const;
  ListpackValue get_long(std::uint32_t offset) const;
};

// Puts an entry before the one at `offset` (end() appends). `text` may not view the listpack.
// Returns: the block. The new entry lies at `offset`. Requires: the result stays below kMaxBytes.
[[nodiscard]] Listpack* listpack_insert(Listpack* listpack, std::uint32_t offset,
                                        std::string_view text);
[[nodiscard]] Listpack* listpack_insert_integer(Listpack* listpack, std::uint32_t offset,
                                                std::int64_t value);
[[nodiscard]] Listpack* listpack_append(Listpack* listpack, std::string_view text);
// The same for several at once, with one move of what lies behind.
[[nodiscard]] Listpack* listpack_insert_all(Listpack* listpack, std::uint32_t offset,
                                            std::span<const std::string_view> texts);
// Takes out `count` entries from `offset` on. What followed them lies at `offset` then.
// Requires: so many are there.
[[nodiscard]] Listpack* listpack_erase(Listpack* listpack, std::uint32_t offset,
                                       std::uint32_t count = 1);
// Puts `text` in the place of the entry at `offset`.
[[nodiscard]] Listpack* listpack_replace(Listpack* listpack, std::uint32_t offset,
                                         std::string_view text);
[[nodiscard]] Listpack* listpack_replace_integer(Listpack* listpack, std::uint32_t offset,
                                                 std::int64_t value);

// What a splice takes out: so many entries, which are so many bytes.
struct ListpackCut {
  std::uint32_t bytes = 0;
  std::uint32_t entries = 0;
};
// What moves out of the way, or closes the gap: the entries before the place, or those behind it.
enum class ListpackSide : std::uint8_t { kFront, kBack };
// The same changes in place, for a block whose owner keeps room around the listpack: what `cut`
// says at `offset` gives way to `entry`, or to nothing when that is null. Allocates nothing.
// Requires: when it grows, the owner has the room on that side; the entry does not view the
// listpack. Returns: where the listpack begins now.
[[nodiscard]] Listpack* listpack_splice(Listpack* listpack, std::uint32_t offset, ListpackCut cut,
                                        const ListpackEntry* entry, ListpackSide side);

// Makes a listpack of entries that lie at `begin` + kHeader already: writes what stands before and
// behind them. Requires: `bytes` is the size of the whole, `count` the number of entries.
void listpack_frame(char* begin, std::size_t bytes, std::size_t count);

// Whether untrusted bytes are a whole listpack: its length, every entry within it, every length
// readable from behind, the count right. Cost: O(bytes).
bool listpack_valid(std::string_view bytes);

}  // namespace sorrel::base
