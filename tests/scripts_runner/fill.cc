// SPDX-License-Identifier: BSD-3-Clause
// Filling in expectations: the script runs in both protocols; where RESP3's reply, taken as the
// expectation, also describes RESP2's reply, one line is written, else one for each protocol.
#include "fill.h"

#include <fstream>
#include <map>

namespace sorrel::test {
namespace {

std::map<int, Reply> replies(ScriptTarget& target, const Script& script, int protocol,
                             std::string& problem) {
  RunOptions options;
  options.protocol = protocol;
  options.fill = true;
  Outcome outcome = ScriptRunner(target, options).run(script);
  for (const std::string& failure : outcome.failures) problem += failure + "\n";
  std::map<int, Reply> by_line;
  for (auto& [line, reply] : outcome.filled) by_line.emplace(line, std::move(reply));
  return by_line;
}

std::string expectation_lines(const Reply& resp2, const Reply& resp3) {
  const std::string text2 = to_text(resp2);
  const std::string text3 = to_text(resp3);
  if (text2 == text3) return text3 + "\n";
  for (const std::string& text : {text3, text2}) {
    const auto expected = Notation(text).expectation();
    if (expected && matches(*expected, resp2, 2) && matches(*expected, resp3, 3)) {
      return text + "\n";
    }
  }
  return "@2 " + text2 + "\n@3 " + text3 + "\n";
}

}  // namespace

std::string fill_script(ScriptTarget& target, const Script& script) {
  std::string problem;
  const std::map<int, Reply> resp2 = replies(target, script, 2, problem);
  const std::map<int, Reply> resp3 = replies(target, script, 3, problem);
  if (resp3.empty()) return problem;
  std::string out;
  {
    std::ifstream file(script.path, std::ios::binary);
    int number = 0;
    for (std::string line; std::getline(file, line);) {
      out += line + "\n";
      const auto in3 = resp3.find(++number);
      const auto in2 = resp2.find(number);
      if (in3 == resp3.end() || in2 == resp2.end()) continue;
      out += expectation_lines(in2->second, in3->second);
    }
  }
  std::ofstream(script.path, std::ios::binary | std::ios::trunc) << out;
  return problem;
}

}  // namespace sorrel::test
