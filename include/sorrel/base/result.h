// SPDX-License-Identifier: BSD-3-Clause
//
// Errors are values. An Error is a code (the first word of a RESP error reply: ERR, WRONGTYPE ...)
// and a text, both static, so that making, copying and returning one costs nothing. Result<T>
// holds a value or an Error. Texts that carry user input are written straight into the reply and
// never pass through here.
#pragma once

#include <optional>
#include <string_view>
#include <utility>

namespace sorrel::base {

// Lifetime: both views refer to static text.
struct Error {
  std::string_view code = "ERR";
  std::string_view text;

  friend constexpr bool operator==(const Error&, const Error&) = default;
};

template <class T>
class [[nodiscard]] Result {
 public:
  // Implicit, so that a function returns either as it is.
  // NOLINTBEGIN(google-explicit-constructor)
  Result(T value) : value_(std::move(value)) {}
  Result(const Error& error) : error_(error) {}
  // NOLINTEND(google-explicit-constructor)

  explicit operator bool() const { return value_.has_value(); }
  bool ok() const { return value_.has_value(); }

  // Requires: ok().
  T& operator*() & { return *value_; }
  const T& operator*() const& { return *value_; }
  T&& operator*() && { return *std::move(value_); }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

  // Requires: !ok().
  const Error& error() const { return error_; }

 private:
  std::optional<T> value_;
  Error error_;
};

}  // namespace sorrel::base
