// SPDX-License-Identifier: BSD-3-Clause
//
// Client side caching: who is told of which key, when, in which form, and what is remembered.
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <sorrel/pubsub/tracking.h>

#include "hub_fixture.h"
#include "tracked_keys.h"

namespace sorrel::pubsub {
namespace {

std::string invalid(std::string_view key) {
  return ">2|$10|invalidate|*1|$" + std::to_string(key.size()) + "|" + std::string(key) + "|";
}

class TrackingTest : public HubFixture {
 protected:
  TrackingStatistics statistics() { return hub.tracking().statistics(); }

  ShownClient a{executor};
  ShownClient b{executor};
};

TEST_F(TrackingTest, TellsOnceOfAKeyThatWasRead) {
  a.send("CLIENT TRACKING ON");
  a.send("MGET x y");
  EXPECT_EQ(statistics().keys, 2U);
  b.send("SET x 1");
  EXPECT_EQ(a.told(), invalid("x"));
  b.send("SET x 2");
  b.send("SET z 2");
  EXPECT_EQ(a.told(), "");
  b.send("MSET x 1 y 2");
  EXPECT_EQ(a.told(), invalid("y"));
  EXPECT_EQ(statistics().keys, 0U);
}

TEST_F(TrackingTest, OfItsOwnChangeItIsToldBehindTheReply) {
  a.send("CLIENT TRACKING ON");
  a.send("GET k");
  EXPECT_EQ(a.send("SET k 1"), "+OK|" + invalid("k"));
  a.send("MULTI");
  a.send("GET k");
  a.send("SET k 1");
  a.send("SET k 2");
  EXPECT_EQ(a.send("EXEC"), "*3|$1|1|+OK|+OK|" + invalid("k"));
  a.send("CLIENT TRACKING ON NOLOOP");
  a.send("GET k");
  EXPECT_EQ(a.send("SET k 1"), "+OK|");
  a.send("GET k");
  b.send("SET k 1");
  EXPECT_EQ(a.told(), invalid("k"));
}

TEST_F(TrackingTest, OnlyCommandsThatOnlyReadCount) {
  a.send("CLIENT TRACKING ON");
  a.send("GETSET k 1");
  a.send("GETEX k");
  a.send("LPOP list");
  EXPECT_EQ(statistics().keys, 0U);
  a.send("LLEN k");  // fails, and the client knows why
  EXPECT_EQ(statistics().keys, 1U);
  a.send("XREAD BLOCK 0 STREAMS s $");
  EXPECT_EQ(statistics().keys, 2U);
  b.send("XADD s 1-1 f v");
  EXPECT_EQ(a.told(), invalid("s") + "%1|$1|s|*1|*2|$3|1-1|*2|$1|f|$1|v|");
  b.send("XADD s 1-2 f v");
  EXPECT_EQ(a.told(), invalid("s"));
}

TEST_F(TrackingTest, AKeyFoundToBeOverIsToldOfAndThenRememberedAsMissing) {
  a.send("CLIENT TRACKING ON");
  a.send("SET k 1 PX 10");
  a.send("GET k");
  clock.advance(std::chrono::milliseconds(20));
  EXPECT_EQ(a.send("GET k"), "_|" + invalid("k"));
  b.send("SET k 2 PX 10");
  EXPECT_EQ(a.told(), invalid("k"));
  clock.advance(std::chrono::milliseconds(20));
  EXPECT_EQ(a.send("GET k"), "_|");
  b.send("SET k 2 PX 10");
  EXPECT_EQ(a.told(), invalid("k"));
  a.send("GET k");
  clock.advance(std::chrono::milliseconds(20));
  executor.expire_due(10);
  EXPECT_EQ(a.told(), invalid("k"));
}

TEST_F(TrackingTest, WhatCachingSaidHoldsForOneCommandOrTransaction) {
  a.send("CLIENT TRACKING ON OPTIN");
  a.send("GET never");
  a.send("CLIENT CACHING YES");
  a.send("CLIENT ID");
  a.send("GET one");
  a.send("GET never");
  a.send("CLIENT CACHING YES");
  a.send("NOSUCHCOMMAND");
  a.send("GET never");
  a.send("CLIENT CACHING YES");
  a.send("MULTI");
  a.send("GET two");
  a.send("GET three");
  a.send("EXEC");
  a.send("GET never");
  b.send("MSET never 1 one 1 two 1 three 1");
  EXPECT_EQ(a.told(), invalid("one") + invalid("two") + invalid("three"));
  a.send("CLIENT TRACKING OFF");
  a.send("CLIENT TRACKING ON OPTOUT");
  a.send("GET one");
  a.send("CLIENT CACHING NO");
  a.send("GET never");
  a.send("GET two");
  b.send("MSET never 1 one 1 two 1");
  EXPECT_EQ(a.told(), invalid("one") + invalid("two"));
}

TEST_F(TrackingTest, UnderTheOldProtocolAnotherConnectionIsTold) {
  ShownClient old(executor, resp::Protocol::kResp2);
  ShownClient target(executor, resp::Protocol::kResp2);
  const std::string redirect = " REDIRECT " + std::to_string(target.session.id);
  old.send("CLIENT TRACKING ON" + redirect);
  old.send("GET k");
  b.send("SET k 1");
  EXPECT_EQ(target.told(), "");  // it listens to nothing
  target.send("SUBSCRIBE __redis__:invalidate");
  old.send("GET k");
  b.send("SET k 2");
  EXPECT_EQ(target.told(), "*3|$7|message|$20|__redis__:invalidate|*1|$1|k|");
  b.send("FLUSHALL");
  EXPECT_EQ(target.told(), "*3|$7|message|$20|__redis__:invalidate|$-1|");
  EXPECT_EQ(old.told(), "");
}

TEST_F(TrackingTest, ALostConnectionIsToldOf) {
  auto target = std::make_unique<ShownClient>(executor);
  const std::string number = std::to_string(target->session.id);
  a.send("CLIENT TRACKING ON REDIRECT " + number);
  a.send("GET k");
  target.reset();
  b.send("SET k 1");
  EXPECT_EQ(a.told(), ">2|$21|tracking-redir-broken|:" + number + "|");
  EXPECT_TRUE(a.session.tracking.broken);
  a.send("CLIENT TRACKING ON");
  EXPECT_FALSE(a.session.tracking.broken);
}

TEST_F(TrackingTest, BroadcastTellsOnceATurnInOrder) {
  a.send("CLIENT TRACKING ON BCAST PREFIX b PREFIX a");
  for (const std::string_view line : {"SET b1 1", "SET a2 1", "SET c 1", "SET a1 1", "SET b1 2"}) {
    EXPECT_EQ(b.send(line), "+OK|");
  }
  EXPECT_EQ(a.told(), "");
  EXPECT_FALSE(hub.end_turn());
  EXPECT_EQ(a.told(), ">2|$10|invalidate|*2|$2|a1|$2|a2|" + invalid("b1"));
  hub.end_turn();
  EXPECT_EQ(a.told(), "");
  EXPECT_EQ(statistics().prefixes, 2U);
  a.send("CLIENT TRACKING OFF");
  EXPECT_EQ(statistics().prefixes, 0U);
}

TEST_F(TrackingTest, BroadcastPassesOverWhatTheClientDidLast) {
  a.send("CLIENT TRACKING ON BCAST NOLOOP");
  b.send("CLIENT TRACKING ON BCAST");
  a.send("SET mine 1");
  b.send("SET mine 2");
  b.send("SET yours 1");
  a.send("SET yours 2");
  hub.end_turn();
  EXPECT_EQ(a.told(), invalid("mine"));
  EXPECT_EQ(b.told(), ">2|$10|invalidate|*2|$4|mine|$5|yours|");
  a.send("SET k 1 PX 10");
  hub.end_turn();
  EXPECT_EQ(a.told(), "");
  clock.advance(std::chrono::milliseconds(20));
  a.send("GET k");
  hub.end_turn();
  EXPECT_EQ(a.told(), invalid("k"));
}

TEST_F(TrackingTest, AKeyThatChangesOverAndOverTakesNoMoreRoom) {
  a.send("CLIENT TRACKING ON BCAST");
  for (int i = 0; i < 20'000; ++i) {
    b.send("INCR k" + std::to_string(i % 3));
  }
  hub.end_turn();
  EXPECT_EQ(a.told(), ">2|$10|invalidate|*3|$2|k0|$2|k1|$2|k2|");
}

TEST_F(TrackingTest, FlushTellsOnceOfEverything) {
  a.send("CLIENT TRACKING ON");
  a.send("GET k");
  b.send("SWAPDB 0 1");
  EXPECT_EQ(a.told(), "");
  b.send("FLUSHALL");
  EXPECT_EQ(a.told(), ">2|$10|invalidate|_|");
  EXPECT_EQ(statistics().keys, 0U);
  b.send("SET k 1");
  EXPECT_EQ(a.told(), "");
  EXPECT_EQ(a.send("FLUSHDB"), "+OK|>2|$10|invalidate|_|");
}

TEST_F(TrackingTest, BeyondTheLimitKeysAreDeclaredChanged) {
  hub.tracking().set_max_keys(10);
  a.send("CLIENT TRACKING ON");
  std::string told;
  for (int i = 0; i < 15; ++i) {
    told += a.send("GET k" + std::to_string(i));
  }
  EXPECT_EQ(statistics().keys, 10U);
  std::size_t messages = 0;
  for (std::size_t at = 0; (at = told.find("invalidate", at)) != std::string::npos; ++at) {
    ++messages;
  }
  EXPECT_EQ(messages, 5U);
  hub.tracking().set_max_keys(0);
  for (int i = 0; i < 2000; ++i) {
    a.send("GET many" + std::to_string(i));
  }
  hub.tracking().set_max_keys(10);
  EXPECT_TRUE(hub.end_turn());
  while (hub.end_turn()) {
  }
  EXPECT_EQ(statistics().keys, 10U);
}

TEST_F(TrackingTest, NothingIsLeftOfThoseWhoWent) {
  for (int i = 0; i < 1000; ++i) {
    ShownClient passing(executor);
    passing.send("CLIENT TRACKING ON");
    passing.send("GET k");
  }
  EXPECT_EQ(statistics().keys, 0U);
  a.send("CLIENT TRACKING ON");
  for (int i = 0; i < 1000; ++i) {
    ShownClient passing(executor);
    passing.send("CLIENT TRACKING ON");
    passing.send("GET k");
  }
  a.send("GET k");
  EXPECT_LE(statistics().items, 4U);
  b.send("SET k 1");
  EXPECT_EQ(a.told(), invalid("k"));
  EXPECT_EQ(a.send("RESET"), "+RESET|");
  EXPECT_EQ(statistics().clients, 0U);
  EXPECT_FALSE(hub.tracking().wants_changes());
}

TEST_F(TrackingTest, AgreesWithAModel) {
  constexpr std::size_t kClients = 30;
  std::vector<std::unique_ptr<ShownClient>> clients(kClients);
  std::map<std::string, std::set<std::size_t>> model;
  std::mt19937 random(11);
  for (int step = 0; step < 30'000; ++step) {
    const std::size_t who = random() % kClients;
    const std::string key = "key:" + std::to_string(random() % 40);
    if (clients[who] == nullptr) {
      clients[who] = std::make_unique<ShownClient>(executor);
      clients[who]->send("CLIENT TRACKING ON");
    }
    const auto action = random() % 100;
    if (action < 70) {
      clients[who]->send("GET " + key);
      model[key].insert(who);
    } else if (action < 73) {
      clients[who].reset();
      for (auto& [name, readers] : model) readers.erase(who);
    } else {
      b.send("SET " + key + " 1");
      for (std::size_t i = 0; i < kClients; ++i) {
        if (clients[i] != nullptr) {
          ASSERT_EQ(clients[i]->told(), model[key].contains(i) ? invalid(key) : "") << step;
        }
      }
      model[key].clear();
    }
  }
}

TEST(TrackedKeys, CountsAndFreesInSteps) {
  TrackedKeys keys(1);
  const auto alive = [](std::uint64_t) { return true; };
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    for (std::uint64_t client = 0; client <= i % 3; ++client) {
      keys.add("key" + std::to_string(i), 5 - client, alive);
      keys.add("key" + std::to_string(i), 5 - client, alive);
    }
  }
  EXPECT_EQ(keys.size(), 10'000U);
  EXPECT_EQ(keys.clients(), 19'999U);
  TrackedKey* const key = keys.take("key2");
  const auto clients = key->clients();
  EXPECT_EQ(std::vector<std::uint64_t>(clients.begin(), clients.end()),
            (std::vector<std::uint64_t>{3, 4, 5}));
  TrackedKey::destroy(key);
  EXPECT_EQ(keys.take("key2"), nullptr);
  EXPECT_EQ(keys.clients(), 19'996U);
  keys.clear();
  EXPECT_EQ(keys.size(), 0U);
  keys.add("key2", 1, alive);
  EXPECT_TRUE(keys.release_some(100));
  while (keys.release_some(100)) {
  }
  EXPECT_EQ(keys.size(), 1U);
}

}  // namespace
}  // namespace sorrel::pubsub
