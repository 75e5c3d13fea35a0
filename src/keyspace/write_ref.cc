// SPDX-License-Identifier: BSD-3-Clause
//
// The verbs of a mutation. A value that fits the record's allocation is written in place; one that
// does not gets a new record, which takes the old one's place in the index and the deadlines.
#include <cstring>
#include <optional>
#include <utility>

#include <sorrel/base/numbers.h>
#include <sorrel/keyspace/keyspace.h>
#include <sorrel/keyspace/write_ref.h>

namespace sorrel::keyspace {

Record* WriteRef::fresh(const Record::Shape& shape) {
  Record* record = Record::create(key_.name, shape);
  record->set_access(record_ == nullptr ? database_->keyspace_->access().first()
                                        : record_->access());
  return record;
}

void WriteRef::replace(Record* replacement) {
  if (record_ == nullptr) {
    database_->install(key_.hash, replacement);
  } else {
    Record* old = record_;
    database_->swap_record(key_.hash, old, replacement);
    database_->retire(old);
  }
  record_ = replacement;
}

void WriteRef::preserve() {
  if (record_ != nullptr) {
    record_ = database_->preserve(key_.hash, record_);
  }
}

// Whether a snapshot still needs the record as it is: then it is replaced, not changed.
bool WriteRef::is_needed() const { return record_->mark() != database_->keyspace_->mark(); }

void WriteRef::set_string(std::string_view value, DeadlinePolicy deadline) {
  assign(value, value.size() <= base::kMaxIntegerText ? base::parse_integer(value) : std::nullopt,
         deadline);
}

void WriteRef::set_text(std::string_view value, DeadlinePolicy deadline) {
  assign(value, std::nullopt, deadline);
}

void WriteRef::assign(std::string_view value, std::optional<std::int64_t> integer,
                      DeadlinePolicy deadline) {
  changed_ = true;
  const bool had_deadline = record_ != nullptr && record_->has_deadline();
  const bool has_deadline = deadline.keeps() ? had_deadline : !deadline.clears();
  Encoding encoding = Encoding::kInline;
  if (integer) {
    encoding = Encoding::kInteger;
  } else if (value.size() > kMaxInlineString) {
    encoding = Encoding::kExternal;
  }
  bool in_place = record_ != nullptr && record_->type() == Type::kString &&
                  record_->encoding() == encoding && has_deadline == had_deadline && !is_needed();
  if (in_place && encoding == Encoding::kInline) {
    in_place = record_->assign_inline(value);
  } else if (in_place && encoding == Encoding::kExternal) {
    record_->assign_external(value);
  }
  const std::int64_t deadline_ms = deadline.keeps() ? (had_deadline ? record_->deadline_ms() : 0)
                                                    : (has_deadline ? deadline.deadline_ms() : 0);
  if (in_place) {
    if (has_deadline && deadline_ms != record_->deadline_ms()) {
      set_deadline(deadline_ms);
    }
  } else {
    Record* record = fresh(
        {Type::kString, encoding, has_deadline, encoding == Encoding::kInline ? value.size() : 0});
    if (has_deadline) {
      record->set_deadline_ms(deadline_ms);
    }
    if (encoding == Encoding::kInline) {
      value.copy(record->bytes().data(), value.size());
    } else if (encoding == Encoding::kExternal) {
      record->assign_external(value);
    }
    replace(record);
  }
  if (integer) {
    record_->set_integer(*integer);
  }
}

void WriteRef::set_integer(std::int64_t value) {
  changed_ = true;
  if (record_ == nullptr || record_->type() != Type::kString ||
      record_->encoding() != Encoding::kInteger || is_needed()) {
    const bool deadline = record_ != nullptr && record_->has_deadline();
    Record* record = fresh({Type::kString, Encoding::kInteger, deadline, 0});
    if (deadline) {
      record->set_deadline_ms(record_->deadline_ms());
    }
    replace(record);
  }
  record_->set_integer(value);
}

std::span<char> WriteRef::resize_string(std::size_t length) {
  changed_ = true;
  preserve();
  if (record_ == nullptr || record_->encoding() != Encoding::kExternal) {
    IntegerText scratch;
    const std::string_view old = record_ == nullptr ? std::string_view() : record_->string(scratch);
    const bool deadline = record_ != nullptr && record_->has_deadline();
    const bool same_length = record_ != nullptr && old.size() == length;
    if (!same_length || record_->encoding() == Encoding::kInteger) {
      const bool inlined = length <= kMaxInlineString;
      Record* record = fresh({Type::kString, inlined ? Encoding::kInline : Encoding::kExternal,
                              deadline, inlined ? length : 0});
      if (deadline) {
        record->set_deadline_ms(record_->deadline_ms());
      }
      if (!inlined) {
        record->resize_external(length);
      }
      const auto bytes = record->bytes();
      const std::size_t kept = old.size() < length ? old.size() : length;
      if (kept != 0) {
        std::memcpy(bytes.data(), old.data(), kept);
      }
      std::memset(bytes.data() + kept, 0, length - kept);
      replace(record);
    }
  } else {
    record_->resize_external(length);
  }
  record_->set_written_in_place();
  return record_->bytes();
}

Record& WriteRef::edit_collection(Type type) {
  changed_ = true;
  preserve();
  if (record_ == nullptr) {
    replace(fresh({type, Encoding::kCollection, false, 0}));
  }
  assert(record_->type() == type);
  return *record_;
}

Record& WriteRef::new_collection(Type type) {
  changed_ = true;
  replace(fresh({type, Encoding::kCollection, false, 0}));
  return *record_;
}

Record* WriteRef::new_grave(Type type) {
  return Record::create({}, {type, Encoding::kCollection, false, 0});
}

void WriteRef::bury(Record* record) { database_->keyspace_->bury(record); }

void WriteRef::set_deadline(std::int64_t deadline_ms) {
  changed_ = true;
  preserve();
  if (record_->has_deadline()) {
    if (!record_->put_off(deadline_ms, record_->filed_ms())) {
      database_->file_anew(record_, deadline_ms);
    }
    return;
  }
  database_->unschedule_fields(record_);
  Record* record = Record::rebuild(*record_, key_.name, /*deadline=*/true, /*move=*/true,
                                   database_->keyspace_->settings());
  record->set_deadline_ms(deadline_ms);
  replace(record);
}

void WriteRef::clear_deadline() {
  if (!record_->has_deadline()) {
    return;
  }
  changed_ = true;
  preserve();
  database_->unschedule_fields(record_);
  // The old record leaves the deadlines when it is replaced; the new one never enters them.
  replace(Record::rebuild(*record_, key_.name, /*deadline=*/false, /*move=*/true,
                          database_->keyspace_->settings()));
}

void WriteRef::erase() {
  changed_ = true;
  database_->remove(key_.hash, record_);
  record_ = nullptr;
}

void WriteRef::commit(const Event& event) {
  changed_ = false;
  Keyspace& keyspace = *database_->keyspace_;
  keyspace.changes().record(event, database_->number(), key_.name);
  if (holds(Type::kHash)) {
    database_->schedule_fields(record_);
  }
  if (record_ != nullptr && record_->is_vacant()) {
    database_->remove(key_.hash, record_);
    record_ = nullptr;
    keyspace.changes().record(events::kDel, database_->number(), key_.name);
  }
}

}  // namespace sorrel::keyspace
