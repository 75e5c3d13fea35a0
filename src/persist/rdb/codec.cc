// SPDX-License-Identifier: BSD-3-Clause
//
// Which codec a kind of the format belongs to, the codec of strings, and the way of a value under
// its key.
#include "codec.h"

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace sorrel::persist {

void install(keyspace::WriteRef& ref, RdbValue value, std::optional<std::int64_t> deadline_ms) {
  std::visit(
      [&](auto& held) {
        using T = std::remove_cvref_t<decltype(held)>;
        if constexpr (std::is_same_v<T, std::string>) {
          ref.set_string(held, deadline_ms ? keyspace::DeadlinePolicy::at(*deadline_ms)
                                           : keyspace::DeadlinePolicy::clear());
        } else {
          ref.set_collection(std::move(held));
          if (deadline_ms) {
            ref.set_deadline(*deadline_ms);
          }
        }
      },
      value);
}

namespace rdb {
namespace {

constexpr std::size_t kNoLimit = SIZE_MAX;

}  // namespace

ValueType Codec<std::string_view>::type_of(std::string_view, const Output::Options&) {
  return ValueType::kString;
}

StringCursor::StringCursor(std::string_view value, ValueType, Output& output) : value_(value) {
  constexpr std::size_t kAtOnce = std::size_t{16} * 1024;
  if (!output.defers() || value.size() <= kAtOnce) {
    output.string(value);
    written_ = value.size();
  } else {
    output.begin_string(value.size());
  }
}

bool StringCursor::step(Output& output, std::size_t budget) {
  if (written_ != value_.size()) {
    const std::size_t units = std::min(budget, value_.size() / Budget::kUnitBytes + 1);
    const std::string_view part = value_.substr(written_, units * Budget::kUnitBytes);
    output.raw(part);
    written_ += part.size();
  }
  return written_ == value_.size();
}

std::string Codec<std::string_view>::read(ValueType, Input& input, const ReadContext&) {
  std::string scratch;
  const std::string_view text = input.string(scratch);
  return text.data() == scratch.data() ? std::move(scratch) : std::string(text);
}

ValueType type_of(const keyspace::Record& record, const Output::Options& options) {
  return for_record(record, [&](const auto& value) {
    return Codec<std::remove_cvref_t<decltype(value)>>::type_of(value, options);
  });
}

void write_value(const keyspace::Record& record, ValueType type, Output& output) {
  for_record(record, [&](const auto& value) {
    typename Codec<std::remove_cvref_t<decltype(value)>>::Cursor cursor(value, type, output);
    while (!cursor.step(output, kNoLimit)) {
    }
  });
}

RdbValue read_value(std::uint8_t byte, Input& input, const ReadContext& context) {
  const auto type = static_cast<ValueType>(byte);
  switch (type) {
    case ValueType::kString:
      return Codec<std::string_view>::read(type, input, context);
    case ValueType::kList:
    case ValueType::kListZiplist:
    case ValueType::kListQuicklist:
    case ValueType::kListQuicklist2:
      return Codec<types::List>::read(type, input, context);
    case ValueType::kSet:
    case ValueType::kSetIntset:
    case ValueType::kSetListpack:
      return Codec<types::Set>::read(type, input, context);
    case ValueType::kSortedSetText:
    case ValueType::kSortedSet:
    case ValueType::kSortedSetZiplist:
    case ValueType::kSortedSetListpack:
      return Codec<types::SortedSet>::read(type, input, context);
    case ValueType::kHash:
    case ValueType::kHashZipmap:
    case ValueType::kHashZiplist:
    case ValueType::kHashListpack:
    case ValueType::kHashDeadlinesOld:
    case ValueType::kHashListpackDeadlinesOld:
    case ValueType::kHashDeadlines:
    case ValueType::kHashListpackDeadlines:
      return Codec<types::Hash>::read(type, input, context);
    case ValueType::kStream1:
    case ValueType::kStream2:
    case ValueType::kStream3:
      return Codec<types::Stream>::read(type, input, context);
    case ValueType::kModuleOld:
    case ValueType::kModule:
      input.fail(Failure::kUnknown, "a module's value");
      return {};
  }
  input.fail(Failure::kUnknown, "an unknown kind of value");
  return {};
}

}  // namespace rdb
}  // namespace sorrel::persist
