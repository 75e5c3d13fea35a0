// SPDX-License-Identifier: BSD-3-Clause
//
// The parts of a keyspace as commands. A key's deadline comes last, so that nothing is built under
// a key whose time has passed.
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include <sorrel/persist/commands_writer.h>

#include "cursors.h"
#include "rdb/codec.h"

namespace sorrel::persist {
namespace {

using commands::Requests;

template <class T>
struct CursorOf;
template <>
struct CursorOf<std::string_view> {
  using Type = commands::StringCursor;
};
template <>
struct CursorOf<types::List> {
  using Type = commands::ListCursor;
};
template <>
struct CursorOf<types::Set> {
  using Type = commands::SetCursor;
};
template <>
struct CursorOf<types::SortedSet> {
  using Type = commands::SortedSetCursor;
};
template <>
struct CursorOf<types::Hash> {
  using Type = commands::HashCursor;
};
template <>
struct CursorOf<types::Stream> {
  using Type = commands::StreamCursor;
};

// A value and, behind it, its key's deadline.
template <class T>
class KeyCursor final : public CommandsCursor {
 public:
  // T is constant when the value is not walking.
  KeyCursor(const keyspace::Record& record, T& value, Requests& requests)
      : record_(record), cursor_(record.key(), value, requests) {}

  bool step(Requests& requests, std::size_t budget) override {
    if (!cursor_.step(requests, budget)) {
      return false;
    }
    if (record_.has_deadline()) {
      requests.begin(3);
      requests.word("PEXPIREAT");
      requests.word(record_.key());
      requests.word(record_.deadline_ms());
    }
    return true;
  }

 private:
  const keyspace::Record& record_;
  typename CursorOf<std::remove_const_t<T>>::Type cursor_;
};

}  // namespace

CommandsWriter::CommandsWriter(Sink sink)
    : requests_(std::make_unique<Requests>(std::move(sink))) {}

CommandsWriter::~CommandsWriter() = default;

void CommandsWriter::library(std::string_view code) {
  requests_->request({"FUNCTION", "LOAD", code});
}

void CommandsWriter::select(std::uint32_t number) {
  if (database_ == number) {
    return;
  }
  database_ = number;
  requests_->request({"SELECT", std::to_string(number)});
}

void CommandsWriter::key(const keyspace::Record& record) {
  rdb::for_record(record, [&](const auto& value) {
    KeyCursor<std::remove_reference_t<decltype(value)>> cursor(record, value, *requests_);
    while (!cursor.step(*requests_, SIZE_MAX)) {
    }
  });
}

std::unique_ptr<CommandsCursor> CommandsWriter::begin_key(keyspace::Record& record) {
  return rdb::for_record(record, [&](auto& value) -> std::unique_ptr<CommandsCursor> {
    using T = std::remove_reference_t<decltype(value)>;
    return std::make_unique<KeyCursor<T>>(record, value, *requests_);
  });
}

void CommandsWriter::end() { requests_->flush(); }

}  // namespace sorrel::persist
