// SPDX-License-Identifier: BSD-3-Clause
//
// The parts of an image, each a word and what belongs to it. A key's deadline and accesses stand
// before it, so that a reader may pass over the value.
#include <cstdio>
#include <type_traits>
#include <utility>

#include <sorrel/persist/rdb_file.h>

#include "codec.h"

namespace sorrel::persist {

using rdb::Opcode;

namespace {

template <class T>
class ValueCursor final : public RdbValueCursor {
 public:
  ValueCursor(T& value, rdb::ValueType type, rdb::Output& output) : cursor_(value, type, output) {}

 private:
  bool step(rdb::Output& output, std::size_t budget) override {
    return cursor_.step(output, budget);
  }

  typename rdb::Codec<T>::Cursor cursor_;
};

}  // namespace

RdbWriter::RdbWriter(const RdbWriteOptions& options, const keyspace::AccessClock& clock, Sink sink)
    : options_(options),
      clock_(clock),
      output_(std::make_unique<rdb::Output>(rdb::Output::Options{options.version, options.compress},
                                            std::move(sink))) {
  begin();
}

RdbWriter::RdbWriter(const RdbWriteOptions& options, const keyspace::AccessClock& clock,
                     PieceSink sink)
    : options_(options),
      clock_(clock),
      output_(std::make_unique<rdb::Output>(rdb::Output::Options{options.version, options.compress},
                                            std::move(sink))) {
  begin();
}

void RdbWriter::begin() {
  char magic[16];
  const int size = std::snprintf(magic, sizeof magic, "REDIS%04u", options_.version);
  output_->raw({magic, static_cast<std::size_t>(size)});
}

RdbWriter::~RdbWriter() = default;

void RdbWriter::auxiliary(std::string_view name, std::string_view value) {
  output_->opcode(Opcode::kAuxiliary);
  output_->string(name);
  output_->string(value);
}

void RdbWriter::library(std::string_view code) {
  output_->opcode(Opcode::kFunction);
  output_->string(code);
}

void RdbWriter::database(std::uint32_t number, std::uint64_t keys,
                         std::uint64_t keys_with_deadline) {
  select(number);
  output_->opcode(Opcode::kResize);
  output_->length(keys);
  output_->length(keys_with_deadline);
}

void RdbWriter::select(std::uint32_t number) {
  if (database_ == number) {
    return;
  }
  database_ = number;
  output_->opcode(Opcode::kSelect);
  output_->length(number);
}

// All that stands before the value.
rdb::ValueType RdbWriter::write_name(const keyspace::Record& record) {
  if (record.has_deadline()) {
    output_->opcode(Opcode::kDeadlineMs);
    output_->milliseconds(record.deadline_ms());
  }
  if (options_.access == RdbAccess::kIdleSeconds) {
    output_->opcode(Opcode::kIdleSeconds);
    output_->length(clock_.idle_seconds(record.access()));
  } else if (options_.access == RdbAccess::kFrequency) {
    output_->opcode(Opcode::kFrequency);
    output_->byte(static_cast<std::uint8_t>(clock_.frequency(record.access())));
  }
  const rdb::ValueType type = rdb::type_of(record, output_->options());
  output_->type(type);
  output_->string(record.key());
  return type;
}

void RdbWriter::key(const keyspace::Record& record) {
  const rdb::ValueType type = write_name(record);
  rdb::write_value(record, type, *output_);
}

std::unique_ptr<RdbValueCursor> RdbWriter::begin_key(keyspace::Record& record) {
  const rdb::ValueType type = write_name(record);
  return rdb::for_record(record, [&](auto& value) -> std::unique_ptr<RdbValueCursor> {
    using T = std::remove_cvref_t<decltype(value)>;
    return std::make_unique<ValueCursor<T>>(value, type, *output_);
  });
}

void RdbWriter::flush() { output_->flush(); }

void RdbWriter::end() {
  output_->opcode(Opcode::kEnd);
  const bool has_sum = options_.version >= rdb::kVersionChecksum;
  if (has_sum && options_.check_sum && output_->defers()) {
    output_->flush_sealed();
    return;
  }
  if (has_sum) {
    output_->little64(options_.check_sum ? output_->checksum() : 0);
  }
  output_->flush();
}

void RdbWriter::keyspace(const keyspace::Keyspace& keyspace) {
  for (std::size_t i = 0; i < keyspace.database_count(); ++i) {
    const keyspace::Database& database = keyspace.database(i);
    if (database.size() == 0) {
      continue;
    }
    this->database(database.number(), database.size(), database.keys_with_deadline());
    std::uint64_t cursor = 0;
    do {
      cursor = database.scan(cursor, [&](const keyspace::Record& record) { key(record); });
    } while (cursor != 0);
  }
}

}  // namespace sorrel::persist
