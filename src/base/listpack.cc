// SPDX-License-Identifier: BSD-3-Clause
//
// Reading and changing listpacks; listpack.h draws the format. Reading trusts the bytes, for they
// were written here or passed listpack_valid(). realloc() is asked only when the size class
// changes, and what lies behind an edit moves once, whatever its number of entries.
//
// The length behind an entry is written big end first, seven bits a byte, with the high bit on all
// but the first: so it can be read from its last byte on. Its own size follows from the length, and
// servers take one byte more than needed for 16383, 2097151 and 268435455; so do we.
#include <algorithm>
#include <array>
#include <cassert>
#include <cstdlib>
#include <new>
#include <optional>

#include <sorrel/base/listpack.h>
#include <sorrel/base/numbers.h>
#include <sorrel/base/size_class.h>

#include "listpack_entry.h"

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

// What stands before the data of an entry; of an integer it is all of it.
struct Head {
  std::array<char, 9> text;
  std::uint32_t size = 0;

  void put(unsigned first) { text[size++] = static_cast<char>(first); }
  void put_bytes(std::uint64_t value, unsigned bytes) {
    for (; bytes > 0; --bytes, value >>= 8) put(static_cast<unsigned>(value & 0xff));
  }
};

Head integer_head(std::int64_t value) {
  Head head;
  const auto bits = static_cast<std::uint64_t>(value);
  const auto fits = [value](unsigned width) {
    const std::int64_t half = std::int64_t{1} << (width - 1);
    return value >= -half && value < half;
  };
  if (value >= 0 && value < 128) {
    head.put(static_cast<unsigned>(value));
  } else if (fits(13)) {
    head.put(kInteger13 | static_cast<unsigned>(bits >> 8 & 0x1f));
    head.put(static_cast<unsigned>(bits & 0xff));
  } else {
    const unsigned width = fits(16) ? 2 : fits(24) ? 3 : fits(32) ? 4 : 8;
    head.put(width == 8 ? kInteger64 : kInteger16 + width - 2);
    head.put_bytes(bits, width);
  }
  return head;
}

Head string_head(std::size_t length) {
  Head head;
  if (length < 64) {
    head.put(kString6 | static_cast<unsigned>(length));
  } else if (length < 4096) {
    head.put(kString12 | static_cast<unsigned>(length >> 8));
    head.put(static_cast<unsigned>(length & 0xff));
  } else {
    head.put(kString32);
    head.put_bytes(length, 4);
  }
  return head;
}

// An entry about to be written.
struct NewEntry {
  Head head;
  std::string_view data;

  explicit NewEntry(std::int64_t value) : head(integer_head(value)) {}
  explicit NewEntry(std::string_view text) {
    if (const auto value = parse_integer(text)) {
      head = integer_head(*value);
    } else {
      head = string_head(text.size());
      data = text;
    }
  }

  std::size_t length() const { return head.size + data.size(); }
  std::size_t bytes() const { return length() + tail_bytes(length()); }

  char* write(char* to) const {
    std::memcpy(to, head.text.data(), head.size);
    to += head.size;
    if (!data.empty()) std::memcpy(to, data.data(), data.size());
    to += data.size();
    const std::size_t whole = length();
    const unsigned tail = tail_bytes(whole);
    for (unsigned i = 0; i < tail; ++i) {
      const unsigned bits = whole >> (7 * i) & 0x7f;
      to[tail - 1 - i] = static_cast<char>(i + 1 < tail ? bits | 0x80 : bits);
    }
    return to + tail;
  }
};

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

Listpack* allocate(std::size_t bytes) {
  void* memory = std::malloc(size_class(bytes));
  if (memory == nullptr) throw std::bad_alloc();
  return static_cast<Listpack*>(memory);
}

// The block with room for `bytes`; its contents kept up to the lesser of both sizes.
Listpack* resize(Listpack* pack, std::size_t bytes) {
  const std::size_t wanted = size_class(bytes);
  if (size_class(pack->bytes()) == wanted) return pack;
  void* memory = std::realloc(static_cast<void*>(pack), wanted);
  if (memory == nullptr) throw std::bad_alloc();
  return static_cast<Listpack*>(memory);
}

