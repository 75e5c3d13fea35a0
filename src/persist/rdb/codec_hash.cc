// SPDX-License-Identifier: BSD-3-Clause
//
// Hashes. A small one is a listpack of field, value, field, value ... (before Redis 7.0 a ziplist,
// before 2.6 a zipmap), a large one a count and its pairs. Where fields have deadlines:
//
//   Redis 7.4    the earliest deadline u64, then a listpack of field, value, deadline or 0; or a
//                count, and before each pair its deadline, as a length: 0, or what it is beyond the
//                earliest one, plus one
//   before GA    the same without the earliest deadline; deadlines are absolute
//   Valkey       a count, and behind each pair its deadline u64, -1 for none
//
// A field that is due already is kept: the keyspace lets it go, and says so.
#include <limits>
#include <optional>
#include <utility>

#include <sorrel/base/numbers.h>

#include "blocks.h"
#include "codec.h"

namespace sorrel::persist::rdb {
namespace {

using types::Hash;
using types::HashEncoding;

// Above this a compact hash, which a setting may allow, is written as a large one.
constexpr std::uint32_t kMostCompactBytes = 1U << 24;

std::string_view damage_of(ValueType type) {
  switch (type) {
    case ValueType::kHashZipmap:
      return "Zipmap integrity check failed.";
    case ValueType::kHashZiplist:
      return "Hash ziplist integrity check failed.";
    default:
      return "Hash listpack integrity check failed.";
  }
}

class Builder {
 public:
  Builder(Hash& hash, Input& input, const ReadContext& context)
      : hash_(hash), input_(input), settings_(context.settings) {}

  void expect(std::uint64_t fields) { hash_.expect(fields, settings_); }
  void expect_deadlines() { hash_.expect_deadlines(); }
  // As Redis has it: what was compact stays so, however long its texts, if they are few enough.
  void allow_long_texts() {
    settings_.hash_max_listpack_value = std::numeric_limits<std::uint64_t>::max();
  }

  // Returns: whether the field is new.
  bool add(std::string_view field, std::string_view value,
           std::int64_t deadline_ms = Hash::kNever) {
    if (!hash_.set(field, value, types::FieldDeadline::kDropped, settings_)) {
      input_.fail(Failure::kMalformed, "a field is there twice: integrity check failed");
      return false;
    }
    if (deadline_ms != Hash::kNever) {
      hash_.set_deadline(field, deadline_ms);
    }
    return true;
  }

