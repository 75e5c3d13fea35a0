// SPDX-License-Identifier: BSD-3-Clause
//
// Laying out, reading and rebuilding records; the header draws the bytes. Records come from the
// item heap and are placed by hand because their size is decided at run time.
#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include <sorrel/base/block.h>
#include <sorrel/base/item_heap.h>
#include <sorrel/base/memory.h>
#include <sorrel/base/numbers.h>
#include <sorrel/keyspace/record.h>
#include <sorrel/types/hash.h>
#include <sorrel/types/list.h>
#include <sorrel/types/set.h>
#include <sorrel/types/sorted_set.h>
#include <sorrel/types/stream.h>

namespace sorrel::keyspace {

// A string outside its record: the length, the room, and the bytes behind them.
struct Record::External {
  std::size_t length;
  std::size_t capacity;

  char* data() { return reinterpret_cast<char*>(this + 1); }
  const char* data() const { return reinterpret_cast<const char*>(this + 1); }

  static External* resize(External* old, std::size_t capacity) {
    void* memory = old == nullptr
                       ? base::allocate_block(sizeof(External) + capacity)
                       : base::resize_block(old, old->bytes(), sizeof(External) + capacity);
    auto* external = static_cast<External*>(memory);
    external->capacity = capacity;
    return external;
  }
  static void free(External* external) {
    if (external != nullptr) base::free_block(external, external->bytes());
  }
  std::size_t bytes() const { return sizeof(External) + capacity; }
};

namespace {

// Growth of a string that is being appended to: doubled up to 1 MiB, then 1 MiB at a time.
std::size_t roomy(std::size_t length) {
  constexpr std::size_t kStep = 1024 * 1024;
  return length < kStep ? length * 2 : length + kStep;
}

// Calls visit(T*) with a null pointer of the class that holds such values.
// Requires: the type is a collection.
template <class Visit>
auto visit_collection(Type type, Visit&& visit) {
  switch (type) {
    case Type::kList:
      return visit(static_cast<types::List*>(nullptr));
    case Type::kSet:
      return visit(static_cast<types::Set*>(nullptr));
    case Type::kHash:
      return visit(static_cast<types::Hash*>(nullptr));
    case Type::kStream:
      return visit(static_cast<types::Stream*>(nullptr));
    case Type::kSortedSet:
    case Type::kString:
      break;
  }
  assert(type == Type::kSortedSet);
  return visit(static_cast<types::SortedSet*>(nullptr));
}

// Calls visit(value) with the collection of a record.
template <class AnyRecord, class Visit>
auto visit_value(AnyRecord& record, Visit&& visit) {
  return visit_collection(record.type(), [&](auto* kind) {
    using T = std::remove_pointer_t<decltype(kind)>;
    return visit(record.template collection<T>());
  });
}

}  // namespace

std::string_view type_name(Type type) {
  switch (type) {
    case Type::kString:
      return "string";
    case Type::kList:
      return "list";
    case Type::kSet:
      return "set";
    case Type::kSortedSet:
      return "zset";
    case Type::kHash:
      return "hash";
    case Type::kStream:
      return "stream";
  }
  return "none";
}

Record* Record::create(std::string_view key, const Shape& shape) {
  const bool long_key = key.size() >= kLongKeyLength;
  const bool value_slot = shape.encoding != Encoding::kInline;
  const std::size_t bytes = sizeof(Record) + (shape.deadline ? 8U : 0U) + (value_slot ? 8U : 0U) +
                            (long_key ? 4U : 0U) + key.size() + shape.inline_bytes;
  auto* record = new (base::item_heap().allocate(bytes)) Record();
  record->type_and_encoding_ = static_cast<std::uint8_t>(
      static_cast<unsigned>(shape.type) | (static_cast<unsigned>(shape.encoding) << 4));
  record->flags_ =
      static_cast<std::uint8_t>((shape.deadline ? kHasDeadline : 0) | (long_key ? kLongKey : 0));
  record->access_[0] = record->access_[1] = record->access_[2] = 0;
  record->short_key_length_ = long_key ? kLongKeyLength : static_cast<std::uint8_t>(key.size());
  record->inline_length_ = static_cast<std::uint16_t>(shape.inline_bytes);
  if (long_key) {
    const auto length = static_cast<std::uint32_t>(key.size());
    std::memcpy(record->key_data() - sizeof length, &length, sizeof length);
  }
  if (!key.empty()) std::memcpy(record->key_data(), key.data(), key.size());
  if (shape.encoding == Encoding::kExternal) {
    record->external() = External::resize(nullptr, 0);
    record->external()->length = 0;
  } else if (shape.encoding == Encoding::kCollection) {
    visit_collection(shape.type, [&](auto* kind) {
      using T = std::remove_pointer_t<decltype(kind)>;
      static_assert(sizeof(T) == 8 && alignof(T) <= 8);
      new (record->value_slot()) T();
    });
  }
  return record;
}

void Record::destroy(Record* record) {
  if (record->encoding() == Encoding::kExternal) {
    External::free(record->external());
  } else if (record->encoding() == Encoding::kCollection) {
    visit_value(*record, [](auto& value) { std::destroy_at(&value); });
  }
  base::item_heap().free(record);
}

std::size_t Record::key_length() const {
  if ((flags_ & kLongKey) == 0) [[likely]] {
    return short_key_length_;
  }
  std::uint32_t length = 0;
  std::memcpy(&length, key_data() - sizeof length, sizeof length);
  return length;
}

std::string_view Record::encoding_name() const {
  switch (encoding()) {
    case Encoding::kInteger:
      return "int";
    case Encoding::kInline:
      return inline_length_ <= kMaxEmbeddedName && !written_in_place() ? "embstr" : "raw";
    case Encoding::kExternal:
      return "raw";
    case Encoding::kCollection:
      break;
  }
  return visit_value(*this,
                     [](const auto& value) { return types::encoding_name(value.encoding()); });
}

std::string_view Record::string(IntegerText& scratch) const {
  switch (encoding()) {
    case Encoding::kInteger:
      return {scratch, base::format_integer(integer(), scratch)};
    case Encoding::kInline:
      return {key_data() + key_length(), inline_length_};
    case Encoding::kExternal:
      return {external()->data(), external()->length};
    case Encoding::kCollection:
      break;
  }
  assert(false && "not a string");
  return {};
}

std::size_t Record::string_length() const {
  IntegerText scratch;
  return string(scratch).size();
}

std::span<char> Record::bytes() {
  if (encoding() == Encoding::kInline) {
    return {key_data() + key_length(), inline_length_};
  }
  return {external()->data(), external()->length};
}

bool Record::assign_inline(std::string_view value) {
  if (value.size() != inline_length_) {
    const std::size_t now = allocated_bytes();
    const std::size_t then = now - inline_length_ + value.size();
    if (value.size() > kMaxInlineString || base::item_size(then) != base::item_size(now)) {
      return false;
    }
    inline_length_ = static_cast<std::uint16_t>(value.size());
  }
  // The new value may be a view of the old one.
  if (!value.empty()) std::memmove(key_data() + key_length(), value.data(), value.size());
  flags_ &= static_cast<std::uint8_t>(~kWrittenInPlace);
  return true;
}

void Record::resize_external(std::size_t length) {
  External*& external = this->external();
  if (length > external->capacity) {
    const bool first = external->capacity == 0;
    external = External::resize(external, first ? length : roomy(length));
  }
  if (length > external->length) {
    std::memset(external->data() + external->length, 0, length - external->length);
  }
  external->length = length;
}

void Record::assign_external(std::string_view value) {
  const std::size_t room = base::block_size(external()->bytes());
  if (value.size() <= external()->capacity &&
      base::block_size(sizeof(External) + value.size()) == room) {
    // The new value may be a view of the old one.
    std::memmove(external()->data(), value.data(), value.size());
    external()->length = value.size();
    flags_ &= static_cast<std::uint8_t>(~kWrittenInPlace);
    return;
  }
  External* fresh = External::resize(nullptr, value.size());
  fresh->length = value.size();
  std::memcpy(fresh->data(), value.data(), value.size());
  External::free(external());
  external() = fresh;
  flags_ &= static_cast<std::uint8_t>(~kWrittenInPlace);
}

Record* Record::rebuild(Record& source, std::string_view key, bool deadline, bool move,
                        const types::Settings& settings) {
  const std::size_t inline_bytes =
      source.encoding() == Encoding::kInline ? source.inline_length_ : 0;
  // A collection or an external string that is moved needs only the slot, so none is created.
  Record* target = create(
      key,
      {source.type(),
       move && source.encoding() == Encoding::kExternal ? Encoding::kInteger : source.encoding(),
       deadline, inline_bytes});
  target->type_and_encoding_ = source.type_and_encoding_;
  target->flags_ |= static_cast<std::uint8_t>(source.flags_ & kWrittenInPlace);
  target->set_access(source.access());
  if (deadline && source.has_deadline()) {
    target->set_deadline_ms(source.deadline_ms());
  }
  switch (source.encoding()) {
    case Encoding::kInteger:
      target->set_integer(source.integer());
      break;
    case Encoding::kInline:
      std::memcpy(target->bytes().data(), source.bytes().data(), inline_bytes);
      break;
    case Encoding::kExternal:
      if (move) {
        target->external() = std::exchange(source.external(), nullptr);
      } else {
        const auto bytes = source.bytes();
        target->assign_external({bytes.data(), bytes.size()});
        target->flags_ |= static_cast<std::uint8_t>(source.flags_ & kWrittenInPlace);
      }
      break;
    case Encoding::kCollection:
      visit_collection(source.type(), [&](auto* kind) {
        using T = std::remove_pointer_t<decltype(kind)>;
        T& value = source.collection<T>();
        target->collection<T>() = move ? std::move(value) : value.clone(settings);
      });
      break;
  }
  return target;
}

// A collection of one element is copied as fast as it is walked.
bool Record::walkable() const {
  return encoding() == Encoding::kCollection && visit_value(*this, [](const auto& value) {
           return requires { value.walking(); }
           &&value.release_cost() > 1;
         });
}

bool Record::walking() const {
  if (encoding() != Encoding::kCollection) return false;
  return visit_value(*this, [](const auto& value) {
    if constexpr (requires { value.walking(); }) {
      return value.walking();
    } else {
      return false;
    }
  });
}

void Record::begin_walk() {
  visit_value(*this, [](auto& value) {
    if constexpr (requires { value.begin_walk(); }) value.begin_walk();
  });
}

void Record::end_walk() {
  visit_value(*this, [](auto& value) {
    if constexpr (requires { value.end_walk(); }) value.end_walk();
  });
}

std::size_t Record::walk_bytes() const {
  return visit_value(*this, [](const auto& value) {
    if constexpr (requires { value.walk_bytes(); }) {
      return value.walk_bytes();
    } else {
      return std::size_t{0};
    }
  });
}

Record* Record::borrow(const Record& source) {
  Record* record =
      create(source.key(), {source.type(), source.encoding(), source.has_deadline(), 0});
  record->set_access(source.access());
  if (source.has_deadline()) {
    record->set_deadline_ms(source.deadline_ms());
  }
  *record->value_slot() = *source.value_slot();  // over an empty collection, which owns nothing
  return record;
}

void Record::discard(Record* record) { base::item_heap().free(record); }

Record* Record::relocate(const Record& record) {
  return static_cast<Record*>(base::item_heap().copy(&record, record.allocated_bytes()));
}

base::Defragmented Record::defragment(std::uint64_t cursor) {
  if (encoding() == Encoding::kExternal) {
    return base::defragment_block(external(), external()->bytes());
  }
  return visit_value(*this, [cursor](auto& value) {
    if constexpr (requires { value.defragment(cursor); }) {
      return value.defragment(cursor);
    } else {
      return base::Defragmented();
    }
  });
}

std::size_t Record::allocated_bytes() const {
  return sizeof(Record) + key_offset() + key_length() + inline_length_;
}

std::size_t Record::memory_bytes() const {
  const std::size_t own = base::item_size(allocated_bytes());
  switch (encoding()) {
    case Encoding::kExternal:
      return own + base::block_size(external()->bytes());
    case Encoding::kCollection:
      return own + visit_value(*this, [](const auto& value) { return value.memory_bytes(); });
    default:
      return own;
  }
}

bool Record::is_vacant() const {
  if (encoding() != Encoding::kCollection) return false;
  return visit_value(*this, [](const auto& value) {
    if constexpr (requires { value.kKeptWhenEmpty; }) {
      return false;
    } else {
      return value.empty();
    }
  });
}

void Record::prefetch_member(types::MemberAhead& ahead, types::Prefetch what) const {
  if (encoding() != Encoding::kCollection) return;
  const bool in_order = what >= types::Prefetch::kOrder;
  visit_value(*this, [&](const auto& value) {
    if (in_order) {
      if constexpr (requires { value.prefetch_order(ahead, what); }) {
        value.prefetch_order(ahead, what);
      }
    } else if constexpr (requires { value.prefetch(ahead.hash, what); }) {
      value.prefetch(ahead.hash, what);
    }
  });
}

std::uint64_t Record::release_cost() const {
  return encoding() == Encoding::kCollection
             ? visit_value(*this, [](const auto& value) { return value.release_cost(); })
             : 0;
}

bool Record::release_some(std::size_t budget) {
  return encoding() != Encoding::kCollection ||
         visit_value(*this, [&](auto& value) { return value.release_some(budget); });
}

}  // namespace sorrel::keyspace
