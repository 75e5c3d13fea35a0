// SPDX-License-Identifier: BSD-3-Clause
// The notation of the .resp scripts as a recursive-descent parser, and the comparison with a reply.
//
// Ordered elements are compared one by one; unordered ones by bipartite matching (augmenting
// paths), so that a pattern never takes the element which only it could have left to another. The
// two protocols meet in the functions named *_fits: each accepts the one form that belongs to the
// protocol of the connection, never "either".
#include "resp_expect.h"

#include <cctype>
#include <charconv>
#include <limits>
#include <regex>

#include <fnmatch.h>

namespace sorrel::test {
namespace {

using Kind = Expected::Kind;
using Comparison = Expected::Comparison;
using Type = Reply::Type;

constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool to_number(std::string_view text, std::int64_t& into) {
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, into);
  return parsed.ec == std::errc() && parsed.ptr == end;
}

bool text_fits(const Expected& expected, const std::string& text) {
  switch (expected.comparison) {
    case Comparison::exact:
      return expected.text == text;
    case Comparison::glob:
      return ::fnmatch(expected.text.c_str(), text.c_str(), 0) == 0;
    case Comparison::regex:
      return std::regex_match(text, std::regex(expected.text));
    case Comparison::any:
      return true;
  }
  return false;
}

// Pairs up entries of `width` elements each so that every expected entry has a reply entry of its
// own.
class Pairing {
 public:
  Pairing(const Expected& expected, const std::vector<Reply>& replies, std::size_t width,
          int protocol)
      : expected_(expected),
        replies_(replies),
        width_(width),
        protocol_(protocol),
        owner_(replies.size() / width, kFree) {}

  bool complete() {
    for (std::size_t i = 0; i < expected_.elements.size() / width_; ++i) {
      std::vector<bool> tried(owner_.size(), false);
      if (!assign(i, tried)) return false;
    }
    return true;
  }

 private:
  static constexpr std::size_t kFree = std::numeric_limits<std::size_t>::max();

  bool fits(std::size_t wanted, std::size_t reply) const {
    for (std::size_t i = 0; i < width_; ++i) {
      if (!matches(expected_.elements[wanted * width_ + i], replies_[reply * width_ + i],
                   protocol_)) {
        return false;
      }
    }
    return true;
  }

  bool assign(std::size_t wanted, std::vector<bool>& tried) {
    for (std::size_t reply = 0; reply < owner_.size(); ++reply) {
      if (tried[reply] || !fits(wanted, reply)) continue;
      tried[reply] = true;
      if (owner_[reply] == kFree || assign(owner_[reply], tried)) {
        owner_[reply] = wanted;
        return true;
      }
    }
    return false;
  }

  const Expected& expected_;
  const std::vector<Reply>& replies_;
  std::size_t width_;
  int protocol_;
  std::vector<std::size_t> owner_;
};

bool elements_fit(const Expected& expected, const std::vector<Reply>& replies, std::size_t width,
                  int protocol) {
  const std::size_t wanted = expected.elements.size();
  if (replies.size() < wanted || replies.size() % width != 0) return false;
  if (replies.size() > wanted && !expected.open_ended) return false;
  if (expected.unordered) return Pairing(expected, replies, width, protocol).complete();
  for (std::size_t i = 0; i < wanted; ++i) {
    if (!matches(expected.elements[i], replies[i], protocol)) return false;
  }
  return true;
}

bool pairs_fit(const Expected& expected, const Reply& reply, int protocol) {
  if (reply.type != Type::array) return false;
  if (protocol == 2) return elements_fit(expected, reply.elements, 2, protocol);
  std::vector<Reply> flat;
  for (const Reply& pair : reply.elements) {
    if (pair.type != Type::array || pair.elements.size() != 2) return false;
    flat.insert(flat.end(), pair.elements.begin(), pair.elements.end());
  }
  return elements_fit(expected, flat, 2, protocol);
}

bool aggregate_fits(const Expected& expected, const Reply& reply, int protocol) {
  const auto is = [&](Type in_resp3) {
    return reply.type == (protocol == 3 ? in_resp3 : Type::array);
  };
  switch (expected.kind) {
    case Kind::array:
      return is(Type::array) && elements_fit(expected, reply.elements, 1, protocol);
    case Kind::set:
      return is(Type::set) && elements_fit(expected, reply.elements, 1, protocol);
    case Kind::push:
      return is(Type::push) && elements_fit(expected, reply.elements, 1, protocol);
    case Kind::map:
      return is(Type::map) && elements_fit(expected, reply.elements, 2, protocol);
    default:
      return pairs_fit(expected, reply, protocol);
  }
}

bool boolean_fits(const Expected& expected, const Reply& reply, int protocol) {
  if (protocol == 3) return reply.type == Type::boolean && reply.text == expected.text;
  return reply.type == Type::integer && reply.integer == (expected.text == "t" ? 1 : 0);
}

}  // namespace