std::uint32_t walk_count(const Listpack& pack) {
  std::uint32_t count = 0;
  for (std::uint32_t at = pack.begin(); at != pack.end(); at = pack.next(at)) ++count;
  return count;
}

// Makes the `removed` bytes at `offset`, which are `entries_removed` entries, `added` bytes for as
// many entries as the caller will write there. What lies behind is moved, the header written.
Listpack* reshape(Listpack* pack, std::uint32_t offset, std::size_t removed,
                  std::size_t entries_removed, std::size_t added, std::size_t entries_added) {
  const std::size_t before = pack->bytes();
  const std::size_t after = before - removed + added;
  assert(after <= Listpack::kMaxBytes);
  const std::uint32_t stored = stored_count(*pack);
  const std::size_t behind = before - offset - removed;
  if (added > removed) pack = resize(pack, after);
  char* at = pack->data() + offset;
  if (added != removed) std::memmove(at + added, at + removed, behind);
  if (added < removed) pack = resize(pack, after);
  const bool known = stored != kUnknownCount;
  write_header(*pack, after, known ? stored - entries_removed + entries_added : kUnknownCount);
  return pack;
}

// A listpack this short has a count that its header can hold: entries take at least two bytes.
bool count_must_fit(const Listpack& pack) {
  return pack.bytes() < Listpack::kEmptyBytes + 2 * kUnknownCount;
}

Listpack* insert_entry(Listpack* pack, std::uint32_t offset, const NewEntry& entry) {
  pack = reshape(pack, offset, 0, 0, entry.bytes(), 1);
  entry.write(pack->data() + offset);
  return pack;
}

Listpack* replace_entry(Listpack* pack, std::uint32_t offset, const NewEntry& entry) {
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

std::uint32_t Listpack::previous(std::uint32_t offset) const {
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

ListpackValue Listpack::get(std::uint32_t offset) const {
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
  write_header(*pack, kEmptyBytes, 0);
  pack->data()[kHeader] = kEnd;
  return pack;
}

Listpack* Listpack::copy(const Listpack& other) { return copy(other.view()); }

Listpack* Listpack::copy(std::string_view bytes) {
  Listpack* pack = allocate(bytes.size());
  std::memcpy(pack->data(), bytes.data(), bytes.size());
  return pack;
}

void Listpack::free(Listpack* listpack) { std::free(static_cast<void*>(listpack)); }

std::size_t Listpack::entry_bytes(std::string_view text) { return NewEntry(text).bytes(); }

Listpack* listpack_insert(Listpack* listpack, std::uint32_t offset, std::string_view text) {
  return insert_entry(listpack, offset, NewEntry(text));
}

Listpack* listpack_insert_integer(Listpack* listpack, std::uint32_t offset, std::int64_t value) {
  return insert_entry(listpack, offset, NewEntry(value));
}

Listpack* listpack_append(Listpack* listpack, std::string_view text) {
  return insert_entry(listpack, listpack->end(), NewEntry(text));
}

Listpack* listpack_insert_all(Listpack* listpack, std::uint32_t offset,
                              std::span<const std::string_view> texts) {
  std::size_t bytes = 0;
  for (const std::string_view text : texts) bytes += NewEntry(text).bytes();
  listpack = reshape(listpack, offset, 0, 0, bytes, texts.size());
  char* to = listpack->data() + offset;
  for (const std::string_view text : texts) to = NewEntry(text).write(to);
  return listpack;
}

Listpack* listpack_erase(Listpack* listpack, std::uint32_t offset, std::uint32_t count) {
  std::uint32_t end = offset;
  for (std::uint32_t i = 0; i < count; ++i) end = listpack->next(end);
  listpack = reshape(listpack, offset, end - offset, count, 0, 0);
  if (stored_count(*listpack) == kUnknownCount && count_must_fit(*listpack)) {
    write_header(*listpack, listpack->bytes(), walk_count(*listpack));
  }
  return listpack;
}

Listpack* listpack_replace(Listpack* listpack, std::uint32_t offset, std::string_view text) {
  return replace_entry(listpack, offset, NewEntry(text));
}

Listpack* listpack_replace_integer(Listpack* listpack, std::uint32_t offset, std::int64_t value) {
  return replace_entry(listpack, offset, NewEntry(value));
}

}  // namespace sorrel::base
