// SPDX-License-Identifier: BSD-3-Clause
//
// How each kind of option is read and shown; the texts of refusals are those that Redis gives.
#include <memory>

#include <sorrel/base/numbers.h>
#include <sorrel/base/text.h>
#include <sorrel/config/option_table.h>

namespace sorrel::config {
namespace {

using Words = std::vector<std::string>;

std::string bounds(const std::string& least, const std::string& most) {
  return "argument must be between " + least + " and " + most + " inclusive";
}

std::string join(const Words& words) {
  std::string text;
  for (const std::string& word : words) {
    const bool plain = word.find_first_of(" \t\"'\\") == std::string::npos;
    text += (text.empty() ? "" : " ") + (plain ? word : base::quote(word));
  }
  return text;
}

}  // namespace

Codec text(std::string& target) {
  return {[&target](const Words& words) {
            target = words[0];
            return std::string();
          },
          [&target] { return target; }};
}

Codec yes_no(bool& target) {
  return {[&target](const Words& words) -> std::string {
            const bool yes = base::equals_ignoring_case(words[0], "yes");
            if (!yes && !base::equals_ignoring_case(words[0], "no")) {
              return "argument must be 'yes' or 'no'";
            }
            target = yes;
            return {};
          },
          [&target] { return std::string(target ? "yes" : "no"); }};
}

Codec integer(std::int64_t& target, std::int64_t least, std::int64_t most) {
  return {[&target, least, most](const Words& words) -> std::string {
            const auto value = base::parse_integer(words[0]);
            if (!value) {
              return "argument couldn't be parsed into an integer";
            }
            if (*value < least || *value > most) {
              return bounds(std::to_string(least), std::to_string(most));
            }
            target = *value;
            return {};
          },
          [&target] { return std::to_string(target); }};
}

Codec count(std::uint64_t& target, std::int64_t most) {
  return {[&target, most](const Words& words) {
            std::int64_t value = 0;
            std::string problem = integer(value, 0, most).parse(words);
            if (problem.empty()) target = static_cast<std::uint64_t>(value);
            return problem;
          },
          [&target] { return std::to_string(target); }};
}

Codec memory(std::uint64_t& target, std::uint64_t least, std::uint64_t most) {
  return {[&target, least, most](const Words& words) -> std::string {
            const auto value = base::parse_memory_size(words[0]);
            if (!value) {
              return "argument must be a memory value";
            }
            if (*value < least || *value > most) {
              return bounds(std::to_string(least), std::to_string(most));
            }
            target = *value;
            return {};
          },
          [&target] { return std::to_string(target); }};
}

Codec octal(unsigned& target) {
  return {[&target](const Words& words) -> std::string {
            unsigned value = 0;
            for (const char c : words[0]) {
              if (c < '0' || c > '7' || value > 0777) {
                return "argument couldn't be parsed into an integer";
              }
              value = value * 8 + static_cast<unsigned>(c - '0');
            }
            if (words[0].empty() || value > 0777) {
              return "argument must be between 0 and 777 inclusive";
            }
            target = value;
            return {};
          },
          [&target] {
            std::string digits;
            for (unsigned value = target; value != 0; value /= 8) {
              digits.insert(digits.begin(), static_cast<char>('0' + value % 8));
            }
            return digits.empty() ? std::string("0") : digits;
          }};
}

Codec choice(int& target, std::span<const Choice> choices) {
  return {[&target, choices](const Words& words) -> std::string {
            std::string names;
            for (const Choice& choice : choices) {
              if (base::equals_ignoring_case(words[0], choice.name)) {
                target = choice.value;
                return {};
              }
              names += (names.empty() ? "" : ", ") + std::string(choice.name);
            }
            return "argument(s) must be one of the following: " + names;
          },
          [&target, choices] {
            for (const Choice& choice : choices) {
              if (choice.value == target) {
                return std::string(choice.name);
              }
            }
            return std::string();
          }};
}

Codec words(std::vector<std::string>& target) {
  return {[&target](const Words& words) {
            target = words;
            if (target.size() == 1 && target[0].empty()) {
              target.clear();
            }
            return std::string();
          },
          [&target] { return join(target); }};
}

Codec fixed(const std::string& value) {
  return {[value](const Words& words) -> std::string {
            if (!base::equals_ignoring_case(join(words), value) &&
                !(words.size() == 1 && words[0].empty() && value.empty())) {
              return "this version supports only the value '" + value + "'";
            }
            return {};
          },
          [value] { return value; }};
}

Codec ignored(std::string value) {
  const auto kept = std::make_shared<std::string>(std::move(value));
  return {[kept](const Words& words) {
            *kept = words.size() == 1 ? words[0] : join(words);
            return std::string();
          },
          [kept] { return *kept; }};
}

}  // namespace sorrel::config
