// SPDX-License-Identifier: BSD-3-Clause
//
// Setting, showing and rewriting options by their rows. CONFIG SET is all or nothing: the old texts
// are kept until the last pair is applied, and set back when one fails.
#include <sorrel/config/option_table.h>

#include <algorithm>
#include <cassert>
#include <set>

#include <sorrel/base/text.h>

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
  return base::split_quoted(value).value_or(std::vector<std::string>{value});
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
  if (words.empty() || (words.size() > 1 && !option->many_words)) {
    return "wrong number of arguments";
  }
  return option->codec.parse(words);
}

std::string OptionTable::set(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::vector<Option*> chosen;
  for (const auto& [name, value] : pairs) {
    Option* option = find(name);
    if (option == nullptr) {
      return "Unknown option or number of arguments for CONFIG SET - '" + name + "'";
    }
    if (option->mutability == Mutability::kAtStart) {
      return failed(name, "can't set immutable config");
    }
    if (std::find(chosen.begin(), chosen.end(), option) != chosen.end()) {
      return failed(name, "duplicate parameter");
    }
    chosen.push_back(option);
  }
  std::vector<std::string> before;
  for (const Option* option : chosen) {
    before.push_back(option->codec.show());
  }
  std::string error;
  std::size_t done = 0;
  for (; done < chosen.size() && error.empty(); ++done) {
    Option& option = *chosen[done];
    std::string reason = option.codec.parse(words_of(option, pairs[done].second));
    if (reason.empty() && option.apply && option.codec.show() != before[done]) {
      reason = option.apply();
    }
    if (!reason.empty()) {
      error = failed(pairs[done].first, reason);
    }
  }
  for (std::size_t i = 0; !error.empty() && i < done; ++i) {
    const bool changed = chosen[i]->codec.show() != before[i];
    chosen[i]->codec.parse(words_of(*chosen[i], before[i]));
    if (changed && chosen[i]->apply) {
      chosen[i]->apply();
    }
  }
  return error;
}

std::vector<std::pair<std::string, std::string>> OptionTable::get(
    std::span<const std::string_view> patterns) const {
  std::vector<std::pair<std::string, std::string>> found;
  const auto matches = [&](std::string_view name) {
    return std::any_of(patterns.begin(), patterns.end(), [&](std::string_view pattern) {
      return base::glob_match(pattern, name, /*ignore_case=*/true);
    });
  };
  for (const Option& option : options_) {
    for (const std::string_view name : {option.name, option.alias}) {
      if (!name.empty() && matches(name)) {
        found.emplace_back(name, option.codec.show());
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
    const bool directive = words && !words->empty() && (*words)[0].front() != '#';
    const Option* option =
        directive ? const_cast<OptionTable*>(this)->find((*words)[0]) : nullptr;
    if (option == nullptr) {
      result.append(line).append("\n");
    } else if (written.insert(option->name).second) {
      // A value that did not change keeps the line as it was written.
      std::vector<std::string> values(words->begin() + 1, words->end());
      std::string joined;
      for (const std::string& value : values) {
        joined += (joined.empty() ? "" : " ") + value;
      }
      result += joined == option->codec.show() ? std::string(line) : line_of(*option);
      result += "\n";
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
