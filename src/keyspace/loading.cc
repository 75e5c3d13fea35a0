// SPDX-License-Identifier: BSD-3-Clause
//
// Making records and putting them into the index.
#include <sorrel/base/numbers.h>
#include <sorrel/keyspace/events.h>
#include <sorrel/keyspace/loading.h>

namespace sorrel::keyspace {

Record* Loading::make(std::string_view name, Record::Shape shape,
                      std::optional<std::int64_t> deadline_ms) {
  shape.deadline = deadline_ms.has_value();
  Record* record = Record::create(name, shape);
  record->set_access(keyspace_.access().first());
  if (deadline_ms) {
    record->set_deadline_ms(*deadline_ms);
  }
  return record;
}

Record* Loading::make_string(std::string_view name, std::string_view value,
                             std::optional<std::int64_t> deadline_ms) {
  const auto integer =
      value.size() <= base::kMaxIntegerText ? base::parse_integer(value) : std::nullopt;
  if (integer) {
    Record* record = make(name, {Type::kString, Encoding::kInteger}, deadline_ms);
    record->set_integer(*integer);
    return record;
  }
  if (value.size() > kMaxInlineString) {
    Record* record = make(name, {Type::kString, Encoding::kExternal}, deadline_ms);
    record->assign_external(value);
    return record;
  }
  Record* record = make(name, {Type::kString, Encoding::kInline, false, value.size()}, deadline_ms);
  value.copy(record->bytes().data(), value.size());
  return record;
}

std::uint64_t Loading::settle() {
  while (count_ != 0) {
    install_next();
  }
  return installed_;
}

void Loading::install_next() {
  const Waiting waiting = waiting_[next_];
  next_ = (next_ + 1) % kAhead;
  --count_;
  Database& database = *waiting.database;
  const Key key{waiting.record->key(), waiting.hash};
  if (Record* const old = database.stored(key); old != nullptr) [[unlikely]] {
    if (!replace_) {
      duplicate_ = key.name;
      Record::destroy(waiting.record);
      return;
    }
    database.remove(waiting.hash, old);
  }
  database.install(waiting.hash, waiting.record);
  keyspace_.changes().record(events::kLoad, database.number(), key.name);
  ++installed_;
}

}  // namespace sorrel::keyspace
