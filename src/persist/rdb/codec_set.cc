// SPDX-License-Identifier: BSD-3-Clause
//
// Sets. Integers alone are an intset; short members a listpack, which readers know since version
// 11; anything is a count and its members.
#include <optional>

#include <sorrel/base/numbers.h>

#include "blocks.h"
#include "codec.h"

namespace sorrel::persist::rdb {
namespace {

using types::Set;
using types::SetEncoding;

// Below this a wrong count cannot make a small set a large one.
constexpr std::uint64_t kLeastAnnounced = 128;

void read_plain(Set& set, Input& input, const ReadContext& context) {
  const std::uint64_t count = input.length();
  std::string scratch;
  for (std::uint64_t i = 0; i < count && input.ok(); ++i) {
    const std::string_view text = input.string(scratch);
    if (!input.ok()) {
      return;
    }
    if (i == 0 && count > kLeastAnnounced) {
      set.expect(text, input.room_for(count, 1), context.settings);
    }
    if (!set.add(text, context.settings)) {
      input.fail(Failure::kMalformed, "Duplicate set members detected");
    }
  }
}

std::optional<Set> of_listpack(std::string_view block, const ReadContext& context) {
  if (canonical_listpack(block)) {
    return Set::from_listpack(block, context.settings);
  }
  Set set;
  const bool whole =
      read_listpack(block, [&](std::string_view text) { return set.add(text, context.settings); });
  return whole ? std::optional<Set>(std::move(set)) : std::nullopt;
}

// Whether nothing is wrong with the block but that nothing is in it.
bool holds_nothing(ValueType type, std::string_view block) {
  return type == ValueType::kSetIntset
             ? read_intset(block, [](std::int64_t) { return false; })
             : read_listpack(block, [](std::string_view) { return false; });
}

void read_block(Set& set, ValueType type, Input& input, const ReadContext& context) {
  std::string scratch;
  const std::string_view block = input.string(scratch);
  if (!input.ok() || holds_nothing(type, block)) {
    return;
  }
  auto made = type == ValueType::kSetIntset ? Set::from_intset(block, context.settings)
                                            : of_listpack(block, context);
  if (!made) {
    input.fail(Failure::kMalformed, type == ValueType::kSetIntset
                                        ? "Intset integrity check failed."
                                        : "Set listpack integrity check failed.");
    return;
  }
  set = *std::move(made);
}

}  // namespace

ValueType Codec<Set>::type_of(const Set& set, const Output::Options& options) {
  switch (set.encoding()) {
    case SetEncoding::kIntset:
      return ValueType::kSetIntset;
    case SetEncoding::kListpack:
      return options.version >= kVersionSetListpack ? ValueType::kSetListpack : ValueType::kSet;
    case SetEncoding::kHashtable:
      break;
  }
  return ValueType::kSet;
}

SetCursor::SetCursor(Elements<Set> set, ValueType type, Output& output)
    : set_(set), whole_(type != ValueType::kSet) {
  if (whole_) {
    output.string(set.value().compact_bytes());
  } else {
    output.length(set.size());
  }
}

bool SetCursor::step(Output& output, std::size_t budget) {
  char scratch[base::kMaxIntegerText];
  Budget left(budget);
  whole_ = whole_ || set_.go_on(left, [&](const Set::Member& member) {
    const std::string_view text = member.text(scratch);
    output.string(text);
    left.take_element(text.size());
  });
  return whole_;
}

Set Codec<Set>::read(ValueType type, Input& input, const ReadContext& context) {
  Set set;
  if (type == ValueType::kSet) {
    read_plain(set, input, context);
  } else {
    read_block(set, type, input, context);
  }
  if (input.ok() && set.empty()) {
    input.fail(Failure::kEmpty, "a set without elements");
  }
  return set;
}

}  // namespace sorrel::persist::rdb
