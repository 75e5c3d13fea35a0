// SPDX-License-Identifier: BSD-3-Clause
//
// The rows of the bitmap family; SETBIT, GETBIT, BITCOUNT and BITPOS. A command that writes what is
// there already is no change: nothing is repeated and nobody is told, but the string is written in
// place all the same, as OBJECT ENCODING shows. One thread.
#include <algorithm>
#include <limits>

#include <sorrel/commands/families.h>
#include <sorrel/exec/argument_reader.h>
#include <sorrel/exec/executor.h>
#include <sorrel/types/bitmap.h>

#include "bitmaps_handlers.h"

namespace sorrel::commands::bitmaps {
namespace {

// A stretch of a string as BITCOUNT and BITPOS take it: bytes or bits, counted from the end when
// negative.
struct Stretch {
  std::int64_t start = 0;
  std::int64_t end = -1;
  bool bits = false;
};

// First and last bit.
struct Span {
  std::uint64_t first;
  std::uint64_t last;
};

// Two ends counted from the back and in the wrong order: for BITCOUNT nothing, even where both lie
// before the first byte. BITPOS looks at the first one then.
bool is_inverted(const Stretch& stretch) {
  return stretch.start < 0 && stretch.end < 0 && stretch.start > stretch.end;
}

// Returns: nullopt when the stretch of such a string is empty.
std::optional<Span> span_of(const Stretch& stretch, std::size_t string_bytes) {
  const auto bytes = static_cast<std::int64_t>(string_bytes);
  const std::int64_t size = stretch.bits ? bytes * 8 : bytes;
  const auto place = [size](std::int64_t at) {
    return std::max<std::int64_t>(at < 0 ? at + size : at, 0);
  };
  const auto first = static_cast<std::uint64_t>(place(stretch.start));
  const std::int64_t end = std::min(place(stretch.end), size - 1);
  if (end < 0 || first > static_cast<std::uint64_t>(end)) {
    return std::nullopt;
  }
  const auto last = static_cast<std::uint64_t>(end);
  return stretch.bits ? Span{first, last} : Span{first * 8, last * 8 + 7};
}

// BYTE or BIT. Returns: whether it is BIT.
bool read_unit(exec::ArgumentReader& read) {
  if (read.word("BIT")) {
    return true;
  }
  if (!read.word("BYTE")) {
    read.fail(errors::kSyntax);
  }
  return false;
}

}  // namespace

std::optional<std::uint64_t> parse_bit_offset(const Context& context, std::string_view text,
                                              unsigned field_bits) {
  const bool counts_fields = field_bits != 0 && !text.empty() && text.front() == '#';
  const auto number = base::parse_integer(counts_fields ? text.substr(1) : text);
  std::int64_t offset = 0;
  if (!number || *number < 0 ||
      __builtin_mul_overflow(*number, std::int64_t{counts_fields ? field_bits : 1}, &offset)) {
    return std::nullopt;
  }
  // What the log has was allowed once.
  const std::uint64_t limit = context.session.replay ? std::numeric_limits<std::uint64_t>::max()
                                                     : context.executor.limits().max_string_bytes;
  const auto bit = static_cast<std::uint64_t>(offset);
  return bit / 8 < limit ? std::optional(bit) : std::nullopt;
}

Outcome setbit(Context& context) {
  const auto offset = parse_bit_offset(context, context.argument(2));
  if (!offset) {
    return context.fail(errors::kBitOffset);
  }
  const auto bit = base::parse_integer(context.argument(3));
  if (!bit || (*bit & ~std::int64_t{1}) != 0) {
    return context.fail(errors::kBit);
  }
  auto ref = context.database.write(context.key(1));
  if (ref.exists() && !ref.holds(Type::kString)) {
    return context.fail(errors::kWrongType);
  }
  const std::size_t before = ref.exists() ? ref.record().string_length() : 0;
  const auto needed = static_cast<std::size_t>(*offset / 8) + 1;
  const auto bytes = ref.resize_string(std::max(before, needed));
  const bool old = types::set_bit(bytes, *offset, *bit != 0);
  if (needed <= before && old == (*bit != 0)) {
    ref.dismiss();
  } else {
    ref.commit(events::kSetBit);
  }
  return exec::reply_integer(context, old ? 1 : 0);
}

Outcome getbit(Context& context) {
  const auto offset = parse_bit_offset(context, context.argument(2));
  if (!offset) {
    return context.fail(errors::kBitOffset);
  }
  const Record* record = context.database.find(context.key(1));
  if (record == nullptr) {
    return exec::reply_integer(context, 0);
  }
  if (record->type() != Type::kString) {
    return context.fail(errors::kWrongType);
  }
  keyspace::IntegerText scratch;
  return exec::reply_integer(context, types::get_bit(record->string(scratch), *offset) ? 1 : 0);
}

Outcome bitcount(Context& context) {
  exec::ArgumentReader read(context, 2);
  Stretch stretch;
  if (read.remaining() > 3) {
    return context.fail_syntax();
  }
  // An end may be left out, as in Valkey.
  if (read.more()) stretch.start = read.integer();
  if (read.more()) stretch.end = read.integer();
  if (read.more()) stretch.bits = read_unit(read);
  if (!read.ok()) {
    return context.fail(read.error());
  }
  const Record* record = context.database.find(context.key(1));
  if (record == nullptr) {
    return exec::reply_integer(context, 0);
  }
  if (record->type() != Type::kString) {
    return context.fail(errors::kWrongType);
  }
  keyspace::IntegerText scratch;
  const std::string_view bytes = record->string(scratch);
  const auto span = is_inverted(stretch) ? std::nullopt : span_of(stretch, bytes.size());
  const std::uint64_t count = span ? types::count_bits(bytes, span->first, span->last) : 0;
  return exec::reply_integer(context, static_cast<std::int64_t>(count));
}

Outcome bitpos(Context& context) {
  exec::ArgumentReader read(context, 2);
  const std::int64_t bit = read.integer();
  if (read.ok() && bit != 0 && bit != 1) {
    return context.fail(errors::kBitArgument);
  }
  if (read.remaining() > 3) {
    return context.fail_syntax();
  }
  Stretch stretch;
  if (read.more()) stretch.start = read.integer();
  const bool end_given = read.more();
  if (read.remaining() == 2) {
    // The unit is looked at before the end that stands before it.
    exec::ArgumentReader unit(context, 5);
    stretch.bits = read_unit(unit);
    if (!unit.ok()) {
      return context.fail(unit.error());
    }
  }
  if (end_given) stretch.end = read.integer();
  if (!read.ok()) {
    return context.fail(read.error());
  }
  const Record* record = context.database.find(context.key(1));
  if (record == nullptr) {
    return exec::reply_integer(context, bit == 0 ? 0 : -1);
  }
  if (record->type() != Type::kString) {
    return context.fail(errors::kWrongType);
  }
  keyspace::IntegerText scratch;
  const std::string_view bytes = record->string(scratch);
  const auto span = span_of(stretch, bytes.size());
  if (!span) {
    return exec::reply_integer(context, -1);
  }
  const auto found = types::find_bit(bytes, bit != 0, span->first, span->last);
  if (!found && bit == 0 && !end_given) {
    // Without an end, zeros follow the string.
    return exec::reply_integer(context, static_cast<std::int64_t>(bytes.size() * 8));
  }
  return exec::reply_integer(context, found ? static_cast<std::int64_t>(*found) : -1);
}

namespace {

using exec::CommandSpec;
using namespace exec::traits;

constexpr auto kReads = exec::acl::kBitmap | exec::acl::kRead;
constexpr auto kWrites = exec::acl::kBitmap | exec::acl::kWrite;
constexpr auto kQuick = exec::acl::kFast;
constexpr auto kSlow = exec::acl::kSlow;

constexpr exec::KeyPositions kOne{1, 1, 1};

constexpr CommandSpec kRows[] = {
    {"bitcount", -2, kReadonly, kOne, kReads | kSlow, &bitcount},
    {"bitfield", -2, kWrite | kDenyOom, kOne, kWrites | kSlow, &bitfield},
    {"bitfield_ro", -2, kReadonly | kFast, kOne, kReads | kQuick, &bitfield_ro},
    {"bitop", -4, kWrite | kDenyOom, {2, -1, 1}, kWrites | kSlow, &bitop},
    {"bitpos", -3, kReadonly, kOne, kReads | kSlow, &bitpos},
    {"getbit", 3, kReadonly | kFast, kOne, kReads | kQuick, &getbit},
    {"setbit", 4, kWrite | kDenyOom, kOne, kWrites | kSlow, &setbit},
};

}  // namespace
}  // namespace sorrel::commands::bitmaps

namespace sorrel::commands {

void add_bitmap_commands(exec::CommandTable& table) { table.add(bitmaps::kRows); }

}  // namespace sorrel::commands
