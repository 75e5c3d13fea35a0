// SPDX-License-Identifier: BSD-3-Clause
//
// Fuzzes RESTORE. The first byte chooses the format's version and the limits of the compact forms;
// the rest is the body of a payload, which is sealed here so that the fuzzer need not find the
// checksum. What is taken must be a value like any other: it can be read, dumped and restored
// without a difference, changed by the verbs of its type, copied and freed. All else must be
// refused as a bad format and leave no key behind.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sorrel/base/crc.h>
#include <sorrel/commands/families.h>
#include <sorrel/persist/dump_commands.h>

#include "support/command_fixture.h"

namespace {

using namespace sorrel;
using Words = std::vector<std::string_view>;

void require(bool condition, int line = __builtin_LINE()) {
  if (!condition) {
    std::fprintf(stderr, "not so: line %d\n", line);
    std::abort();
  }
}

struct Family {
  std::string_view reply_of_type;
  Words size;
  Words contents;
  std::vector<Words> verbs;  // reads first, then changes
};

const std::vector<Family> kFamilies = {
    {"+string\r\n",
     {"STRLEN", "k"},
     {"GET", "k"},
     {{"BITCOUNT", "k"},
      {"PFCOUNT", "k"},
      {"GETRANGE", "k", "-3", "-1"},
      {"PFADD", "k", "a", "b"},
      {"INCR", "k"},
      {"SETRANGE", "k", "5", "xyz"},
      {"APPEND", "k", "tail"}}},
    {"+list\r\n",
     {"LLEN", "k"},
     {"LRANGE", "k", "0", "-1"},
     {{"LINDEX", "k", "-1"},
      {"LPOS", "k", "a", "COUNT", "0"},
      {"LINSERT", "k", "BEFORE", "a", "new"},
      {"LSET", "k", "-1", "12345"},
      {"RPUSH", "k", "x", "-7"},
      {"LPUSH", "k", "y"},
      {"LREM", "k", "0", "a"},
      {"LTRIM", "k", "1", "-2"},
      {"LPOP", "k", "2"}}},
    {"+set\r\n",
     {"SCARD", "k"},
     {"SMEMBERS", "k"},
     {{"SRANDMEMBER", "k", "-5"},
      {"SSCAN", "k", "0"},
      {"SADD", "k", "1", "-70000", "text"},
      {"SREM", "k", "1", "a"},
      {"SPOP", "k", "2"},
      {"SUNIONSTORE", "k", "k", "k2"}}},
    {"+zset\r\n",
     {"ZCARD", "k"},
     {"ZRANGE", "k", "0", "-1", "WITHSCORES"},
     {{"ZRANGEBYSCORE", "k", "(0", "+inf"},
      {"ZRANK", "k", "a", "WITHSCORE"},
      {"ZADD", "k", "1", "a", "-inf", "b"},
      {"ZINCRBY", "k", "2.5", "a"},
      {"ZREMRANGEBYRANK", "k", "1", "2"},
      {"ZREM", "k", "b"},
      {"ZPOPMIN", "k", "2"}}},
    {"+hash\r\n",
     {"HLEN", "k"},
     {"HGETALL", "k"},
     {{"HRANDFIELD", "k", "-3", "WITHVALUES"},
      {"HPEXPIRETIME", "k", "FIELDS", "2", "a", "f0"},
      {"HSCAN", "k", "0"},
      {"HSET", "k", "a", "1", "new", "text"},
      {"HPEXPIRE", "k", "1000000", "FIELDS", "2", "a", "f0"},
      {"HINCRBY", "k", "a", "5"},
      {"HPERSIST", "k", "FIELDS", "1", "f0"},
      {"HDEL", "k", "a", "f1"}}},
    {"+stream\r\n",
     {"XLEN", "k"},
     {"XRANGE", "k", "-", "+"},
     {{"XREVRANGE", "k", "+", "-", "COUNT", "3"},
      {"XINFO", "STREAM", "k"},
      {"XINFO", "STREAM", "k", "FULL", "COUNT", "0"},
      {"XINFO", "GROUPS", "k"},
      {"XINFO", "CONSUMERS", "k", "g"},
      {"XPENDING", "k", "g", "IDLE", "5", "-", "+", "10"},
      {"XPENDING", "k", "g"},
      {"XPENDING", "k", "g", "-", "+", "10"},
      {"XREADGROUP", "GROUP", "g", "c", "COUNT", "3", "STREAMS", "k", ">"},
      {"XREADGROUP", "GROUP", "g", "c", "STREAMS", "k", "0"},
      {"XCLAIM", "k", "g", "d", "5", "1-0", "1-1"},
      {"XAUTOCLAIM", "k", "g", "d", "5", "0"},
      {"XAUTOCLAIM", "k", "g", "d", "0", "0"},
      {"XADD", "k", "*", "f", "v"},
      {"XGROUP", "CREATE", "k", "new", "0"},
      {"XREADGROUP", "GROUP", "new", "c", "NOACK", "STREAMS", "k", ">"},
      {"XTRIM", "k", "MAXLEN", "2"},
      {"XDEL", "k", "1-0", "1-1"},
      {"XDEL", "k", "2-0"},
      {"XSETID", "k", "1-2", "ENTRIESADDED", "1000", "MAXDELETEDID", "1-0"},
      {"XSETID", "k", "2-0"},
      {"XADD", "k", "MAXLEN", "~", "1", "*", "g", "w"},
      {"XREADGROUP", "GROUP", "g", "e", "STREAMS", "k", ">"},
      {"XINFO", "GROUPS", "k"},
      {"XGROUP", "DESTROY", "k", "g"}}}};

test::CommandFixture& server() {
  static test::CommandFixture fixture(
      {&commands::add_string_commands, &commands::add_key_commands, &commands::add_list_commands,
       &commands::add_set_commands, &commands::add_sorted_set_commands,
       &commands::add_hash_commands, &commands::add_stream_commands, &commands::add_bitmap_commands,
       &commands::add_hyperloglog_commands,
       static_cast<test::CommandFixture::AddFamily>(&persist::add_dump_commands)});
  return fixture;
}

std::string run(const Words& words) {
  return server().run(std::span<const std::string_view>(words));
}

std::string sealed(std::string body, unsigned version) {
  body += static_cast<char>(version);
  body += '\0';
  const std::uint64_t checksum = base::crc64(body);
  for (unsigned i = 0; i < 8; ++i) {
    body += static_cast<char>(checksum >> (8 * i) & 0xff);
  }
  return body;
}

// The bulk string of a reply.
std::string bulk(const std::string& reply) {
  require(!reply.empty() && reply[0] == '$' && reply[1] != '-');
  const std::size_t begin = reply.find("\r\n") + 2;
  return reply.substr(begin, reply.size() - begin - 2);
}

// The same bytes in whatever order: sets and hashes have none.
std::string ordered(std::string reply) {
  std::sort(reply.begin(), reply.end());
  return reply;
}

void choose_limits(unsigned choice) {
  types::Settings& settings = server().keyspace.settings();
  const std::uint64_t entries = choice == 0 ? 128 : choice == 1 ? 4 : choice == 2 ? 0 : 100000;
  settings.zset_max_listpack_entries = entries;
  settings.hash_max_listpack_entries = entries;
  settings.set_max_listpack_entries = entries;
  settings.set_max_intset_entries = entries;
  settings.stream_node_max_entries = entries;
  settings.list_max_listpack_size = choice == 1 ? 4 : choice == 2 ? 1 : -2;
}

void use(const Family& family) {
  const std::string size = run(family.size);
  require(size[0] == ':');
  const std::string contents = run(family.contents);
  require(contents[0] != '-');
  const std::string again = bulk(run({"DUMP", "k"}));
  require(run({"RESTORE", "k2", "0", again}) == "+OK\r\n");
  require(run({"RENAME", "k2", "k"}) == "+OK\r\n");
  require(run(family.size) == size);
  require(ordered(run(family.contents)) == ordered(contents));
  require(run({"COPY", "k", "k2"}) == ":1\r\n");
  for (const Words& verb : family.verbs) {
    run(verb);
  }
  run(family.contents);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  constexpr unsigned kVersions[] = {12, 11, 10, 9, 8, 6, 3, 80};
  choose_limits(data[0] >> 3 & 3);
  const std::string payload = sealed(std::string(reinterpret_cast<const char*>(data) + 1, size - 1),
                                     kVersions[data[0] & 7]);
  const std::string reply = run({"RESTORE", "k", "0", payload});
  if (reply == "+OK\r\n") {
    const std::string type = run({"TYPE", "k"});
    const auto family = std::find_if(kFamilies.begin(), kFamilies.end(), [&](const Family& each) {
      return each.reply_of_type == type;
    });
    // A hash whose fields are all past their deadlines is gone at once.
    require(family != kFamilies.end() || type == "+none\r\n");
    if (family != kFamilies.end()) use(*family);
  } else {
    require(reply == "-ERR Bad data format\r\n");
    require(run({"EXISTS", "k"}) == ":0\r\n");
  }
  run({"DEL", "k", "k2"});
  while (!server().keyspace.release_some(1 << 20)) {
  }
  return 0;
}
