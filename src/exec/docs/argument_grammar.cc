// SPDX-License-Identifier: BSD-3-Clause
//
// The parser of the argument language that sorrel/exec/command_doc.h describes: recursive descent
// over static text, one function for each construct, the first error latched and checked once.
//
// A table row is trusted text, yet the parser checks all of it, so that a slip of the hand in a
// row is found by the test that parses each one and not by a client.
//
// Invariants: nothing is skipped silently; nesting is bounded by kMaxDepth.
// Threads: pure functions.
#include <charconv>

#include <sorrel/exec/command_doc.h>

namespace sorrel::exec {
namespace {

constexpr int kMaxDepth = 16;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_name_character(char c) { return is_lower(c) || is_digit(c) || c == '-'; }
bool is_token_character(char c) { return is_upper(c) || is_digit(c) || c == '-'; }
bool is_version_character(char c) { return is_digit(c) || c == '.'; }
bool is_display_character(char c) { return is_name_character(c) || c == ':'; }

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    c = is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return result;
}

class ArgumentParser {
 public:
  explicit ArgumentParser(std::string_view text) : rest_(text) {}

  std::vector<DocArgument> run() {
    auto items = list(" ", 0);
    return failed_ || !rest_.empty() ? std::vector<DocArgument>() : std::move(items);
  }

 private:
  bool at(char c) const { return !rest_.empty() && rest_.front() == c; }

  bool accept(std::string_view text) {
    if (!rest_.starts_with(text)) {
      return false;
    }
    rest_.remove_prefix(text.size());
    return true;
  }

  void expect(std::string_view text) {
    if (!accept(text)) {
      failed_ = true;
    }
  }

  // Takes the characters that `wanted` accepts; taking none is an error.
  template <typename Predicate>
  std::string_view take(Predicate wanted) {
    size_t length = 0;
    while (length < rest_.size() && wanted(rest_[length])) {
      ++length;
    }
    if (length == 0) {
      failed_ = true;
    }
    const std::string_view taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }

  // Items parted by `separator`, at least one.
  std::vector<DocArgument> list(std::string_view separator, int depth) {
    std::vector<DocArgument> items;
    if (depth > kMaxDepth) {
      failed_ = true;
    }
    do {
      items.push_back(item(depth));
    } while (!failed_ && accept(separator));
    return items;
  }

  DocArgument item(int depth) {
    DocArgument argument;
    argument.optional = accept("[");
    if (at_token()) {
      token(argument);
      if (accept("=")) {
        argument.name = take(is_name_character);
        value(argument, depth);
      } else {
        argument.type = DocArgumentType::pure_token;
        argument.name = lower(argument.token);
      }
    } else {
      argument.name = take(is_name_character);
      value(argument, depth);
    }
    marks(argument);
    if (argument.optional) {
      expect("]");
    }
    check(argument);
    return argument;
  }

  bool at_token() const { return at('\'') || (!rest_.empty() && is_upper(rest_.front())); }

  void token(DocArgument& argument) {
    failed_ = failed_ || argument.has_token;
    argument.has_token = true;
    if (accept("'")) {
      const size_t end = rest_.find('\'');
      argument.token = rest_.substr(0, end);
      rest_.remove_prefix(argument.token.size());
      expect("'");
    } else {
      argument.token = take(is_token_character);
    }
  }

  // What follows a name: nothing, a type, a token, or a group.
  void value(DocArgument& argument, int depth) {
    if (accept("(")) {
      argument.type = DocArgumentType::one_of;
      argument.arguments = list(" | ", depth + 1);
      expect(")");
    } else if (accept("{")) {
      argument.type = DocArgumentType::block;
      argument.arguments = list(" ", depth + 1);
      expect("}");
    } else if (accept(":")) {
      if (at_token()) {
        token(argument);
        argument.type = DocArgumentType::pure_token;
      } else {
        argument.type = type(take(is_name_character));
      }
    } else if (at('#') || rest_.starts_with("+#") || rest_.starts_with("++#")) {
      argument.type = DocArgumentType::key;
    }
  }

  DocArgumentType type(std::string_view name) {
    for (const auto candidate :
         {DocArgumentType::string, DocArgumentType::integer, DocArgumentType::real,
          DocArgumentType::key, DocArgumentType::pattern, DocArgumentType::unix_time}) {
      if (type_name(candidate) == name) {
        return candidate;
      }
    }
    failed_ = true;
    return DocArgumentType::string;
  }

  void marks(DocArgument& argument) {
    argument.multiple = accept("+");
    argument.multiple_token = argument.multiple && accept("+");
    if (accept("#")) {
      const std::string_view digits = take(is_digit);
      const auto parsed =
          std::from_chars(digits.data(), digits.data() + digits.size(), argument.key_spec_index);
      failed_ = failed_ || parsed.ec != std::errc();
    }
    if (accept("@")) {
      argument.since = take(is_version_character);
    }
    if (accept("!")) {
      argument.deprecated_since = take(is_version_character);
    }
    if (accept("~")) {
      argument.display_text = take(is_display_character);
    }
  }

  // What the grammar allows but no command can mean.
  void check(const DocArgument& argument) {
    const bool group =
        argument.type == DocArgumentType::one_of || argument.type == DocArgumentType::block;
    failed_ = failed_ || argument.name.empty() ||
              (argument.multiple_token && !argument.has_token) ||
              (group && (!argument.display_text.empty() || argument.key_spec_index >= 0));
  }

  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace

std::vector<DocArgument> parse_arguments(std::string_view text) {
  return text.empty() ? std::vector<DocArgument>() : ArgumentParser(text).run();
}

std::string_view type_name(DocArgumentType type) {
  switch (type) {
    case DocArgumentType::string:
      return "string";
    case DocArgumentType::integer:
      return "integer";
    case DocArgumentType::real:
      return "double";
    case DocArgumentType::key:
      return "key";
    case DocArgumentType::pattern:
      return "pattern";
    case DocArgumentType::unix_time:
      return "unix-time";
    case DocArgumentType::pure_token:
      return "pure-token";
    case DocArgumentType::one_of:
      return "oneof";
    case DocArgumentType::block:
      return "block";
  }
  return "string";
}

}  // namespace sorrel::exec
