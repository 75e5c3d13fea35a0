// SPDX-License-Identifier: BSD-3-Clause
//
// Encoding of effects as RESP requests, the format of an append-only file.
#include <utility>

#include <sorrel/base/numbers.h>
#include <sorrel/exec/effects.h>

namespace sorrel::exec {
namespace {

void append_header(std::string& out, char type, std::size_t value) {
  char text[base::kMaxIntegerText];
  out.push_back(type);
  out.append(text, base::format_unsigned(value, text));
  out.append("\r\n", 2);
}

void append_request(std::string& out, std::span<const std::string_view> words) {
  append_header(out, '*', words.size());
  for (const std::string_view word : words) {
    append_header(out, '$', word.size());
    out.append(word);
    out.append("\r\n", 2);
  }
}

}  // namespace

void EffectLog::select(std::uint32_t database) {
  if (database_ == static_cast<std::int64_t>(database)) [[likely]] {
    return;
  }
  char text[base::kMaxIntegerText];
  const std::string_view words[] = {"SELECT", {text, base::format_unsigned(database, text)}};
  append_request(bytes_, words);
  database_ = database;
}

void EffectLog::append(std::uint32_t database, std::span<const std::string_view> arguments) {
  select(database);
  append_request(bytes_, arguments);
}

void EffectLog::append_frame(std::uint32_t database, std::string_view frame) {
  select(database);
  bytes_.append(frame);
}

void EffectLog::begin_unit() {
  in_unit_ = true;
  unit_begin_ = bytes_.size();
  database_before_unit_ = database_;
  bytes_.append("*1\r\n$5\r\nMULTI\r\n");
}

void EffectLog::end_unit() {
  if (std::exchange(in_unit_, false)) {
    bytes_.append("*1\r\n$4\r\nEXEC\r\n");
  }
}

void EffectLog::drop_unit() {
  if (std::exchange(in_unit_, false)) {
    bytes_.resize(unit_begin_);
    database_ = database_before_unit_;
  }
}

void Effects::replace(std::span<const std::string_view> words) {
  if (enabled_) {
    append_request(commands_, words);
    ++count_;
  }
}

}  // namespace sorrel::exec
