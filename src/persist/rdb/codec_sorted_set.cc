// SPDX-License-Identifier: BSD-3-Clause
//
// Sorted sets. A compact one is a listpack (before Redis 7.0 a ziplist) of member, score, member,
// score ... in order; a large one a count, then members with their scores as doubles (before Redis
// 4.0 as text). The servers write large ones from the highest score down, because that is the order
// in which they insert fastest; so do we, for them, but of a set that changes meanwhile.
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sorrel/base/numbers.h>

#include "blocks.h"
#include "codec.h"
#include "listpack_builder.h"

namespace sorrel::persist::rdb {
namespace {

using types::SortedSet;

// Above this a compact set, which a setting may allow, is written as a large one.
constexpr std::uint64_t kMostCompact = 8192;

// Returns: whether it was new and had a score.
bool add(SortedSet& set, std::string_view member, double score, const types::Settings& settings) {
  return set.add(member, score, {}, settings).outcome == types::AddOutcome::kAdded;
}

// The compact form, if it may have that, of a large one.
SortedSet compacted(SortedSet set, const types::Settings& settings) {
  if (set.size() > settings.zset_max_listpack_entries) {
    return set;
  }
  std::vector<SortedSet::Entry> entries;
  for (auto it = set.forward(); it.valid(); it.next()) {
    entries.push_back(*it);
  }
  return SortedSet::build(entries, settings);
}

// It is large while it is read: the compact form does not tell -0 from 0.
void read_plain(SortedSet& set, ValueType type, Input& input, const ReadContext& context) {
  const std::uint64_t count = input.length();
  set.expect(std::numeric_limits<std::uint64_t>::max(), context.settings);
  std::string scratch;
  for (std::uint64_t i = 0; i < count && input.ok(); ++i) {
    const std::string_view text = input.string(scratch);
    // Reading the score may move a stream's bytes, but not those of its scratch.
    const double score = type == ValueType::kSortedSet ? input.binary_score() : input.text_score();
    if (input.ok() && !add(set, text, score, context.settings)) {
      input.fail(Failure::kMalformed, "a sorted set with a member twice");
    }
  }
  set = compacted(std::move(set), context.settings);
}

void read_block(SortedSet& set, ValueType type, Input& input, const ReadContext& context) {
  std::string scratch;
  const std::string_view block = input.string(scratch);
  // As Redis has it: what was compact stays so, however long its members, if they are few enough.
  types::Settings settings = context.settings;
  settings.zset_max_listpack_value = std::numeric_limits<std::uint64_t>::max();
  std::optional<std::string> member;
  const Emit emit = [&](std::string_view text) {
    if (!member) {
      member.emplace(text);
      return true;
    }
    const auto score = base::parse_double(text);
    const bool added = score && add(set, *member, *score, settings);
    member.reset();
    return added;
  };
  const bool whole =
      type == ValueType::kSortedSetZiplist ? read_ziplist(block, emit) : read_listpack(block, emit);
  if (!whole || member) {
    input.fail(Failure::kMalformed, type == ValueType::kSortedSetZiplist
                                        ? "Zset ziplist integrity check failed."
                                        : "Zset listpack integrity check failed.");
  }
}

void write_block(const SortedSet& set, Output& output) {
  ListpackBuilder pack;
  char score[base::kMaxDoubleText];
  for (auto it = set.forward(); it.valid(); it.next()) {
    pack.append(it->member);
    pack.append(std::string_view(score, base::format_double(it->score, score)));
  }
  output.string(pack.view());
}

void write_entry(const SortedSet::Entry& entry, Output& output, Budget& budget) {
  output.string(entry.member);
  output.score(entry.score);
  budget.take_element(entry.member.size());
}

}  // namespace

ValueType Codec<SortedSet>::type_of(const SortedSet& set, const Output::Options&) {
  return set.encoding() == types::SortedSetEncoding::kListpack && set.size() <= kMostCompact
             ? ValueType::kSortedSetListpack
             : ValueType::kSortedSet;
}

SortedSetCursor::SortedSetCursor(Elements<SortedSet> set, ValueType type, Output& output)
    : set_(set), whole_(type == ValueType::kSortedSetListpack) {
  if (whole_) {
    write_block(set.value(), output);
    return;
  }
  left_ = set.size();
  output.length(left_);
}

bool SortedSetCursor::step(Output& output, std::size_t budget) {
  if (whole_) {
    return true;
  }
  Budget left(budget);
  whole_ = set_.walking()
               ? set_.go_on(
                     left, [&](const SortedSet::Entry& entry) { write_entry(entry, output, left); })
               : step_down(output, left);
  return whole_;
}

bool SortedSetCursor::step_down(Output& output, Budget& budget) {
  auto it = set_.value().backward({0, left_});
  for (; it.valid() && !budget.spent(); it.next()) {
    write_entry(*it, output, budget);
    --left_;
  }
  return left_ == 0;
}

SortedSet Codec<SortedSet>::read(ValueType type, Input& input, const ReadContext& context) {
  SortedSet set;
  if (type == ValueType::kSortedSetText || type == ValueType::kSortedSet) {
    read_plain(set, type, input, context);
  } else {
    read_block(set, type, input, context);
  }
  if (input.ok() && set.empty()) {
    input.fail(Failure::kEmpty, "a sorted set without elements");
  }
  return set;
}

}  // namespace sorrel::persist::rdb
