// SPDX-License-Identifier: BSD-3-Clause
//
// Plays what record_libraries.py recorded from a reference server: chunks of Lua and what they
// returned there. All run in one state, so that a case also shows when an earlier one left
// something behind; before each the settings of cjson are put back, as the engine does.
#include <cstdlib>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "script_state.h"

namespace sorrel::script {
namespace {

std::string recorded_file() {
  const char* other = std::getenv("SORREL_RECORDED_LIBRARIES");
  return other != nullptr ? other : SORREL_SCRIPT_TESTS "/recorded/libraries.txt";
}

TEST(Recorded, AnswersAreThoseOfTheReferenceServer) {
  std::ifstream file(recorded_file());
  ScriptState state;
  int cases = 0;
  int wrong = 0;
  std::string chunk;
  std::string expected;
  while (std::getline(file, chunk)) {
    if (chunk.starts_with('#')) continue;
    ASSERT_TRUE(std::getline(file, expected));
    state.settings = {};
    const std::string found = state.run(chunk);
    ++cases;
    if (found != expected && ++wrong <= 20) {
      ADD_FAILURE() << chunk << "\n  expected " << expected << "\n  found    " << found;
    }
  }
  EXPECT_EQ(wrong, 0) << "of " << cases;
  EXPECT_GE(cases, 400);
}

}  // namespace
}  // namespace sorrel::script