bool matches(const Expected& expected, const Reply& reply, int protocol) {
  const bool resp3 = protocol == 3;
  const auto is = [&](Type in_resp2, Type in_resp3) {
    return reply.type == (resp3 ? in_resp3 : in_resp2);
  };
  switch (expected.kind) {
    case Kind::any:
      return reply.type != Type::error;
    case Kind::any_error:
      return reply.type == Type::error;
    case Kind::simple:
      return reply.type == Type::simple && text_fits(expected, reply.text);
    case Kind::error:
      return reply.type == Type::error && text_fits(expected, reply.text);
    case Kind::integer:
      return reply.type == Type::integer && reply.integer >= expected.low &&
             reply.integer <= expected.high;
    case Kind::bulk:
      return reply.type == Type::bulk && text_fits(expected, reply.text);
    case Kind::nil:
      return is(Type::null_bulk, Type::null);
    case Kind::nil_array:
      return is(Type::null_array, Type::null);
    case Kind::double_value:
      return is(Type::bulk, Type::double_value) && text_fits(expected, reply.text);
    case Kind::big_number:
      return is(Type::bulk, Type::big_number) && text_fits(expected, reply.text);
    case Kind::verbatim:
      return is(Type::bulk, Type::verbatim) && (!resp3 || reply.format == expected.format) &&
             text_fits(expected, reply.text);
    case Kind::boolean:
      return boolean_fits(expected, reply, protocol);
    case Kind::one_of:
      for (const Expected& choice : expected.elements) {
        if (matches(choice, reply, protocol)) return true;
      }
      return false;
    case Kind::none:
    case Kind::closed:
      return false;
    default:
      return aggregate_fits(expected, reply, protocol);
  }
}

void Notation::skip_space() {
  for (;;) {
    while (!at_end() && is_space(peek())) ++position_;
    // A comment may stand between the elements of a value that fills several lines.
    const bool comment = peek() == '#' && (position_ == 0 || is_space(text_[position_ - 1]));
    if (!comment) return;
    while (!at_end() && peek() != '\n') ++position_;
  }
}

bool Notation::take(std::string_view token) {
  if (text_.substr(position_, token.size()) != token) return false;
  position_ += token.size();
  return true;
}

bool Notation::fail(std::string message) {
  if (error_.empty()) error_ = std::move(message);
  return false;
}

void Notation::escape(std::string& into) {
  const char c = peek();
  if (c == 'x' && position_ + 2 < text_.size()) {
    const int high = hex_digit(text_[position_ + 1]);
    const int low = hex_digit(text_[position_ + 2]);
    if (high >= 0 && low >= 0) {
      into += static_cast<char>(high * 16 + low);
      position_ += 3;
      return;
    }
  }
  switch (c) {
    case 'n':
      into += '\n';
      break;
    case 'r':
      into += '\r';
      break;
    case 't':
      into += '\t';
      break;
    case 'a':
      into += '\a';
      break;
    case 'b':
      into += '\b';
      break;
    default:
      into += c;
  }
  ++position_;
}

// "text" or 'text', and "text"*n for n times the text.
bool Notation::quoted_string(std::string& into) {
  const char quote = peek();
  ++position_;
  std::string body;
  for (;;) {
    if (at_end()) return fail("a quote is not closed");
    const char c = peek();
    ++position_;
    if (c == quote) break;
    if (c != '\\' || (quote == '\'' && peek() != '\'')) {
      body += c;
    } else {
      escape(body);
    }
  }
  std::int64_t times = 1;
  if (peek() == '*') {
    ++position_;
    if (!to_number(bare(), times) || times < 0) return fail("a number must follow \"...\"*");
  }
  for (; times > 0; --times) into += body;
  return true;
}

std::string_view Notation::bare() {
  const std::size_t from = position_;
  while (!at_end() && !is_space(peek()) && peek() != ']' && peek() != '}') ++position_;
  return text_.substr(from, position_ - from);
}

std::optional<std::vector<std::string>> Notation::words() {
  std::vector<std::string> all;
  for (;;) {
    while (!at_end() && is_space(peek())) ++position_;
    if (at_end()) return all;
    std::string word;
    while (!at_end() && !is_space(peek())) {
      if (peek() == '"' || peek() == '\'') {
        if (!quoted_string(word)) return std::nullopt;
      } else {
        word += peek();
        ++position_;
      }
    }
    all.push_back(std::move(word));
  }
}

std::optional<Expected> Notation::expectation() {
  Expected made;
  skip_space();
  if (!value(made, false)) return std::nullopt;
  skip_space();
  if (!at_end()) {
    error_ = "unexpected text after the value: " + std::string(text_.substr(position_));
    return std::nullopt;
  }
  return made;
}

