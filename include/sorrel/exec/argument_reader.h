// SPDX-License-Identifier: BSD-3-Clause
//
// Reads a command's arguments from left to right and remembers the first thing that was wrong, so
// that a handler parses everything, asks once, and only then acts:
//
//   ArgumentReader read(context, 3);
//   while (read.more()) {
//     if (read.word("LIMIT")) { offset = read.integer(); count = read.integer(); }
//     else read.fail(errors::kSyntax);
//   }
//   if (!read.ok()) return context.fail(read.error());
//
// After a failure every read gives a harmless value and more() is false. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <sorrel/exec/context.h>

namespace sorrel::exec {

class ArgumentReader {
 public:
  ArgumentReader(const Context& context, std::size_t first) : context_(context), next_(first) {}

  bool ok() const { return !failed_; }
  const base::Error& error() const { return error_; }
  bool more() const { return !failed_ && next_ < context_.argument_count(); }
  std::size_t position() const { return next_; }
  std::size_t remaining() const { return failed_ ? 0 : context_.argument_count() - next_; }

  // Takes the next argument if it is this word, in any case.
  bool word(std::string_view word) {
    if (more() && context_.argument_is(next_, word)) {
      ++next_;
      return true;
    }
    return false;
  }
  // The same, only if at least `values` arguments follow it.
  bool word_with(std::string_view word, std::size_t values) {
    return remaining() > values && this->word(word);
  }

  // The next argument; a missing one is a syntax error.
  std::string_view text() {
    if (!more()) {
      fail(errors::kSyntax);
      return {};
    }
    return context_.argument(next_++);
  }
  std::int64_t integer(const base::Error& error = errors::kNotInteger) {
    const auto value = base::parse_integer(text());
    if (!value) {
      fail(error);
    }
    return value.value_or(0);
  }
  std::int64_t integer_in(std::int64_t least, std::int64_t most, const base::Error& error) {
    const std::int64_t value = integer(error);
    if (value < least || value > most) {
      fail(error);
    }
    return value;
  }
  double real(const base::Error& error = errors::kNotFloat) {
    const auto value = base::parse_double(text());
    if (!value) {
      fail(error);
    }
    return value.value_or(0);
  }
  void skip(std::size_t count) { next_ += count; }

  // Keeps the first error.
  void fail(const base::Error& error) {
    if (!failed_) {
      failed_ = true;
      error_ = error;
    }
  }

 private:
  const Context& context_;
  std::size_t next_;
  bool failed_ = false;
  base::Error error_;
};

}  // namespace sorrel::exec
