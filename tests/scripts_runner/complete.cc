// SPDX-License-Identifier: BSD-3-Clause
// The table is asked from the server (COMMAND), so that a command that is added without a script is
// found the next time the tests run. The script of "client|setname" is client_setname.resp, in any
// folder, or that of its container, client.resp. It must send that command: a file that only bears
// the name does not count.
//
#include "complete.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <set>

namespace sorrel::test {
namespace {

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// Names of all commands; of a subcommand "container|subcommand".
std::set<std::string> table_of(ScriptTarget& target, std::string& problem) {
  std::set<std::string> names;
  if (!target.open(0) || !target.write(0, encode_command({"COMMAND"}))) {
    problem = "the server cannot be reached";
    return names;
  }
  const ReadResult result = target.read(0);
  for (const Reply& row : result.reply.elements) {
    if (row.elements.size() < 10) continue;
    names.insert(lower(row.elements[0].text));
    for (const Reply& inner : row.elements[9].elements) {
      if (!inner.elements.empty()) names.insert(lower(inner.elements[0].text));
    }
  }
  if (names.empty()) problem = "the server's reply to COMMAND names no command";
  return names;
}

bool sends(const Script& script, const std::string& command) {
  const auto bar = command.find('|');
  return std::any_of(script.steps.begin(), script.steps.end(), [&](const Step& step) {
    if (step.words.empty() || lower(step.words[0]) != command.substr(0, bar)) return false;
    return bar == std::string::npos ||
           (step.words.size() > 1 && lower(step.words[1]) == command.substr(bar + 1));
  });
}

}  // namespace

std::vector<std::string> find_gaps(ScriptTarget& target, const std::vector<Script>& scripts) {
  std::vector<std::string> gaps;
  std::string problem;
  const std::set<std::string> table = table_of(target, problem);
  if (!problem.empty()) return {problem};
  std::map<std::string, const Script*> by_name;
  for (const Script& script : scripts) {
    by_name[std::filesystem::path(script.path).stem().string()] = &script;
  }
  const auto script_of = [&](std::string command) -> const Script* {
    std::replace(command.begin(), command.end(), '|', '_');
    const auto place = by_name.find(command);
    return place == by_name.end() ? nullptr : place->second;
  };
  for (const std::string& command : table) {
    const Script* own = script_of(command);
    const Script* container = script_of(command.substr(0, command.find('|')));
    if (own == nullptr && container == nullptr) {
      gaps.push_back(command + ": no script file bears its name");
    } else if ((own == nullptr || !sends(*own, command)) &&
               (container == nullptr || !sends(*container, command))) {
      gaps.push_back(command + ": no step of its script sends it");
    }
  }
  return gaps;
}

}  // namespace sorrel::test
