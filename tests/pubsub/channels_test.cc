// SPDX-License-Identifier: BSD-3-Clause
//
// Subscriptions against a model: random sessions begin and cease to listen to random topics, end
// and come again; who gets a message, and all counts, must be what plain sets say.
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/pubsub/hub.h>

#include "support/command_fixture.h"
#include "support/test_client.h"

namespace sorrel::pubsub {
namespace {

using test::Client;
using test::CommandFixture;

TEST(Channels, AgreeWithAModel) {
  constexpr std::size_t kClients = 40;
  CommandFixture server({});
  Hub hub(server.executor, 1);
  Channels& channels = hub.channels();
  std::vector<std::unique_ptr<Client>> clients(kClients);
  std::map<std::string, std::set<std::size_t>> model;
  std::mt19937 random(7);
  for (int step = 0; step < 30'000; ++step) {
    const std::size_t who = random() % kClients;
    const std::string name = "channel:" + std::to_string(random() % 60);
    if (clients[who] == nullptr) clients[who] = std::make_unique<Client>(server.executor);
    exec::Session& session = clients[who]->session;
    const auto action = random() % 100;
    if (action < 50) {
      EXPECT_EQ(channels.subscribe(session, TopicKind::kChannel, name),
                model[name].insert(who).second);
    } else if (action < 90) {
      EXPECT_EQ(channels.unsubscribe(session, TopicKind::kChannel, name),
                model[name].erase(who) == 1);
    } else if (action < 91) {
      clients[who].reset();
      for (auto& [topic, listeners] : model) listeners.erase(who);
    } else {
      EXPECT_EQ(channels.publish(name, "message"), model[name].size());
      for (std::size_t i = 0; i < kClients; ++i) {
        if (clients[i] == nullptr) continue;
        EXPECT_EQ(clients[i]->read().empty(), !model[name].contains(i)) << i;
      }
    }
    std::erase_if(model, [](const auto& entry) { return entry.second.empty(); });
    ASSERT_EQ(channels.count(TopicKind::kChannel), model.size());
  }
  for (const auto& [name, listeners] : model) {
    EXPECT_EQ(channels.listeners(TopicKind::kChannel, name), listeners.size());
  }
  clients.clear();
  EXPECT_EQ(channels.count(TopicKind::kChannel), 0U);
  EXPECT_EQ(channels.sessions(), 0U);
}

// In the order in which the table holds them, which would pile up what is left when it shrinks.
TEST(Channels, AllEndInTheOrderOfTheTable) {
  constexpr std::size_t kMany = 100'000;
  CommandFixture server({});
  Hub hub(server.executor, 1);
  Channels& channels = hub.channels();
  Client client(server.executor);
  for (std::size_t i = 0; i < kMany; ++i) {
    channels.subscribe(client.session, TopicKind::kChannel, "channel:" + std::to_string(i));
  }
  const auto names = channels.names_of(client.session, TopicKind::kChannel);
  ASSERT_EQ(names.size(), kMany);
  for (const std::string& name : names) {
    ASSERT_TRUE(channels.unsubscribe(client.session, TopicKind::kChannel, name));
  }
  EXPECT_EQ(channels.count(TopicKind::kChannel), 0U);
  EXPECT_EQ(channels.sessions(), 0U);
}

TEST(Channels, KindsHaveNothingToDoWithEachOther) {
  CommandFixture server({});
  Hub hub(server.executor, 1);
  Client client(server.executor);
  hub.channels().subscribe(client.session, TopicKind::kShardChannel, "c");
  EXPECT_EQ(hub.channels().publish("c", "x"), 0U);
  EXPECT_EQ(hub.channels().publish_to_shard("c", "x"), 1U);
  EXPECT_EQ(client.read(), "*3\r\n$8\r\nsmessage\r\n$1\r\nc\r\n$1\r\nx\r\n");
  client.session.protocol = resp::Protocol::kResp3;
  hub.channels().subscribe(client.session, TopicKind::kPattern, "c*");
  EXPECT_EQ(hub.channels().publish("cat", "x"), 1U);
  EXPECT_EQ(client.read(), ">4\r\n$8\r\npmessage\r\n$2\r\nc*\r\n$3\r\ncat\r\n$1\r\nx\r\n");
}

}  // namespace
}  // namespace sorrel::pubsub
