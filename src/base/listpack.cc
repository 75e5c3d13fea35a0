// SPDX-License-Identifier: BSD-3-Clause
//
// Reading and changing listpacks; listpack.h draws the format. Reading trusts the bytes, for they
// were written here or passed listpack_valid(). realloc() is asked only when the size class
// changes, and what lies behind an edit moves once, whatever its number of entries.
//
// listpack_splice() is the change without an allocation; the others make the room for it.
#include <algorithm>
#include <array>
#include <cassert>
#include <cstdlib>
#include <new>
#include <optional>

#include <sorrel/base/block.h>
#include <sorrel/base/listpack.h>
#include <sorrel/base/listpack_entry.h>
#include <sorrel/base/numbers.h>

#include "listpack_layout.h"

namespace sorrel::base {

using namespace listpack;

namespace {

constexpr std::uint32_t kUnknownCount = 65535;
constexpr char kEnd = static_cast<char>(0xff);

template <class Integer>
Integer load(const char* from) {
  Integer value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

std::int64_t read_integer(const char* at) {
  const unsigned first = byte_at(at);
  if (first < 0x80) return first;
  switch (first) {
    case kInteger16:
      return load<std::int16_t>(at + 1);
    case kInteger24: {
      const std::uint32_t low = byte_at(at + 1) | byte_at(at + 2) << 8 | byte_at(at + 3) << 16;
      return static_cast<std::int32_t>(low << 8) >> 8;
    }
    case kInteger32:
      return load<std::int32_t>(at + 1);
    case kInteger64:
      return load<std::int64_t>(at + 1);
    default: {
      const std::uint32_t low = (first & 0x1f) << 8 | byte_at(at + 1);
      return static_cast<std::int32_t>(low << 19) >> 19;
    }
  }
}

std::uint32_t stored_count(const Listpack& pack) {
  return load<std::uint16_t>(pack.data() + sizeof(std::uint32_t));
}

void write_header(Listpack& pack, std::size_t bytes, std::size_t count) {
  const auto total = static_cast<std::uint32_t>(bytes);
  const auto entries =
      static_cast<std::uint16_t>(std::min<std::size_t>(count, std::size_t{kUnknownCount}));
  std::memcpy(pack.data(), &total, sizeof total);
  std::memcpy(pack.data() + sizeof total, &entries, sizeof entries);
}

Listpack* allocate(std::size_t bytes) { return static_cast<Listpack*>(allocate_block(bytes)); }

// The block with room for `bytes`; its contents kept up to the lesser of both sizes.
Listpack* resize(Listpack* pack, std::size_t bytes) {
  return static_cast<Listpack*>(resize_block(pack, pack->bytes(), bytes));
}

std::uint32_t walk_count(const Listpack& pack) {
  std::uint32_t count = 0;
  for (std::uint32_t at = pack.begin(); at != pack.end(); at = pack.next(at)) ++count;
  return count;
}

// A listpack this short has a count that its header can hold: entries take at least two bytes.
bool count_must_fit(const Listpack& pack) {
  return pack.bytes() < Listpack::kEmptyBytes + 2 * kUnknownCount;
}

void change_header(Listpack& pack, std::size_t bytes, std::uint32_t stored, std::size_t removed,
                   std::size_t added) {
  write_header(pack, bytes, stored == kUnknownCount ? stored : stored - removed + added);
}

// Once a listpack with an unknown count is short enough, it has a known one again.
void restore_count(Listpack& pack) {
  if (stored_count(pack) == kUnknownCount && count_must_fit(pack)) {
    write_header(pack, pack.bytes(), walk_count(pack));
  }
}

// Makes the `removed` bytes at `offset`, which are `entries_removed` entries, `added` bytes for as
// many entries as the caller will write there.
Listpack* reshape(Listpack* pack, std::uint32_t offset, std::size_t removed,
                  std::size_t entries_removed, std::size_t added, std::size_t entries_added) {
  const std::size_t before = pack->bytes();
  const std::size_t after = before - removed + added;
  assert(after <= Listpack::kMaxBytes);
  const std::uint32_t stored = stored_count(*pack);
  if (added > removed) pack = resize(pack, after);
  char* at = pack->data() + offset;
  if (added != removed) std::memmove(at + added, at + removed, before - offset - removed);
  if (added < removed) pack = resize(pack, after);
  change_header(*pack, after, stored, entries_removed, entries_added);
  return pack;
}

Listpack* insert_entry(Listpack* pack, std::uint32_t offset, const ListpackEntry& entry) {
  pack = reshape(pack, offset, 0, 0, entry.bytes(), 1);
  entry.write(pack->data() + offset);
  return pack;
}

Listpack* replace_entry(Listpack* pack, std::uint32_t offset, const ListpackEntry& entry) {
  pack = reshape(pack, offset, pack->next(offset) - offset, 1, entry.bytes(), 1);
  entry.write(pack->data() + offset);
  return pack;
}

}  // namespace

std::string_view ListpackValue::text(char* scratch) const {
  return is_integer ? std::string_view(scratch, format_integer(integer, scratch)) : bytes;
}

bool ListpackValue::equals(std::string_view text) const {
  return is_integer ? parse_integer(text) == integer : bytes == text;
}

std::uint32_t Listpack::count() const {
  const std::uint32_t stored = stored_count(*this);
  return stored != kUnknownCount ? stored : walk_count(*this);
}

std::uint32_t Listpack::next_long(std::uint32_t offset) const {
  const std::size_t length = whole_length(data() + offset);
  return offset + static_cast<std::uint32_t>(length + tail_bytes(length));
}

std::uint32_t Listpack::previous_long(std::uint32_t offset) const {
  const char* at = data() + offset - 1;
  std::uint32_t length = 0;
  std::uint32_t tail = 0;
  for (;; --at) {
    length |= (byte_at(at) & 0x7f) << (7 * tail);
    ++tail;
    if (byte_at(at) < 0x80) break;
  }
  return offset - tail - length;
}

ListpackValue Listpack::get_long(std::uint32_t offset) const {
  const char* at = data() + offset;
  if (is_string(byte_at(at))) {
    const std::uint32_t head = head_bytes(byte_at(at));
    return {.bytes = {at + head, string_length(at)}, .integer = 0, .is_integer = false};
  }
  return {.bytes = {}, .integer = read_integer(at), .is_integer = true};
}

std::uint32_t Listpack::seek(std::int64_t index) const {
  const std::uint32_t stored = stored_count(*this);
  std::uint32_t offset = 0;
  if (stored != kUnknownCount) {
    const std::int64_t count = stored;
    if (index >= count || index < -count) return end();
    if (index >= 0 && index > count / 2) index -= count;
    if (index < 0 && -index > count / 2) index += count;
  }
  if (index >= 0) {
    for (offset = begin(); index > 0 && offset != end(); --index) offset = next(offset);
    return offset;
  }
  for (offset = end(); index < 0; ++index) {
    if (offset == begin()) return end();
    offset = previous(offset);
  }
  return offset;
}

std::uint32_t Listpack::find(std::uint32_t offset, std::string_view text, unsigned skip) const {
  const std::optional<std::int64_t> wanted = parse_integer(text);
  const std::uint32_t end = this->end();
  const char last = text.empty() ? '\0' : text.back();
  while (offset != end) {
    const char* at = data() + offset;
    const unsigned first = byte_at(at);
    if (is_string(first)) {
      const std::uint32_t length = string_length(at);
      // Names of one length often differ at their ends only.
      if (length == text.size()) {
        const char* const bytes = at + head_bytes(first);
        if (length == 0 ||
            (bytes[length - 1] == last && std::memcmp(bytes, text.data(), length) == 0)) {
          return offset;
        }
      }
    } else if (wanted && read_integer(at) == *wanted) {
      return offset;
    }
    offset = next(offset);
    for (unsigned i = 0; i < skip && offset != end; ++i) offset = next(offset);
  }
  return end;
}

Listpack* Listpack::create() {
  Listpack* pack = allocate(kEmptyBytes);
  listpack_frame(pack->data(), kEmptyBytes, 0);
  return pack;
}

Listpack* Listpack::copy(const Listpack& other) { return copy(other.view()); }

Listpack* Listpack::copy(std::string_view bytes) {
  Listpack* pack = allocate(bytes.size());
  std::memcpy(pack->data(), bytes.data(), bytes.size());
  return pack;
}

void Listpack::free(Listpack* listpack) {
  if (listpack != nullptr) free_block(listpack, listpack->bytes());
}

std::size_t Listpack::entry_bytes(std::string_view text) { return ListpackEntry(text).bytes(); }

Listpack* listpack_insert(Listpack* listpack, std::uint32_t offset, std::string_view text) {
  return insert_entry(listpack, offset, ListpackEntry(text));
}

Listpack* listpack_insert_integer(Listpack* listpack, std::uint32_t offset, std::int64_t value) {
  return insert_entry(listpack, offset, ListpackEntry(value));
}

Listpack* listpack_append(Listpack* listpack, std::string_view text) {
  return insert_entry(listpack, listpack->end(), ListpackEntry(text));
}

Listpack* listpack_insert_all(Listpack* listpack, std::uint32_t offset,
                              std::span<const std::string_view> texts) {
  std::size_t bytes = 0;
  for (const std::string_view text : texts) bytes += ListpackEntry(text).bytes();
  listpack = reshape(listpack, offset, 0, 0, bytes, texts.size());
  char* to = listpack->data() + offset;
  for (const std::string_view text : texts) to = ListpackEntry(text).write(to);
  return listpack;
}

Listpack* listpack_erase(Listpack* listpack, std::uint32_t offset, std::uint32_t count) {
  std::uint32_t end = offset;
  for (std::uint32_t i = 0; i < count; ++i) end = listpack->next(end);
  listpack = reshape(listpack, offset, end - offset, count, 0, 0);
  restore_count(*listpack);
  return listpack;
}

Listpack* listpack_replace(Listpack* listpack, std::uint32_t offset, std::string_view text) {
  return replace_entry(listpack, offset, ListpackEntry(text));
}

Listpack* listpack_replace_integer(Listpack* listpack, std::uint32_t offset, std::int64_t value) {
  return replace_entry(listpack, offset, ListpackEntry(value));
}

Listpack* listpack_splice(Listpack* listpack, std::uint32_t offset, ListpackCut cut,
                          const ListpackEntry* entry, ListpackSide side) {
  const std::size_t added = entry == nullptr ? 0 : entry->bytes();
  const std::size_t before = listpack->bytes();
  const std::uint32_t stored = stored_count(*listpack);
  char* at = listpack->data() + offset;
  if (side == ListpackSide::kBack) {
    std::memmove(at + added, at + cut.bytes, before - offset - cut.bytes);
  } else {
    // The entries before the place move, and the header with them.
    const auto shift = static_cast<std::ptrdiff_t>(cut.bytes) - static_cast<std::ptrdiff_t>(added);
    char* const begin = listpack->data() + shift;
    std::memmove(begin + Listpack::kHeader, listpack->data() + Listpack::kHeader,
                 offset - Listpack::kHeader);
    listpack = reinterpret_cast<Listpack*>(begin);
    at += shift;
  }
  change_header(*listpack, before - cut.bytes + added, stored, cut.entries, added != 0 ? 1 : 0);
  if (entry != nullptr) entry->write(at);
  if (cut.entries != 0) restore_count(*listpack);
  return listpack;
}

void listpack_frame(char* begin, std::size_t bytes, std::size_t count) {
  write_header(*reinterpret_cast<Listpack*>(begin), bytes, count);
  begin[bytes - 1] = kEnd;
}

}  // namespace sorrel::base
