// SPDX-License-Identifier: BSD-3-Clause
//
// A server's core with its hub, and clients of it. One thread.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <sorrel/commands/families.h>
#include <sorrel/pubsub/hub.h>
#include <sorrel/pubsub/pubsub_commands.h>

#include "support/test_client.h"

namespace sorrel::pubsub {

// A client whose replies are shown with bars for line ends.
class ShownClient : public test::Client {
 public:
  explicit ShownClient(exec::Executor& executor, resp::Protocol protocol = resp::Protocol::kResp3)
      : Client(executor) {
    session.protocol = protocol;
  }
  // Sends a command, its words parted by single blanks.
  std::string send(std::string_view line) {
    std::vector<std::string_view> words;
    for (std::size_t at = 0; at <= line.size();) {
      const std::size_t end = std::min(line.find(' ', at), line.size());
      words.push_back(line.substr(at, end - at));
      at = end + 1;
    }
    return shown(run(words));
  }
  std::string told() { return shown(read()); }

 private:
  static std::string shown(std::string_view text) {
    std::string bars;
    for (const char c : text) {
      if (c != '\r') bars += c == '\n' ? '|' : c;
    }
    return bars;
  }
};

class HubFixture : public testing::Test {
 protected:
  HubFixture() {
    commands::add_string_commands(table);
    commands::add_key_commands(table);
    commands::add_list_commands(table);
    commands::add_stream_commands(table);
    commands::add_transaction_commands(table);
    commands::add_connection_commands(table);
    add_pubsub_commands(table, hub);
    table.seal();
    keyspace.set_now_ms(clock.wall_ms());
  }

  base::ManualClock clock;
  exec::CommandTable table;
  keyspace::Keyspace keyspace{16, 1};
  exec::Executor executor{table, keyspace, clock, 1};
  Hub hub{executor, 1};
};

}  // namespace sorrel::pubsub
