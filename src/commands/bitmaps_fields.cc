// SPDX-License-Identifier: BSD-3-Clause
//
// BITFIELD and BITFIELD_RO: a list of reads, writes and sums on integers of any size at any place.
// The words are read twice, once to find every error and how far the string must reach, and once to
// act, so that nothing is kept between and nothing is changed by a command that fails. One thread.
#include <algorithm>

#include <sorrel/exec/argument_reader.h>
#include <sorrel/types/bit_field.h>

#include "bitmaps_handlers.h"

namespace sorrel::commands::bitmaps {
namespace {

using types::BitFieldOverflow;
using types::BitFieldType;

struct Operation {
  enum class Kind : std::uint8_t { kGet, kSet, kIncrement };
  Kind kind = Kind::kGet;
  BitFieldType type;
  std::uint64_t offset = 0;
  std::int64_t value = 0;  // unless kGet
  BitFieldOverflow overflow = BitFieldOverflow::kWrap;

  std::uint64_t last_byte() const { return (offset + type.bits - 1) / 8; }
};

// "i8", "u63": lower case.
std::optional<BitFieldType> parse_type(std::string_view text) {
  if (text.empty() || (text.front() != 'i' && text.front() != 'u')) {
    return std::nullopt;
  }
  const bool is_signed = text.front() == 'i';
  const auto bits = base::parse_integer(text.substr(1));
  if (!bits || *bits < 1 || *bits > (is_signed ? 64 : 63)) {
    return std::nullopt;
  }
  return BitFieldType{is_signed, static_cast<unsigned>(*bits)};
}

// Takes the operations of a command one by one, and the words between them that say what an
// overflow does from there on.
class Operations {
 public:
  explicit Operations(const Context& context) : context_(context), read_(context, 2) {}

  bool ok() const { return read_.ok(); }
  const base::Error& error() const { return read_.error(); }

  // Returns: nullopt at the end, or after an error.
  std::optional<Operation> next() {
    while (read_.word_with("OVERFLOW", 1)) {
      read_overflow();
    }
    Operation operation;
    operation.overflow = overflow_;
    if (read_.word_with("GET", 2)) {
      operation.kind = Operation::Kind::kGet;
    } else if (read_.word_with("SET", 3)) {
      operation.kind = Operation::Kind::kSet;
    } else if (read_.word_with("INCRBY", 3)) {
      operation.kind = Operation::Kind::kIncrement;
    } else {
      if (read_.more()) {
        read_.fail(errors::kSyntax);
      }
      return std::nullopt;
    }
    read_place(operation);
    if (operation.kind != Operation::Kind::kGet) {
      operation.value = read_.integer();
    }
    return read_.ok() ? std::optional(operation) : std::nullopt;
  }

 private:
  void read_overflow() {
    if (read_.word("WRAP")) {
      overflow_ = BitFieldOverflow::kWrap;
    } else if (read_.word("SAT")) {
      overflow_ = BitFieldOverflow::kSaturate;
    } else if (read_.word("FAIL")) {
      overflow_ = BitFieldOverflow::kFail;
    } else {
      read_.fail(errors::kBitFieldOverflow);
    }
  }
  void read_place(Operation& operation) {
    const auto type = parse_type(read_.text());
    if (!type) {
      read_.fail(errors::kBitFieldType);
      return;
    }
    const auto offset = parse_bit_offset(context_, read_.text(), type->bits);
    if (!offset) {
      read_.fail(errors::kBitOffset);
      return;
    }
    operation.type = *type;
    operation.offset = *offset;
  }

  const Context& context_;
  exec::ArgumentReader read_;
  BitFieldOverflow overflow_ = BitFieldOverflow::kWrap;
};

struct Summary {
  std::size_t operations = 0;
  std::size_t needed_bytes = 0;  // 0: nothing is written
};

base::Result<Summary> summarize(const Context& context) {
  Operations operations(context);
  Summary summary;
  while (const auto operation = operations.next()) {
    ++summary.operations;
    if (operation->kind != Operation::Kind::kGet) {
      summary.needed_bytes =
          std::max(summary.needed_bytes, static_cast<std::size_t>(operation->last_byte() + 1));
    }
  }
  if (!operations.ok()) {
    return operations.error();
  }
  return summary;
}

Outcome read_fields(Context& context, const Summary& summary) {
  const Record* record = context.database.find(context.key(1));
  if (record != nullptr && record->type() != Type::kString) {
    return context.fail(errors::kWrongType);
  }
  keyspace::IntegerText scratch;
  const std::string_view bytes = record == nullptr ? std::string_view() : record->string(scratch);
  context.reply.array(summary.operations);
  Operations operations(context);
  while (const auto operation = operations.next()) {
    context.reply.integer(types::read_bit_field(bytes, operation->offset, operation->type));
  }
  return Outcome::kOk;
}

enum class Effect : std::uint8_t { kNone, kSame, kChanged };

// Does and answers one operation. Returns: what it wrote; kNone, too, when it did not fit.
Effect run(Context& context, const Operation& operation, std::span<char> bytes) {
  const std::int64_t before =
      types::read_bit_field({bytes.data(), bytes.size()}, operation.offset, operation.type);
  if (operation.kind == Operation::Kind::kGet) {
    context.reply.integer(before);
    return Effect::kNone;
  }
  const bool sets = operation.kind == Operation::Kind::kSet;
  const auto after =
      sets ? types::fit_bit_field(operation.type, operation.value, operation.overflow)
           : types::add_to_bit_field(operation.type, before, operation.value, operation.overflow);
  if (!after) {
    context.reply.null();
    return Effect::kNone;
  }
  context.reply.integer(sets ? before : *after);
  if (*after == before) {
    return Effect::kSame;
  }
  types::write_bit_field(bytes, operation.offset, operation.type, *after);
  return Effect::kChanged;
}

Outcome write_fields(Context& context, const Summary& summary) {
  auto ref = context.database.write(context.key(1));
  if (ref.exists() && !ref.holds(Type::kString)) {
    return context.fail(errors::kWrongType);
  }
  const std::size_t before = ref.exists() ? ref.record().string_length() : 0;
  const auto bytes = ref.resize_string(std::max(before, summary.needed_bytes));
  const bool longer = bytes.size() > before;
  bool changed = false;
  context.reply.array(summary.operations);
  Operations operations(context);
  while (const auto operation = operations.next()) {
    const Effect effect = run(context, *operation, bytes);
    changed = changed || effect == Effect::kChanged || (longer && effect == Effect::kSame);
  }
  if (changed) {
    ref.commit(events::kSetBit);
  } else if (longer) {
    ref.commit(events::kLengthened);
  } else {
    ref.dismiss();
  }
  return Outcome::kOk;
}

}  // namespace

Outcome bitfield(Context& context) {
  const auto summary = summarize(context);
  if (!summary) {
    return context.fail(summary.error());
  }
  return summary->needed_bytes == 0 ? read_fields(context, *summary)
                                    : write_fields(context, *summary);
}

Outcome bitfield_ro(Context& context) {
  const auto summary = summarize(context);
  if (!summary) {
    return context.fail(summary.error());
  }
  return summary->needed_bytes == 0 ? read_fields(context, *summary)
                                    : context.fail(errors::kBitFieldReadOnly);
}

}  // namespace sorrel::commands::bitmaps
