// SPDX-License-Identifier: BSD-3-Clause
//
// JSON (RFC 8259) as text that is only added to: members and elements in the order in which they
// are written, commas by themselves. One thread.
#pragma once

#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

namespace sorrel::server {

class JsonText {
 public:
  void begin_object() { open('{'); }
  void begin_array() { open('['); }
  void end_object() { close('}'); }
  void end_array() { close(']'); }
  void name(std::string_view name) {
    separate();
    quote(name);
    text_ += ':';
    first_ = true;  // the value follows the colon
  }

  void value(std::string_view text) {
    separate();
    quote(text);
  }
  template <class Number>
  requires std::is_arithmetic_v<Number>
  void value(Number number) {
    separate();
    fmt::format_to(std::back_inserter(text_), "{}", number);
  }
  // Digits as they are.
  void number(std::string_view digits) {
    separate();
    text_.append(digits);
  }
  template <class Value>
  void member(std::string_view member_name, const Value& member_value) {
    name(member_name);
    value(member_value);
  }

  std::string take() { return std::move(text_); }

 private:
  void open(char bracket) {
    separate();
    text_ += bracket;
    first_ = true;
  }
  void close(char bracket) {
    text_ += bracket;
    first_ = false;
  }
  void separate() {
    if (!first_) text_ += ',';
    first_ = false;
  }
  // Bytes that are no UTF-8 become U+FFFD.
  void quote(std::string_view text);

  std::string text_;
  bool first_ = true;
};

// Text of any bytes as valid UTF-8, which JSON and the metrics must be.
std::string valid_utf8(std::string_view bytes);

}  // namespace sorrel::server
