// SPDX-License-Identifier: BSD-3-Clause
//
// A core with every family of commands and a keyspace of every type and encoding, small and large;
// and all that it holds as text, to be compared with what was made of it elsewhere. Names and
// values are free of line breaks.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/commands/families.h>
#include <sorrel/keyspace/snapshot.h>
#include <sorrel/types/stream.h>

#include "support/command_fixture.h"

namespace sorrel::test {

// Text that compression can shorten, a little.
inline std::string words_of(std::size_t size, unsigned seed) {
  std::string text;
  while (text.size() < size) {
    seed = seed * 1664525U + 1013904223U;
    text += "some words " + std::to_string(seed >> 8);
  }
  text.resize(size);
  return text;
}

class EveryType : public CommandFixture {
 public:
  EveryType()
      : CommandFixture({&commands::add_connection_commands, &commands::add_string_commands,
                        &commands::add_key_commands, &commands::add_list_commands,
                        &commands::add_set_commands, &commands::add_sorted_set_commands,
                        &commands::add_hash_commands, &commands::add_stream_commands}) {}

  void must(std::initializer_list<std::string_view> words) {
    const std::string reply = run(words);
    ASSERT_FALSE(reply.starts_with("-")) << *words.begin() << ": " << reply;
  }

  // A key or two of each type and compact encoding, in databases 0 and 5.
  void fill_small() {
    must({"SELECT", "0"});
    must({"SET", "integer", "12345"});
    must({"SET", "small", "hello", "PX", "50000"});
    must({"SET", "long", words_of(60, 3)});
    must({"HSET", "small hash", "f", "v", "g", words_of(60, 3), "h", "17"});
    must({"SADD", "small set", "f", "v", "1000", words_of(60, 3)});
    must({"SADD", "small intset", "1", "2", "70000"});
    must({"ZADD", "small zset", "1.5", "v", "2", words_of(60, 3), "-inf", "w"});
    must({"XADD", "small stream", "5-1", "name", "anna", "value", "1"});
    must({"XADD", "small stream", "5-2", "name", "bert"});
    must({"XGROUP", "CREATE", "small stream", "group", "0"});
    must({"XREADGROUP", "GROUP", "group", "c", "COUNT", "1", "STREAMS", "small stream", ">"});
    must({"XGROUP", "CREATE", "empty stream", "group", "0", "MKSTREAM"});
    must({"SELECT", "5"});
    must({"RPUSH", "small list", "a", "1", words_of(60, 3)});
    must({"HSET", "small deadlines", "f", "v", "g", "w"});
    must({"HPEXPIREAT", "small deadlines", "4102444800000", "FIELDS", "1", "f"});
    must({"PEXPIREAT", "small deadlines", "4102444800001"});
    must({"SELECT", "0"});
  }

  // The large encodings: some thousand elements each.
  void fill_large(unsigned elements = 3000) {
    for (const std::size_t size : {20U, 21U, 1024U, 1025U, 16U << 10, (16U << 10) + 1, 1U << 20}) {
      must({"SET", "string" + std::to_string(size), words_of(size, 7)});
    }
    for (unsigned i = 0; i < elements; ++i) {
      const std::string text = words_of(i % 90, i);
      const std::string number = std::to_string(i * 77);
      const std::string deadline = std::to_string(4'102'444'800'000 + i);
      must({"RPUSH", "list", text});
      must({"SADD", "set", number, text});
      must({"SADD", "intset", std::to_string(i % 400)});
      must({"ZADD", "zset", number, text});
      must({"HSET", "hash", number, text});
      must({"HSET", "deadlines", number, text});
      if (i % 3 == 0) must({"HPEXPIREAT", "deadlines", deadline, "FIELDS", "1", number});
    }
    must({"RPUSH", "list", words_of(400'000, 1), "short", words_of(20'000, 2)});
    must({"PEXPIREAT", "zset", "4102444800002"});
    fill_stream(elements);
  }

