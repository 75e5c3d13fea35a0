// SPDX-License-Identifier: BSD-3-Clause
//
// What a batch finds ahead of its commands must never show: the same random commands, among them
// such that make untrue what was found, are run in batches and one by one, and answer the same.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/base/output_buffer.h>
#include <sorrel/base/random.h>
#include <sorrel/commands/families.h>

#include "support/command_fixture.h"

namespace sorrel::test {
namespace {

using Words = std::vector<std::string>;

class Batches : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  Words draw() {
    const std::string key = "board:" + std::to_string(random_.below(2));
    const std::string member = "post:" + std::to_string(random_.below(4000));
    const std::string score = std::to_string(random_.below(GetParam()));
    switch (random_.below(1000)) {
      case 0:
        return {"DEL", key};
      case 1:
        return {"ZREMRANGEBYRANK", key, "0", "300"};
      case 2:
        return {"RENAME", "board:0", "board:1"};
      case 3:
        return {"ZADD", key, score, member + "x", score, member, "-inf", "a" + member};
      default:
        break;
    }
    switch (random_.below(8)) {
      case 0:
        return {"ZREM", key, member};
      case 1:
        return {"ZREVRANK", key, member};
      case 2:
        return {"ZADD", key, "GT", score, member};
      case 3:
      case 4:
        return {"ZINCRBY", key, "1", member};
      default:
        return {"ZADD", key, score, member};
    }
  }

  base::Random random_{GetParam()};
};

std::string run_batch(CommandFixture& server, const std::vector<Words>& commands) {
  std::vector<std::vector<std::string_view>> views;
  for (const Words& words : commands) views.emplace_back(words.begin(), words.end());
  std::vector<resp::Request> requests;
  for (const auto& words : views) requests.push_back({words, {}});
  base::OutputBuffer out;
  EXPECT_EQ(server.executor.run(server.session, requests, out), requests.size());
  std::vector<char> scratch;
  return std::string(out.contiguous(scratch));
}

TEST_P(Batches, AnswerAsSingleCommandsDo) {
  CommandFixture together({&commands::add_sorted_set_commands, &commands::add_key_commands});
  CommandFixture single({&commands::add_sorted_set_commands, &commands::add_key_commands});
  for (unsigned round = 0; round < 3000; ++round) {
    std::vector<Words> commands(1 + random_.below(24));
    std::string expected;
    for (Words& words : commands) {
      words = draw();
      const std::vector<std::string_view> views(words.begin(), words.end());
      expected += single.run(views);
    }
    ASSERT_EQ(run_batch(together, commands), expected) << round;
    together.executor.effect_log().clear();
  }
  for (const char* key : {"board:0", "board:1"}) {
    EXPECT_EQ(together.run({"ZRANGE", key, "0", "-1", "WITHSCORES"}),
              single.run({"ZRANGE", key, "0", "-1", "WITHSCORES"}));
  }
}

// By the number of scores: nearly all alike, some, hardly two.
INSTANTIATE_TEST_SUITE_P(SortedSetScores, Batches, ::testing::Values(2, 40, 1000000));

}  // namespace
}  // namespace sorrel::test
