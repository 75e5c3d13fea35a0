// SPDX-License-Identifier: BSD-3-Clause
//
// For tests of the log: a core that replays, its whole keyspace as text, and requests as bytes.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sorrel/commands/families.h>

#include "support/command_fixture.h"

namespace sorrel::test {

inline std::string request(std::initializer_list<std::string_view> words) {
  std::string text = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string_view word : words) {
    text += "$" + std::to_string(word.size()) + "\r\n" + std::string(word) + "\r\n";
  }
  return text;
}

inline std::string bulk(std::string_view value) {
  return "$" + std::to_string(value.size()) + "\r\n" + std::string(value) + "\r\n";
}

class LogFixture : public CommandFixture {
 public:
  explicit LogFixture(std::uint64_t seed = 1)
      : CommandFixture({&commands::add_string_commands, &commands::add_key_commands,
                        &commands::add_sorted_set_commands, &commands::add_connection_commands},
                       seed) {}

  // Every key of the first databases with its type and value, by name, and its deadline (-1: none).
  std::vector<std::pair<std::string, std::int64_t>> dump_keys() {
    std::vector<std::pair<std::string, std::int64_t>> found;
    for (const std::string_view database : {"0", "1", "2"}) {
      run({"SELECT", database});
      std::vector<std::string> keys = bulk_strings(run({"KEYS", "*"}));
      std::sort(keys.begin(), keys.end());
      for (const std::string& key : keys) {
        const bool zset = run({"TYPE", key}) == "+zset\r\n";
        const std::string value =
            zset ? run({"ZRANGE", key, "0", "-1", "WITHSCORES"}) : run({"GET", key});
        found.emplace_back(std::string(database) + " " + key + " " + value,
                           std::stoll(run({"PEXPIRETIME", key}).substr(1)));
      }
    }
    run({"SELECT", "0"});
    executor.effect_log().clear();
    return found;
  }

  // The same as one text.
  std::string dump() {
    std::string text;
    for (const auto& [key, deadline] : dump_keys()) {
      text += key + std::to_string(deadline) + "\n";
    }
    return text;
  }

 private:
  static std::vector<std::string> bulk_strings(std::string_view reply) {
    std::vector<std::string> words;
    std::size_t at = reply.find("\r\n") + 2;
    while (at < reply.size()) {
      const std::size_t end = reply.find("\r\n", at);
      const std::size_t size = std::stoul(std::string(reply.substr(at + 1, end - at - 1)));
      words.emplace_back(reply.substr(end + 2, size));
      at = end + 2 + size + 2;
    }
    return words;
  }
};

}  // namespace sorrel::test