bool Notation::bracketed(Expected& into, Kind kind, char close) {
  into.kind = kind;
  for (;;) {
    skip_space();
    if (at_end()) {
      incomplete_ = true;
      return fail("a bracket is not closed");
    }
    if (peek() == close) break;
    if (take("...")) {
      into.open_ended = true;
      continue;
    }
    Expected element;
    if (!value(element, true)) return false;
    into.elements.push_back(std::move(element));
  }
  ++position_;
  const bool entries_of_two = kind == Kind::map || kind == Kind::pairs;
  if (entries_of_two && into.elements.size() % 2 != 0) return fail("a value is missing");
  return true;
}

// The text of a simple string or an error: the rest of the line, or a quoted string inside
// brackets.
bool Notation::line_text(Expected& into, Kind kind, bool nested) {
  into.kind = kind;
  if (take("~")) into.comparison = Comparison::glob;
  if (peek() == '"') return quoted_string(into.text);
  if (nested) {
    into.text.assign(bare());
    return true;
  }
  const std::size_t end = std::min(text_.find('\n', position_), text_.size());
  into.text.assign(text_.substr(position_, end - position_));
  position_ = end;
  return true;
}

// "exact", ~"glob" or ~/expression/.
bool Notation::bulk_text(Expected& into, Kind kind) {
  into.kind = kind;
  if (take("~/")) {
    into.comparison = Comparison::regex;
    const std::size_t end = text_.find('/', position_);
    if (end == std::string_view::npos) return fail("the expression does not end in /");
    into.text.assign(text_.substr(position_, end - position_));
    position_ = end + 1;
    return true;
  }
  if (take("~")) into.comparison = Comparison::glob;
  if (peek() != '"' && peek() != '\'') return fail("a quoted text was expected");
  return quoted_string(into.text);
}

// :7, :any, :(1..9), :(1..) or :(..9).
bool Notation::number(Expected& into) {
  into.kind = Kind::integer;
  into.low = kLowest;
  into.high = kHighest;
  const std::string_view text = bare();
  if (text == "any") return true;
  if (text.size() > 3 && text.front() == '(' && text.back() == ')') {
    const std::string_view range = text.substr(1, text.size() - 2);
    const auto dots = range.find("..");
    if (dots == std::string_view::npos) return fail("a range is written :(low..high)");
    const std::string_view low = range.substr(0, dots);
    const std::string_view high = range.substr(dots + 2);
    const bool good =
        (low.empty() || to_number(low, into.low)) && (high.empty() || to_number(high, into.high));
    return good || fail("bad number in a range");
  }
  if (!to_number(text, into.low)) return fail("bad number: " + std::string(text));
  into.high = into.low;
  return true;
}

bool Notation::word_value(Expected& into) {
  const std::string word(bare());
  if (word == "any") {
    into.kind = Kind::any;
  } else if (word == "any-error") {
    into.kind = Kind::any_error;
  } else if (word == "nil") {
    into.kind = Kind::nil;
  } else if (word == "nil-array") {
    into.kind = Kind::nil_array;
  } else if (word == "true" || word == "false") {
    into.kind = Kind::boolean;
    into.text = word.substr(0, 1);
  } else if (word == "none") {
    into.kind = Kind::none;
  } else if (word == "closed") {
    into.kind = Kind::closed;
  } else {
    return fail("not an expectation: " + word);
  }
  return true;
}

bool Notation::value(Expected& into, bool nested) {
  if (take("unordered")) {
    into.unordered = true;
    skip_space();
  }
  if (take("one-of[")) return bracketed(into, Kind::one_of, ']');
  if (take("pairs[")) return bracketed(into, Kind::pairs, ']');
  if (take("push[")) return bracketed(into, Kind::push, ']');
  if (take("[")) return bracketed(into, Kind::array, ']');
  if (take("{")) return bracketed(into, Kind::map, '}');
  if (take("set[")) {
    into.unordered = true;
    return bracketed(into, Kind::set, ']');
  }
  if (take("+")) return line_text(into, Kind::simple, nested);
  if (take("-")) return line_text(into, Kind::error, nested);
  if (take(":")) return number(into);
  if (peek() == '"' || peek() == '\'' || peek() == '~') return bulk_text(into, Kind::bulk);
  if (take("=")) {
    into.format.assign(text_.substr(position_, 3));
    position_ += std::min<std::size_t>(3, text_.size() - position_);
    if (!take(":")) return fail("a verbatim string is written =txt:\"...\"");
    return bulk_text(into, Kind::verbatim);
  }
  if (peek() == ',' || peek() == '(') {
    into.kind = take(",") ? Kind::double_value : Kind::big_number;
    if (into.kind == Kind::big_number) ++position_;
    into.text.assign(bare());
    if (into.text == "any") into.comparison = Comparison::any;
    return true;
  }
  return word_value(into);
}

}  // namespace sorrel::test
