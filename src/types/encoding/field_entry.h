// SPDX-License-Identifier: BSD-3-Clause
//
// A field of a large hash and its value in one allocation:
//
//   form u8 | length of the field | length of the value | [deadline i64] | field | value
//
// Both lengths are as wide as the longer of them needs, 1, 2, 4 or 8 bytes, so that a field of 8
// bytes with a value of 5 is an item of 16. The form's low two bits are the logarithm of that
// width, the third tells of a deadline. Nothing is aligned. A field that has lost its deadline
// keeps the room for it, which says kNever then.
//
// An entry that must grow is made anew. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <sorrel/types/hash.h>

namespace sorrel::types::encoding {

class FieldEntry {
 public:
  // Cost: one allocation.
  static FieldEntry* make(std::string_view field, std::string_view value, std::int64_t deadline_ms);
  static FieldEntry* copy(const FieldEntry& entry);
  static void free(FieldEntry* entry);

  FieldEntry(const FieldEntry&) = delete;
  FieldEntry& operator=(const FieldEntry&) = delete;

  std::string_view field() const { return {text(), length(0)}; }
  std::string_view value() const { return {text() + length(0), length(1)}; }
  bool has_deadline_room() const { return (form_ & kDeadline) != 0; }
  std::int64_t deadline_ms() const;
  // Requires: has_deadline_room().
  void set_deadline_ms(std::int64_t deadline_ms);
  // Writes the value over the old one if this allocation is right for it. Returns: whether it was.
  bool assign(std::string_view value);

  Hash::Entry entry() const { return {{.bytes = field()}, {.bytes = value()}, deadline_ms()}; }
  // As the item heap hands them out.
  std::size_t allocated_bytes() const;

 private:
  static constexpr unsigned kWidth = 3;
  static constexpr unsigned kDeadline = 4;

  FieldEntry() = default;

  static std::size_t bytes_for(unsigned form, std::size_t texts);
  static unsigned width_form(std::size_t longest);
  char* lengths() { return reinterpret_cast<char*>(this) + 1; }
  const char* lengths() const { return reinterpret_cast<const char*>(this) + 1; }
  unsigned width() const { return 1U << (form_ & kWidth); }
  const char* deadline() const { return lengths() + 2 * width(); }
  const char* text() const { return deadline() + (has_deadline_room() ? sizeof(std::int64_t) : 0); }
  std::size_t length(unsigned which) const {
    const char* const at = lengths();
    switch (form_ & kWidth) {
      case 0:
        return static_cast<unsigned char>(at[which]);
      case 1:
        return load<std::uint16_t>(at + 2 * which);
      case 2:
        return load<std::uint32_t>(at + 4 * which);
      default:
        return load<std::uint64_t>(at + 8 * which);
    }
  }
  void set_length(unsigned which, std::uint64_t length);

  template <class Integer>
  static Integer load(const char* from) {
    Integer value;
    std::memcpy(&value, from, sizeof value);
    return value;
  }

  std::uint8_t form_ = 0;
};
static_assert(sizeof(FieldEntry) == 1);

}  // namespace sorrel::types::encoding