 private:
  Hash& hash_;
  Input& input_;
  types::Settings settings_;
};

// A field whose deadline is the beginning of time is over all the same; a block says "none" by 0.
std::int64_t checked_deadline(std::uint64_t deadline_ms, Input& input) {
  if (deadline_ms == 0) return 1;
  if (deadline_ms >= static_cast<std::uint64_t>(Hash::kNever)) {
    input.fail(Failure::kMalformed, "a deadline beyond the end of time");
    return Hash::kNever;
  }
  return static_cast<std::int64_t>(deadline_ms);
}

enum class Deadlines : std::uint8_t { kNone, kBefore, kBeforeRelative, kBehind };

std::int64_t deadline_before(Deadlines deadlines, std::uint64_t earliest, Input& input) {
  const std::uint64_t told = input.length();
  if (told == 0) {
    return Hash::kNever;
  }
  std::uint64_t sum = told;
  if (deadlines == Deadlines::kBeforeRelative && __builtin_add_overflow(told - 1, earliest, &sum)) {
    sum = std::numeric_limits<std::uint64_t>::max();
  }
  return checked_deadline(sum, input);
}

std::int64_t deadline_behind(Input& input) {
  const std::int64_t told = input.milliseconds();
  return told == -1 ? Hash::kNever : checked_deadline(static_cast<std::uint64_t>(told), input);
}

void read_plain(Builder& builder, Deadlines deadlines, Input& input) {
  const std::uint64_t earliest = deadlines == Deadlines::kBeforeRelative ? input.little64() : 0;
  const std::uint64_t count = input.length();
  builder.expect(input.room_for(count, 2));
  std::string field_scratch;
  std::string value_scratch;
  for (std::uint64_t i = 0; i < count && input.ok(); ++i) {
    std::int64_t deadline_ms = Hash::kNever;
    if (deadlines == Deadlines::kBefore || deadlines == Deadlines::kBeforeRelative) {
      deadline_ms = deadline_before(deadlines, earliest, input);
    }
    const std::string_view field = input.string(field_scratch);
    const std::string_view value = input.string(value_scratch);
    if (deadlines == Deadlines::kBehind) {
      deadline_ms = deadline_behind(input);
    }
    if (input.ok()) {
      builder.add(field, value, deadline_ms);
    }
  }
}

// Groups the elements of a block: pairs, or triples with a deadline.
void read_block(Builder& builder, ValueType type, bool triples, Input& input) {
  // The oldest form alone is looked at for long texts, as in Redis.
  if (type != ValueType::kHashZipmap) builder.allow_long_texts();
  if (triples) builder.expect_deadlines();
  std::string scratch;
  const std::string_view block = input.string(scratch);
  std::string group[2];
  unsigned in_group = 0;
  const Emit emit = [&](std::string_view text) {
    if (in_group < (triples ? 2U : 1U)) {
      group[in_group++] = text;
      return true;
    }
    in_group = 0;
    if (!triples) {
      return builder.add(group[0], text);
    }
    const auto deadline_ms = base::parse_integer(text);
    if (!deadline_ms || *deadline_ms < 0 || *deadline_ms == Hash::kNever) {
      return false;
    }
    return builder.add(group[0], group[1], *deadline_ms == 0 ? Hash::kNever : *deadline_ms);
  };
  if (!input.ok()) {
    return;
  }
  const bool whole = type == ValueType::kHashZipmap    ? read_zipmap(block, emit)
                     : type == ValueType::kHashZiplist ? read_ziplist(block, emit)
                                                       : read_listpack(block, emit);
  if (!whole || in_group != 0) {
    input.fail(Failure::kMalformed, damage_of(type));
  }
}

void read_into(Builder& builder, ValueType type, Input& input, const ReadContext& context) {
  switch (type) {
    case ValueType::kHash:
      read_plain(builder, Deadlines::kNone, input);
      return;
    case ValueType::kHashDeadlinesOld:
      read_plain(builder,
                 context.version == kVersionValkey ? Deadlines::kBehind : Deadlines::kBefore,
                 input);
      return;
    case ValueType::kHashDeadlines:
      read_plain(builder, Deadlines::kBeforeRelative, input);
      return;
    case ValueType::kHashListpackDeadlines:
      input.little64();
      read_block(builder, type, /*triples=*/true, input);
      return;
    case ValueType::kHashListpackDeadlinesOld:
      read_block(builder, type, /*triples=*/true, input);
      return;
    default:
      read_block(builder, type, /*triples=*/false, input);
      return;
  }
}

// Of what is to be written: a walk gives the hash as it was.
std::int64_t next_deadline_ms(const Hash& hash) {
  return hash.walking() ? hash.walk_next_deadline_ms() : hash.next_deadline_ms();
}

}  // namespace

ValueType Codec<Hash>::type_of(const Hash& hash, const Output::Options&) {
  const bool deadlines = next_deadline_ms(hash) != Hash::kNever;
  const base::Listpack* const pack = hash.listpack();
  const bool compact = pack != nullptr && pack->bytes() <= kMostCompactBytes;
  if (deadlines) {
    return compact ? ValueType::kHashListpackDeadlines : ValueType::kHashDeadlines;
  }
  return compact && hash.encoding() == HashEncoding::kListpack ? ValueType::kHashListpack
                                                               : ValueType::kHash;
}

HashCursor::HashCursor(Elements<Hash> hash, ValueType type, Output& output)
    : hash_(hash),
      earliest_ms_(next_deadline_ms(hash.value())),
      deadlines_(type == ValueType::kHashDeadlines || type == ValueType::kHashListpackDeadlines),
      whole_(type == ValueType::kHashListpack || type == ValueType::kHashListpackDeadlines) {
  if (deadlines_) {
    output.milliseconds(earliest_ms_);
  }
  if (whole_) {
    output.string(hash.value().listpack()->view());
  } else {
    output.length(hash.size());
  }
}

bool HashCursor::step(Output& output, std::size_t budget) {
  char scratch[base::kMaxIntegerText];
  Budget left(budget);
  whole_ = whole_ || hash_.go_on(left, [&](const Hash::Entry& entry) {
    if (deadlines_) {
      output.length(entry.deadline_ms == Hash::kNever
                        ? 0
                        : static_cast<std::uint64_t>(entry.deadline_ms - earliest_ms_) + 1);
    }
    const std::string_view field = entry.field.text(scratch);
    std::size_t bytes = field.size();
    output.string(field);
    const std::string_view value = entry.value.text(scratch);
    bytes += value.size();
    output.string(value);
    left.take_element(bytes);
  });
  return whole_;
}

Hash Codec<Hash>::read(ValueType type, Input& input, const ReadContext& context) {
  Hash hash;
  Builder builder(hash, input, context);
  read_into(builder, type, input, context);
  if (input.ok() && hash.empty()) {
    input.fail(Failure::kEmpty, "a hash without elements");
  }
  return hash;
}

}  // namespace sorrel::persist::rdb
