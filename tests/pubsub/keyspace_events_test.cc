// SPDX-License-Identifier: BSD-3-Clause
//
// Which events are told on which channel, and what the executor is asked for because of them. Which
// events commands cause is proven from outside (tests/server/notifications_test.py).
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/commands/families.h>
#include <sorrel/pubsub/hub.h>

#include "support/command_fixture.h"
#include "support/test_client.h"

namespace sorrel::pubsub {
namespace {

using test::bulk_texts;
using test::Client;
using test::CommandFixture;
namespace events = keyspace::events;

using Texts = std::vector<std::string>;

class KeyspaceEventsTest : public testing::Test {
 protected:
  KeyspaceEventsTest() {
    hub.channels().subscribe(listener.session, TopicKind::kPattern, "__key*");
  }

  void select(std::string_view letters) {
    hub.keyspace_events().select(letters);
    hub.refresh();
  }
  // The channels and messages since the last call, without the words before them.
  Texts heard() {
    Texts told;
    const Texts texts = bulk_texts(listener.read());
    for (std::size_t i = 0; i + 3 < texts.size(); i += 4) {
      told.push_back(texts[i + 2] + " " + texts[i + 3]);
    }
    return told;
  }

  CommandFixture server{
      {&commands::add_string_commands, &commands::add_key_commands, &commands::add_list_commands}};
  Hub hub{server.executor, 1};
  Client listener{server.executor};
};

TEST_F(KeyspaceEventsTest, NothingIsObservedWhileNothingIsSelected) {
  for (const std::string_view letters : {"", "K", "E", "KE", "g$nm", "KEd"}) {
    select(letters);
    const exec::Observed wanted = hub.keyspace_events().wanted();
    EXPECT_FALSE(wanted.changes || wanted.new_keys || wanted.misses) << letters;
    server.run({"SET", "k", "v"});
    EXPECT_FALSE(server.keyspace.changes().pending());
    EXPECT_EQ(heard(), Texts{}) << letters;
  }
}

TEST_F(KeyspaceEventsTest, WhatIsMadeOrMissedIsObservedWhenItIsSelected) {
  select("K$");
  EXPECT_FALSE(hub.keyspace_events().wanted().new_keys);
  EXPECT_FALSE(hub.keyspace_events().wanted().misses);
  select("Kn");
  EXPECT_TRUE(hub.keyspace_events().wanted().new_keys);
  server.run({"SET", "k", "v"});
  server.run({"SET", "k", "v"});
  server.run({"GET", "nokey"});
  EXPECT_EQ(heard(), (Texts{"__keyspace@0__:k new"}));
  select("Em");
  server.run({"GET", "nokey"});
  EXPECT_EQ(heard(), (Texts{"__keyevent@0__:keymiss nokey"}));
}

TEST_F(KeyspaceEventsTest, EachClassHasItsLetter) {
  const std::vector<std::pair<std::string_view, const keyspace::Event*>> classes = {
      {"g", &events::kDel},     {"$", &events::kSet},  {"l", &events::kLPush},
      {"s", &events::kSAdd},    {"h", &events::kHSet}, {"z", &events::kZAdd},
      {"t", &events::kXAdd},    {"n", &events::kNew},  {"x", &events::kExpired},
      {"m", &events::kKeyMiss},
  };
  for (const auto& [letter, selected] : classes) {
    select("E" + std::string(letter));
    for (const auto& entry : classes) {
      hub.keyspace_events().publish(*entry.second, 0, "k");
    }
    EXPECT_EQ(heard(), (Texts{"__keyevent@0__:" + std::string(selected->name) + " k"})) << letter;
  }
}

TEST_F(KeyspaceEventsTest, TheChannelOfTheKeyIsFirst) {
  select("KE$g");
  hub.keyspace_events().publish(events::kSet, 4294967295U, "a b");
  EXPECT_EQ(heard(), (Texts{"__keyspace@4294967295__:a b set", "__keyevent@4294967295__:set a b"}));
}

TEST_F(KeyspaceEventsTest, WhatHasNoNameIsNotTold) {
  select("KEg$lshzxet");
  hub.keyspace_events().publish(events::kXGroupMoved, 0, "x");
  hub.keyspace_events().publish(events::kLengthened, 0, "b");
  hub.keyspace_events().publish(events::kPfCount, 0, "p");
  EXPECT_EQ(heard(), Texts{});
}

TEST_F(KeyspaceEventsTest, KeysThatGoOnTimeAreTold) {
  select("Ex");
  server.run({"SET", "k", "v", "PX", "10"});
  server.advance(std::chrono::milliseconds(10));
  server.executor.expire_due(10);
  EXPECT_EQ(heard(), (Texts{"__keyevent@0__:expired k"}));
}

}  // namespace
}  // namespace sorrel::pubsub
