// SPDX-License-Identifier: BSD-3-Clause
// What a .resp script expects of a reply: the notation, and whether a reply fits it.
//
// An expectation is written once, in RESP3's terms. The form that RESP2 gives to the same value (a
// map as a flat array, a double as a bulk string, a null bulk string or a null array for the null
// ...) is derived here, in matches(). tests/scripts/README.md is the description of the notation.
//
// Threads: none; values only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resp_client.h"

namespace sorrel::test {

struct Expected {
  enum class Kind {
    any,        // any reply that is not an error
    any_error,  // any error
    simple,
    error,
    integer,
    bulk,
    nil,
    nil_array,
    array,
    pairs,  // RESP3: array of arrays of two; RESP2: flat array
    map,
    set,
    push,
    double_value,
    boolean,
    big_number,
    verbatim,
    one_of,  // any of the elements
    none,    // no reply comes
    closed,  // the server closes the connection
  };
  enum class Comparison { exact, glob, regex, any };

  Kind kind = Kind::any;
  Comparison comparison = Comparison::exact;
  std::string text;
  std::string format;  // of a verbatim string
  std::int64_t low = 0;
  std::int64_t high = 0;
  std::vector<Expected> elements;  // of a map and of pairs: key, value, key, value
  bool unordered = false;
  bool open_ended = false;  // further elements may follow those that are named
};

// Reads words and expectations from text. Every function leaves the position after what it read.
class Notation {
 public:
  explicit Notation(std::string_view text) : text_(text) {}

  // The words of a command line, quoted as for redis-cli.
  // Returns: nullopt when a quote is not closed.
  [[nodiscard]] std::optional<std::vector<std::string>> words();
  // One expectation that fills the whole text.
  // Returns: nullopt with incomplete() or an error().
  [[nodiscard]] std::optional<Expected> expectation();

  // True when the text ended inside brackets: another line may complete it.
  [[nodiscard]] bool incomplete() const { return incomplete_; }
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  void skip_space();
  [[nodiscard]] bool at_end() const { return position_ >= text_.size(); }
  [[nodiscard]] char peek() const { return at_end() ? '\0' : text_[position_]; }
  [[nodiscard]] bool take(std::string_view token);
  [[nodiscard]] bool fail(std::string message);
  [[nodiscard]] bool quoted_string(std::string& into);
  void escape(std::string& into);
  [[nodiscard]] std::string_view bare();
  [[nodiscard]] bool value(Expected& into, bool nested);
  [[nodiscard]] bool bracketed(Expected& into, Expected::Kind kind, char close);
  [[nodiscard]] bool line_text(Expected& into, Expected::Kind kind, bool nested);
  [[nodiscard]] bool bulk_text(Expected& into, Expected::Kind kind);
  [[nodiscard]] bool number(Expected& into);
  [[nodiscard]] bool word_value(Expected& into);

  std::string_view text_;
  std::size_t position_ = 0;
  bool incomplete_ = false;
  std::string error_;
};

// Whether the reply is what was expected, on a connection that speaks `protocol` (2 or 3).
[[nodiscard]] bool matches(const Expected& expected, const Reply& reply, int protocol);

}  // namespace sorrel::test
