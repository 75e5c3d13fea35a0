// SPDX-License-Identifier: BSD-3-Clause
//
// BITOP: strings combined bit by bit, with zeros behind the shorter ones. The result is written
// straight into the destination, which may be a source too; the sources are looked up and measured
// first, so an error leaves everything as it was. The new operations (DIFF, DIFF1, ANDOR, ONE) are
// those of Redis 8.2. One thread.
#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <vector>

#include <sorrel/types/bitmap.h>

#include "bitmaps_handlers.h"

namespace sorrel::commands::bitmaps {
namespace {

using types::BitOperation;

struct Operation {
  std::string_view name;
  BitOperation operation;
  std::size_t least_sources = 1;
};

constexpr Operation kOperations[] = {
    {"AND", BitOperation::kAnd},        {"OR", BitOperation::kOr},
    {"XOR", BitOperation::kXor},        {"NOT", BitOperation::kNot},
    {"DIFF", BitOperation::kDiff, 2},   {"DIFF1", BitOperation::kDiff1, 2},
    {"ANDOR", BitOperation::kAndOr, 2}, {"ONE", BitOperation::kOne},
};

constexpr std::size_t kFirstSource = 3;

// The values of the sources, in order; empty for a missing key.
// Lifetime: until a source is changed. An integer's text lies in here.
class Sources {
 public:
  explicit Sources(std::size_t count) : texts_(count), values_(count) {}

  // Returns: false when the key holds no string.
  bool look_up(Context& context, std::size_t index) {
    const Record* record = context.database.find(context.key(kFirstSource + index));
    if (record == nullptr) {
      return true;
    }
    if (record->type() != Type::kString) {
      return false;
    }
    values_[index] = record->string(texts_[index].text);
    longest_ = std::max(longest_, values_[index].size());
    return true;
  }
  std::size_t longest() const { return longest_; }
  std::span<const std::string_view> values() const { return values_; }
  // The source has been moved there, with zeros behind it.
  void set(std::size_t index, std::span<const char> bytes) {
    values_[index] = {bytes.data(), bytes.size()};
  }

 private:
  struct Text {
    keyspace::IntegerText text;
  };
  std::vector<Text> texts_;
  std::vector<std::string_view> values_;
  std::size_t longest_ = 0;
};

// The destination as a string of that length. What it holds matters only if it is a source.
std::span<char> make_room(keyspace::WriteRef& ref, std::size_t length, bool is_source) {
  const bool kept =
      ref.holds(Type::kString) && (is_source || ref.record().string_length() == length);
  if (kept) {
    ref.clear_deadline();
  } else if (ref.exists()) {
    ref.set_text({}, keyspace::DeadlinePolicy::clear());
  }
  return ref.resize_string(length);
}

void store(Context& context, BitOperation operation, Sources& sources) {
  const std::string_view name = context.argument(2);
  const auto is_destination = [&](std::size_t i) {
    return context.argument(kFirstSource + i) == name;
  };
  bool is_source = false;
  for (std::size_t i = 0; i < sources.values().size(); ++i) {
    is_source = is_source || is_destination(i);
  }
  auto ref = context.database.write(context.key(2));
  const auto result = make_room(ref, sources.longest(), is_source);
  for (std::size_t i = 0; is_source && i < sources.values().size(); ++i) {
    if (is_destination(i)) {
      sources.set(i, result);
    }
  }
  types::combine_bits(operation, sources.values(), result);
  ref.commit(events::kSet);
}

}  // namespace

Outcome bitop(Context& context) {
  const auto* found = std::find_if(
      std::begin(kOperations), std::end(kOperations),
      [&](const Operation& operation) { return context.argument_is(1, operation.name); });
  if (found == std::end(kOperations)) {
    return context.fail_syntax();
  }
  const std::size_t count = context.argument_count() - kFirstSource;
  if (found->operation == BitOperation::kNot && count != 1) {
    return context.fail(errors::kBitOpNot);
  }
  if (count < found->least_sources) {
    return context.fail_with("ERR", "BITOP " + std::string(found->name) +
                                        " must be called with at least two source keys.");
  }
  Sources sources(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (!sources.look_up(context, i)) {
      return context.fail(errors::kWrongType);
    }
  }
  if (sources.longest() == 0) {
    context.database.erase(context.key(2), events::kDel);
  } else {
    store(context, found->operation, sources);
  }
  return exec::reply_integer(context, static_cast<std::int64_t>(sources.longest()));
}

}  // namespace sorrel::commands::bitmaps
