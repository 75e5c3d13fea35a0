// SPDX-License-Identifier: BSD-3-Clause
//
// The table of options: one row an option, bound to a plain variable that some layer owns. It
// parses, checks bounds, applies, shows and rewrites, and knows no option itself. The same row
// serves the command line, the configuration file, CONFIG GET, CONFIG SET and CONFIG REWRITE.
//
// Values are texts on the outside, as redis.conf spells them. Rows bind by reference: what they are
// bound to must outlive the table. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sorrel::config {

// What kind of text an option takes.
struct Choice {
  std::string_view name;
  int value = 0;
};

// How one option is read and shown. parse() returns an empty text or why the value is refused, and
// then has changed nothing.
struct Codec {
  std::function<std::string(const std::vector<std::string>& words)> parse;
  std::function<std::string()> show;
};

Codec text(std::string& target);
Codec yes_no(bool& target);
Codec integer(std::int64_t& target, std::int64_t least, std::int64_t most);
// A number that is not negative.
Codec count(std::uint64_t& target, std::int64_t most);
// Digits and a unit: 1kb, 64mb. Shown as bytes.
Codec memory(std::uint64_t& target, std::uint64_t least, std::uint64_t most);
// An octal number: file permissions.
Codec octal(unsigned& target);
// One of the choices; the target holds its value.
Codec choice(int& target, std::span<const Choice> choices);
// Several words, shown parted by blanks.
Codec words(std::vector<std::string>& target);
// A value that is accepted only as it is: for what this server does not do, so that a program that
// sets the default goes on and one that asks for something else is told.
Codec fixed(const std::string& value);
// Any value is taken and kept, and nothing is done with it: options of the other server that have
// no meaning here. `note` says why, for the log at start.
Codec ignored(std::string value);

enum class Mutability : std::uint8_t {
  kAnyTime,
  kAtStart,    // CONFIG SET answers "can't set immutable config"
  kProtected,  // the same with "protected", but to who is trusted
};

struct Option {
  std::string_view name;
  Codec codec = {};
  Mutability mutability = Mutability::kAnyTime;
  // Runs after the value was changed at run time. Returns: an empty text, or why it could not be
  // applied; the old value is then restored.
  std::function<std::string()> apply = {};
  std::string_view alias = {};          // an older name that means the same
  bool many_words = false;              // takes and shows several words (bind, save)
  bool repeats = false;                 // at start the words of its lines are one value (save)
  bool not_while_loading = false;       // CONFIG SET has to wait until the data is there
  bool hidden = false;                  // CONFIG GET shows it only by its whole name
  bool names_file = false;              // applied even when set to what it was: the file may differ
  std::string_view note = {};           // for options without meaning here: what to know of it
  std::string initial = {};             // filled by add(): what it shows at first
  std::vector<std::string> given = {};  // of one that repeats: its words so far
};

class OptionTable {
 public:
  // Requires: no option of that name is there.
  void add(Option option);

  // A directive that is no option: it has a line for each of several things, and neither CONFIG GET
  // nor SET knows it (user). lines() gives them whole, for rewrite().
  void add_lines(std::string_view name, std::function<std::vector<std::string>()> lines) {
    lines_.push_back({name, std::move(lines)});
  }

  // By name or alias, in any case; null when there is none.
  Option* find(std::string_view name);
  const std::vector<Option>& options() const { return options_; }

  // At start: sets one option from its words. Returns: an empty text, or what is wrong.
  std::string set_at_start(std::string_view name, const std::vector<std::string>& words);

  // CONFIG SET: all pairs or none. Returns: an empty text, or the text of the error reply behind
  // "ERR ", as Redis words it. `trusted`: protected options may be set, too.
  std::string set(const std::vector<std::pair<std::string, std::string>>& pairs,
                  bool trusted = false);

  // CONFIG GET: name and value of every option that one of the patterns matches, each once. A name
  // and an alias are two; a pattern without any of [ * ? is a name, answered as it was spelled.
  // Hidden options are answered by their names alone.
  std::vector<std::pair<std::string, std::string>> get(
      std::span<const std::string_view> patterns) const;

  // The text of a configuration file with every changed option set to its present value: lines are
  // replaced in place, comments and order kept, and what is new is added at the end.
  std::string rewrite(std::string_view file) const;

 private:
  // An option that is about to be set, by which of its names, and what it showed before.
  struct Chosen {
    Option* option;
    std::string_view name;
    std::string before;
  };
  static std::string set_words(Option& option, const std::vector<std::string>& words);
  std::string choose(const std::vector<std::pair<std::string, std::string>>& pairs, bool trusted,
                     std::vector<Chosen>& chosen);

  struct Lines {
    std::string_view name;
    std::function<std::vector<std::string>()> show;
  };
  const Lines* find_lines(std::string_view name) const;
  void append_new(std::string& result, const std::set<std::string_view>& written,
                  bool headed) const;

  std::vector<Option> options_;
  std::vector<Lines> lines_;
};

// Reads a configuration text: one directive a line, # comments, words as base::split_quoted reads
// them. Returns: the directives with their line numbers; `error` gets what is wrong, if anything.
struct Directive {
  std::size_t line = 0;
  std::vector<std::string> words;  // the name first, as written
  std::string text;                // the whole line, for error messages
};
std::vector<Directive> parse_file(std::string_view text, std::string& error);

}  // namespace sorrel::config
