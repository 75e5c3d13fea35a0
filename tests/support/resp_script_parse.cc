// SPDX-License-Identifier: BSD-3-Clause
// Reading a .resp script: line by line, a directive, a command or an expectation.
//
// A block directive pushes conditions that hold until its @end or the end of the file; every step
// carries a copy of what holds for it, so that a run needs no state of the parser.
#include <charconv>
#include <optional>

#include "resp_script.h"

namespace sorrel::test {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t\r");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

bool to_number(std::string_view text, int& into) {
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, into);
  return parsed.ec == std::errc() && parsed.ptr == end;
}

class Reader {
 public:
  Reader(std::string path, std::string_view text) : text_(text) {
    script_.path = std::move(path);
    blocks_.emplace_back();
  }

  Script read() {
    while (script_.error.empty() && next_line()) {
      if (line_.empty() || line_.front() == '#') continue;
      if (line_.front() == '@') {
        directive();
      } else if (!command()) {
        expectation(0, line_);
      }
    }
    const bool dangling = wait_ms_ > 0 || !save_.empty();
    if (script_.error.empty() && dangling) fail("a directive at the end has no command");
    return std::move(script_);
  }

 private:
  bool next_line() {
    if (position_ >= text_.size()) return false;
    const auto end = std::min(text_.find('\n', position_), text_.size());
    line_ = trimmed(text_.substr(position_, end - position_));
    position_ = end + 1;
    ++number_;
    return true;
  }

  void fail(const std::string& message) {
    script_.error = script_.path + ":" + std::to_string(number_) + ": " + message;
  }

  // "> words" or "3> words".
  bool command() {
    const auto mark = line_.find('>');
    int connection = 1;
    if (mark == std::string_view::npos) return false;
    if (mark > 0 && !to_number(line_.substr(0, mark), connection)) return false;
    if (connection < 1) return false;
    add_step(Step::Kind::command, line_.substr(mark + 1), connection);
    if (script_.error.empty() && script_.steps.back().words.empty()) fail("an empty command");
    return true;
  }

  void add_step(Step::Kind kind, std::string_view text, int connection) {
    Step step;
    step.kind = kind;
    step.line = number_;
    step.connection = connection;
    step.source = line_;
    step.wait_ms = std::exchange(wait_ms_, 0);
    step.save = std::exchange(save_, {});
    step.conditions = blocks_.back();
    auto words = Notation(text).words();
    if (!words) return fail("a quote is not closed");
    step.words = std::move(*words);
    script_.steps.push_back(std::move(step));
  }

  void expectation(int protocol, std::string_view first) {
    if (script_.steps.empty() || script_.steps.back().kind == Step::Kind::config) {
      return fail("an expectation without a command: " + std::string(first));
    }
    std::string source(first);
    for (;;) {
      Notation notation(source);
      auto expected = notation.expectation();
      if (expected) {
        script_.steps.back().wants.push_back({protocol, std::move(*expected), source});
        return;
      }
      if (!notation.incomplete() || !next_line()) return fail(notation.error());
      source += "\n" + std::string(line_);
    }
  }

  void directive() {
    if (line_.substr(0, 3) == "@2 " || line_.substr(0, 3) == "@3 ") {
      return expectation(line_[1] - '0', trimmed(line_.substr(3)));
    }
    auto words = Notation(line_).words();
    if (!words) return fail("a quote is not closed");
    const std::string name = words->front();
    words->erase(words->begin());
    if (name == "@end") {
      if (blocks_.size() == 1) return fail("@end without a block");
      blocks_.pop_back();
    } else if (name == "@raw") {
      raw(*words);
    } else if (name == "@config" && words->size() == 2) {
      add_step(Step::Kind::config, line_.substr(name.size()), 0);
    } else if (name == "@save" && words->size() == 1) {
      save_ = words->front();
    } else if (name == "@wait-until" && words->size() <= 1) {
      wait_ms_ = 5000;
      if (!words->empty() && !to_number(words->front(), wait_ms_)) fail("bad time limit");
    } else {
      block(name, *words);
    }
  }

  void raw(const std::vector<std::string>& words) {
    if (words.size() != 1) return fail("@raw takes one quoted text");
    add_step(Step::Kind::raw, line_.substr(4), 1);
  }

  void block(const std::string& name, const std::vector<std::string>& words) {
    StepConditions inner = blocks_.back();
    if (name == "@only" && !words.empty()) {
      inner.only = words;
    } else if (name == "@except" && !words.empty()) {
      inner.except = words;
    } else if (name == "@requires" && !words.empty()) {
      inner.needs.insert(inner.needs.end(), words.begin(), words.end());
    } else if (name == "@since" && words.size() == 1) {
      const auto dot = words[0].find('.');
      int major = 0;
      int minor = 0;
      if (dot == std::string::npos || !to_number(words[0].substr(0, dot), major) ||
          !to_number(words[0].substr(dot + 1), minor)) {
        return fail("@since takes a version such as 8.0");
      }
      inner.since = major * 100 + minor;
    } else if (name == "@protocol" && words.size() == 1) {
      inner.protocol = words[0] == "2" ? 2 : 3;
    } else if (name == "@no-restart") {
      if (!inner.no_restart) {
        inner.restart_loses = words;
      } else if (words.empty()) {
        inner.restart_loses.clear();
      }
      inner.no_restart = true;
    } else if (name == "@no-pipeline") {
      inner.no_pipeline = true;
    } else if (name == "@no-transaction") {
      inner.no_transaction = true;
    } else if (name == "@no-split") {
      inner.no_split = true;
    } else if (name == "@no-script") {
      inner.no_script = true;
    } else if (name == "@real-time") {
      inner.real_time = true;
    } else {
      return fail("unknown or malformed directive: " + std::string(line_));
    }
    blocks_.push_back(inner);
  }

  std::string_view text_;
  std::size_t position_ = 0;
  int number_ = 0;
  std::string_view line_;
  Script script_;
  std::vector<StepConditions> blocks_;
  int wait_ms_ = 0;
  std::string save_;
};

}  // namespace

Script parse_script(std::string path, std::string_view text) {
  return Reader(std::move(path), text).read();
}

}  // namespace sorrel::test
