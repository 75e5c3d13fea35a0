// SPDX-License-Identifier: BSD-3-Clause
//
// Setting, showing and rewriting options by their rows. CONFIG SET is all or nothing: the old texts
// are kept until the last pair is applied, and set back when one fails.
#include <algorithm>
#include <cassert>
#include <set>

#include <sorrel/base/text.h>
#include <sorrel/config/option_table.h>

namespace sorrel::config {
namespace {

// How a failed CONFIG SET ends: which option, and why.
std::string failed(std::string_view name, std::string_view reason) {
  return "CONFIG SET failed (possibly related to argument '" + std::string(name) + "') - " +
         std::string(reason);
}

std::vector<std::string> words_of(const Option& option, const std::string& value) {
  if (!option.many_words) {
    return {value};
  }
  auto words = base::split_quoted(value).value_or(std::vector<std::string>{value});
  return words.empty() ? std::vector<std::string>{std::string()} : words;
}

std::string line_of(const Option& option) {
  const std::string shown = option.codec.show();
  std::string line(option.name);
  if (option.many_words && !shown.empty()) {
    return line + " " + shown;
  }
  const bool plain = !shown.empty() && shown.find_first_of(" \t\"'\\#\n\r") == std::string::npos;
  return line + " " + (plain ? shown : base::quote(shown));
}

// How a line of a file relates to the present value: it says something else, it says all of it, or
// a part of it (one class of client-output-buffer-limit).
enum class Agreement { kNone, kPart, kWhole };

Agreement agrees(const Option& option, const std::vector<std::string>& words) {
  if (words.empty() || (words.size() > 1 && !option.many_words)) {
    return Agreement::kNone;
  }
  // Whether reading the line would change anything is found by reading it.
  const std::string before = option.codec.show();
  if (!option.codec.parse(words).empty()) {
    return Agreement::kNone;
  }
  if (option.codec.show() != before) {
    option.codec.parse(words_of(option, before));
    return Agreement::kNone;
  }
  const bool whole = !option.many_words || words == words_of(option, before);
  return whole ? Agreement::kWhole : Agreement::kPart;
}

}  // namespace

void OptionTable::add(Option option) {
  assert(find(option.name) == nullptr && "an option is there twice");
  option.initial = option.codec.show();
  options_.push_back(std::move(option));
}

Option* OptionTable::find(std::string_view name) {
  for (Option& option : options_) {
    if (base::equals_ignoring_case(name, option.name) ||
        (!option.alias.empty() && base::equals_ignoring_case(name, option.alias))) {
      return &option;
    }
  }
  return nullptr;
}

std::string OptionTable::set_at_start(std::string_view name,
                                      const std::vector<std::string>& words) {
  Option* option = find(name);
  if (option == nullptr) {
    return "Bad directive or wrong number of arguments";
  }
  // "save" without a word is an empty value.
  if (words.size() != 1 && !option->many_words) {
    return "wrong number of arguments";
  }
  if (option->many_words && words.size() == 1) {
    // All of them may come as one ("60 1"), as CONFIG SET gives them.
    auto parts = base::split_quoted(words[0]);
    if (!parts) return "unbalanced quotes";
    return parts->size() > 1 ? set_at_start(name, *parts) : set_words(*option, words);
  }
  return set_words(*option, words);
}

std::string OptionTable::set_words(Option& option, const std::vector<std::string>& words) {
  if (!option.repeats) {
    return option.codec.parse(words);
  }
  option.given.insert(option.given.end(), words.begin(), words.end());
  if (words.empty()) {
    option.given.emplace_back();
  }
  return option.codec.parse(option.given);
}

// Finds the options of the pairs. Returns: an empty text, or the first thing that is wrong.
std::string OptionTable::choose(const std::vector<std::pair<std::string, std::string>>& pairs,
                                bool trusted, std::vector<Chosen>& chosen) {
  for (const auto& [name, value] : pairs) {
    Option* option = find(name);
    if (option == nullptr) {
      return "Unknown option or number of arguments for CONFIG SET - '" +
             std::string(name.c_str()) + "'";
    }
    const std::string_view known =
        base::equals_ignoring_case(name, option->name) ? option->name : option->alias;
    if (option->mutability == Mutability::kAtStart) {
      return failed(known, "can't set immutable config");
    }
    if (option->mutability == Mutability::kProtected && !trusted) {
      return failed(known, "can't set protected config");
    }
    if (std::any_of(chosen.begin(), chosen.end(),
                    [&](const Chosen& other) { return other.option == option; })) {
      return failed(known, "duplicate parameter");
    }
    chosen.push_back({option, known, option->codec.show()});
  }
  return {};
}

// First all values, then what they cause, so that nothing is done for a set that is refused.
std::string OptionTable::set(const std::vector<std::pair<std::string, std::string>>& pairs,
                             bool trusted) {
  std::vector<Chosen> chosen;
  std::string error = choose(pairs, trusted, chosen);
  if (!error.empty()) {
    return error;
  }
  std::size_t parsed = 0;
  for (; parsed < chosen.size() && error.empty(); ++parsed) {
    const Option& option = *chosen[parsed].option;
    if (const std::string reason = option.codec.parse(words_of(option, pairs[parsed].second));
        !reason.empty()) {
      error = failed(chosen[parsed].name, reason);
    }
  }
  std::vector<const Option*> applied;
  for (std::size_t i = 0; i < chosen.size() && error.empty(); ++i) {
    const Option& option = *chosen[i].option;
    const bool same = option.codec.show() == chosen[i].before && !option.names_file;
    if (!option.apply || same) {
      continue;
    }
    applied.push_back(&option);
    if (const std::string reason = option.apply(); !reason.empty()) {
      error = failed(chosen[i].name, reason);
    }
  }
  if (!error.empty()) {
    for (std::size_t i = 0; i < parsed; ++i) {
      const Option& option = *chosen[i].option;
      option.codec.parse(words_of(option, chosen[i].before));
    }
    for (const Option* option : applied) {
      option->apply();
    }
  }
  return error;
}

std::vector<std::pair<std::string, std::string>> OptionTable::get(
    std::span<const std::string_view> patterns) const {
  std::vector<std::pair<std::string, std::string>> found;
  const auto is_glob = [](std::string_view pattern) {
    return pattern.find_first_of("[*?") != std::string_view::npos;
  };
  for (const Option& option : options_) {
    for (const std::string_view name : {option.name, option.alias}) {
      const auto fits =
          std::find_if(patterns.begin(), patterns.end(), [&](std::string_view pattern) {
            return is_glob(pattern)
                       ? !option.hidden && base::glob_match(pattern, name, /*ignore_case=*/true)
                       : base::equals_ignoring_case(pattern, name);
          });
      if (!name.empty() && fits != patterns.end()) {
        // A name that is no pattern is answered as it was spelled.
        found.emplace_back(is_glob(*fits) ? name : *fits, option.codec.show());
      }
    }
  }
  return found;
}

std::string OptionTable::rewrite(std::string_view file) const {
  std::string result;
  std::set<std::string_view> written;
  std::string_view rest = file;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    const auto words = base::split_quoted(line);
    const bool directive = words && !words->empty() && !(*words)[0].starts_with('#');
    const Option* option = directive ? const_cast<OptionTable*>(this)->find((*words)[0]) : nullptr;
    if (option == nullptr) {
      result.append(line).append("\n");
      continue;
    }
    const Agreement agreement = agrees(*option, {words->begin() + 1, words->end()});
    if (agreement != Agreement::kNone) {
      result.append(line).append("\n");
    } else if (!written.contains(option->name)) {
      result.append(line_of(*option)).append("\n");
    }
    if (agreement != Agreement::kPart) {
      written.insert(option->name);
    }
  }
  bool headed = file.find("# Generated by CONFIG REWRITE") != std::string_view::npos;
  for (const Option& option : options_) {
    if (option.codec.show() != option.initial && !written.contains(option.name)) {
      if (!headed) {
        result += "# Generated by CONFIG REWRITE\n";
        headed = true;
      }
      result += line_of(option) + "\n";
    }
  }
  return result;
}

std::vector<Directive> parse_file(std::string_view text, std::string& error) {
  std::vector<Directive> directives;
  std::size_t number = 0;
  while (!text.empty() && error.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    ++number;
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) {
      line.remove_suffix(1);
    }
    const std::size_t first = line.find_first_not_of(" \t");
    if (first == std::string_view::npos || line[first] == '#') {
      continue;
    }
    auto words = base::split_quoted(line);
    if (!words || words->empty()) {
      error = "Reading the configuration file, at line " + std::to_string(number) + ": '" +
              std::string(line) + "': Unbalanced quotes in configuration line";
      break;
    }
    directives.push_back({number, *std::move(words), std::string(line)});
  }
  return directives;
}

}  // namespace sorrel::config
