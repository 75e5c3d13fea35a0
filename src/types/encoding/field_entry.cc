// SPDX-License-Identifier: BSD-3-Clause
//
// Laying out the fields of a large hash; field_entry.h draws the bytes. Integers are written low
// byte first, so that a narrow length is the beginning of a wide one. One thread.
#include "encoding/field_entry.h"

#include <algorithm>
#include <bit>
#include <new>

#include <sorrel/base/item_heap.h>

namespace sorrel::types::encoding {

static_assert(std::endian::native == std::endian::little);

unsigned FieldEntry::width_form(std::size_t longest) {
  if (longest <= UINT8_MAX) return 0;
  if (longest <= UINT16_MAX) return 1;
  return longest <= UINT32_MAX ? 2 : 3;
}

std::size_t FieldEntry::bytes_for(unsigned form, std::size_t texts) {
  const std::size_t deadline = (form & kDeadline) != 0 ? sizeof(std::int64_t) : 0;
  return sizeof(FieldEntry) + 2 * (std::size_t{1} << (form & kWidth)) + deadline + texts;
}

FieldEntry* FieldEntry::make(std::string_view field, std::string_view value,
                             std::int64_t deadline_ms) {
  const unsigned form = width_form(std::max(field.size(), value.size())) |
                        (deadline_ms == Hash::kNever ? 0 : kDeadline);
  const std::size_t bytes = base::item_size(bytes_for(form, field.size() + value.size()));
  auto* entry = new (base::item_heap().allocate(bytes)) FieldEntry;
  entry->form_ = static_cast<std::uint8_t>(form);
  entry->set_length(0, field.size());
  entry->set_length(1, value.size());
  if (entry->has_deadline_room()) entry->set_deadline_ms(deadline_ms);
  char* const to = const_cast<char*>(entry->text());
  if (!field.empty()) std::memcpy(to, field.data(), field.size());
  if (!value.empty()) std::memcpy(to + field.size(), value.data(), value.size());
  return entry;
}

FieldEntry* FieldEntry::copy(const FieldEntry& entry) {
  return static_cast<FieldEntry*>(base::item_heap().copy(&entry, entry.allocated_bytes()));
}

void FieldEntry::free(FieldEntry* entry) { base::item_heap().free(entry); }

void FieldEntry::set_length(unsigned which, std::uint64_t length) {
  std::memcpy(lengths() + which * width(), &length, width());
}

std::int64_t FieldEntry::deadline_ms() const {
  return has_deadline_room() ? load<std::int64_t>(deadline()) : Hash::kNever;
}

void FieldEntry::set_deadline_ms(std::int64_t deadline_ms) {
  std::memcpy(const_cast<char*>(deadline()), &deadline_ms, sizeof deadline_ms);
}

bool FieldEntry::assign(std::string_view value) {
  const std::size_t field_length = length(0);
  const std::size_t value_length = length(1);
  if (value.size() != value_length) {
    if (width_form(std::max(field_length, value.size())) != (form_ & kWidth) ||
        base::item_size(bytes_for(form_, field_length + value.size())) != allocated_bytes()) {
      return false;
    }
    set_length(1, value.size());
  }
  if (!value.empty())
    std::memcpy(const_cast<char*>(text()) + field_length, value.data(), value.size());
  return true;
}

std::size_t FieldEntry::allocated_bytes() const {
  return base::item_size(bytes_for(form_, length(0) + length(1)));
}

}  // namespace sorrel::types::encoding
