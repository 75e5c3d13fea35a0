// SPDX-License-Identifier: BSD-3-Clause
//
// Reading ids. The forms are few; which texts count as numbers is what servers have always taken:
// leading blanks, a sign and zeros are passed over, and a zero byte ends the text.
#include "streams_id.h"

#include <sorrel/base/numbers.h>
#include <sorrel/exec/errors.h>

namespace sorrel::commands {
namespace {

constexpr std::size_t kMaxText = 127;

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::optional<std::uint64_t> parse_number(std::string_view text) {
  if (const auto plain = base::parse_unsigned(text)) return plain;
  if (base::parse_integer(text)) return std::nullopt;  // a negative one
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  const bool negated = text.starts_with('-');
  if (negated || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (value > (StreamId::kMost - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  return negated ? 0 - value : value;
}

std::optional<std::string_view> id_text(std::string_view text) {
  if (text.size() > kMaxText) return std::nullopt;
  return text.substr(0, text.find('\0'));
}

}  // namespace

std::optional<StreamId> parse_stream_id(std::string_view given, std::uint64_t missing_seq) {
  const auto text = id_text(given);
  if (!text) return std::nullopt;
  const std::size_t dash = text->find('-');
  const auto ms = parse_number(text->substr(0, dash));
  if (!ms) return std::nullopt;
  if (dash == std::string_view::npos) return StreamId{*ms, missing_seq};
  const auto seq = parse_number(text->substr(dash + 1));
  if (!seq) return std::nullopt;
  return StreamId{*ms, *seq};
}

std::optional<StreamId> parse_stream_place(std::string_view given, std::uint64_t missing_seq) {
  const auto text = id_text(given);
  if (text == "-") return types::kLeastStreamId;
  if (text == "+") return types::kGreatestStreamId;
  return parse_stream_id(given, missing_seq);
}

base::Result<StreamId> parse_range_first(std::string_view text) {
  const bool behind = text.size() > 1 && text.front() == '(';
  const auto id = behind ? parse_stream_id(text.substr(1)) : parse_stream_place(text);
  if (!id) return exec::errors::kStreamId;
  if (!behind) return *id;
  const auto next = id->next();
  if (!next) return exec::errors::kIntervalStart;
  return *next;
}

base::Result<StreamId> parse_range_last(std::string_view text) {
  const bool before = text.size() > 1 && text.front() == '(';
  const auto id = before ? parse_stream_id(text.substr(1), StreamId::kMost)
                         : parse_stream_place(text, StreamId::kMost);
  if (!id) return exec::errors::kStreamId;
  if (!before) return *id;
  const auto previous = id->previous();
  if (!previous) return exec::errors::kIntervalEnd;
  return *previous;
}

std::optional<NewStreamId> parse_new_stream_id(std::string_view given) {
  if (given == "*") return NewStreamId{NewStreamId::Kind::kFree, {}};
  const auto text = id_text(given);
  if (text && text->ends_with("-*") && text->find('-') == text->size() - 2) {
    const auto ms = parse_number(text->substr(0, text->size() - 2));
    if (!ms) return std::nullopt;
    return NewStreamId{NewStreamId::Kind::kSequenceFree, {*ms, 0}};
  }
  const auto id = parse_stream_id(given);
  if (!id) return std::nullopt;
  return NewStreamId{NewStreamId::Kind::kExact, *id};
}

std::optional<StreamId> choose_stream_id(const NewStreamId& wanted, StreamId last,
                                         std::int64_t now_ms) {
  StreamId id = wanted.id;
  switch (wanted.kind) {
    case NewStreamId::Kind::kFree: {
      const auto now = static_cast<std::uint64_t>(now_ms);
      if (now <= last.ms) return last.next();
      id = {now, 0};
      break;
    }
    case NewStreamId::Kind::kSequenceFree:
      if (id.ms == last.ms) {
        if (last.seq == StreamId::kMost) return std::nullopt;
        id.seq = last.seq + 1;
      }
      break;
    case NewStreamId::Kind::kExact:
      break;
  }
  if (id <= last) return std::nullopt;
  return id;
}

}  // namespace sorrel::commands