  // Changes a little of each large collection, in another way each time, and some small keys.
  void disturb() {
    for (unsigned i = 0; i < 5; ++i, ++disturbed_) {
      const std::string number = std::to_string(disturbed_ * 13 % 3000 * 77);
      const std::string name = "new " + number;
      must({"HSET", "hash", number, "changed", name, "v"});
      must({"HDEL", "hash", std::to_string(disturbed_ * 7 % 3000 * 77)});
      must({"HPEXPIREAT", "deadlines", "1", "FIELDS", "1", number});
      must({"HPERSIST", "deadlines", "FIELDS", "1", std::to_string(disturbed_ * 7 % 3000 * 77)});
      must({"SREM", "set", number});
      must({"SADD", "set", name});
      must({"SADD", "intset", std::to_string(disturbed_ + 100'000)});
      must({"ZINCRBY", "zset", "5", words_of(disturbed_ * 13 % 90, disturbed_ * 13)});
      must({"ZADD", "zset", "3", name});
      must({"ZREMRANGEBYRANK", "zset", "0", "0"});
      must({"RPUSH", "list", name});
      must({"LPOP", "list"});
      must({"SET", name, "new"});
      must({"PEXPIREAT", "hash", "4102444800009"});
      must({"PEXPIREAT", "integer", "4102444800009"});
    }
  }

  // Everything to a writer of images or commands, in an order that depends on the keyspace alone;
  // in slices of `budget` elements, or each key at once (SIZE_MAX).
  template <class Writer>
  void write_all(Writer& writer, std::size_t budget) const {
    for (std::size_t i = 0; i < keyspace.database_count(); ++i) {
      const keyspace::Database& database = keyspace.database(i);
      if (database.size() == 0) continue;
      writer.select(database.number());
      std::uint64_t cursor = 0;
      do {
        cursor = database.scan(cursor, [&](const keyspace::Record& record) {
          if (budget == SIZE_MAX) {
            writer.key(record);
            return;
          }
          const auto value = writer.begin_key(const_cast<keyspace::Record&>(record));
          while (!writer.go_on(*value, budget)) {
          }
        });
      } while (cursor != 0);
    }
    writer.end();
  }

  // Writes the keyspace as it is now, in small slices, and calls between() after each.
  template <class Writer, class Between>
  void write_snapshot(Writer& writer, Between&& between) {
    keyspace::Snapshot snapshot(keyspace);
    const auto write_small = [&](std::uint32_t number, const keyspace::Record& record) {
      writer.select(number);
      writer.key(record);
      return true;
    };
    while (!snapshot.done()) {
      snapshot.step(1, write_small);
      between();
      while (const auto kept = snapshot.take()) {
        writer.select(kept.database());
        const auto value = writer.begin_key(kept.record());
        while (!writer.go_on(*value, 10)) between();
        snapshot.release(kept);
      }
    }
  }

  // What the keyspace holds, a line or more for each key; without when consumers were last seen.
  std::string contents(bool encodings = true) {
    std::string text;
    for (std::size_t number = 0; number < keyspace.database_count(); ++number) {
      must({"SELECT", std::to_string(number)});
      std::vector<std::string> keys = bulk_texts(run({"KEYS", "*"}));
      std::sort(keys.begin(), keys.end());
      for (const std::string& key : keys) {
        text += std::to_string(number) + " " + key + " ";
        if (encodings) text += run({"OBJECT", "ENCODING", key});
        text += run({"PEXPIRETIME", key}) + value_of(key);
      }
    }
    must({"SELECT", "0"});
    return text;
  }

 private:
  unsigned disturbed_ = 0;

  void fill_stream(unsigned entries) {
    for (unsigned i = 1; i < entries; ++i) {
      must({"XADD", "stream", std::to_string(i) + "-1", "name", words_of(i % 50, i)});
    }
    must({"XADD", "stream", "18446744073709551615-18446744073709551615", "the", "last"});
    for (const std::string_view group : {"first", "second", "third"}) {
      must({"XGROUP", "CREATE", "stream", group, "0"});
      for (const std::string_view consumer : {"anna", "bert"}) {
        must({"XREADGROUP", "GROUP", group, consumer, "COUNT", "300", "STREAMS", "stream", ">"});
      }
    }
    must({"XDEL", "stream", "1000-1", "1500-1"});
    must({"XGROUP", "CREATECONSUMER", "stream", "third", "idle"});
    must({"XGROUP", "CREATE", "stream", "empty", "$"});
  }

  std::string value_of(const std::string& key) {
    const std::string type = run({"TYPE", key});
    if (type == "+string\r\n") return run({"GET", key});
    if (type == "+list\r\n") return run({"LRANGE", key, "0", "-1"});
    if (type == "+set\r\n") return sorted(bulk_texts(run({"SMEMBERS", key})));
    if (type == "+zset\r\n") return run({"ZRANGE", key, "0", "-1", "WITHSCORES"});
    if (type == "+hash\r\n") return fields_of(key);
    return entries_of(key);
  }

  std::string fields_of(const std::string& key) {
    const std::vector<std::string> texts = bulk_texts(run({"HGETALL", key}));
    std::vector<std::string> fields;
    for (std::size_t i = 0; i < texts.size(); i += 2) {
      fields.push_back(texts[i] + "=" + texts[i + 1] +
                       run({"HPEXPIRETIME", key, "FIELDS", "1", texts[i]}));
    }
    return sorted(std::move(fields));
  }

  std::string entries_of(const std::string& key) {
    const auto& stream =
        keyspace.database(session.database).find(keyspace.key(key))->collection<types::Stream>();
    std::string text = run({"XRANGE", key, "-", "+"}) + run({"XINFO", "GROUPS", key});
    for (const auto& [name, group] : stream.groups()) {
      text += name + " " + run({"XPENDING", key, name, "-", "+", "100000"});
      for (const auto& [consumer, held] : group.consumers()) text += consumer + " ";
    }
    char scratch[types::StreamId::kMaxText];
    text += std::string(stream.last_id().text(scratch)) + " ";
    text += std::string(stream.max_deleted_id().text(scratch)) + " ";
    return text + std::to_string(stream.entries_added()) + "\n";
  }

  static std::string sorted(std::vector<std::string> texts) {
    std::sort(texts.begin(), texts.end());
    std::string all;
    for (const std::string& text : texts) all += text + "\n";
    return all;
  }
};

}  // namespace sorrel::test
