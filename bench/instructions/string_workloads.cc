// SPDX-License-Identifier: BSD-3-Clause
//
// Strings and keys: a hundred thousand of them, drawn at random.
#include <memory>

#include "workload.h"

namespace sorrel::bench {
namespace {

constexpr std::uint64_t kKeys = 100'000;
constexpr std::string_view kValue = "0123456789abcdef0123456789abcdef";
constexpr std::size_t kMany = 10;  // keys of an MSET or MGET

std::string name(std::uint64_t number) { return numbered("key:", number); }
std::string counter(std::uint64_t number) { return numbered("cnt:", number); }

void fill(Core& core) {
  for (std::uint64_t i = 0; i < kKeys; ++i) {
    core.run({"SET", name(i), kValue});
  }
}

// Over a hundred seconds, a key a millisecond: among equal deadlines the order is that of
// addresses.
void fill_with_deadlines(Core& core) {
  for (std::uint64_t i = 0; i < kKeys; ++i) {
    core.run({"SET", name(i), kValue, "PX", std::to_string(250'000 + i * 7919 % kKeys)});
  }
}

// One command of a key drawn at random.
Maker on_random_key(std::string command) {
  return [command](base::Random& random) { return request({command, name(random.below(kKeys))}); };
}

Maker get(Core& core) {
  fill(core);
  return on_random_key("GET");
}
Maker get_missing(Core& core) {
  fill(core);
  return [](base::Random& random) { return request({"GET", counter(random.below(kKeys))}); };
}
Maker set(Core& core) {
  fill(core);
  return [](base::Random& random) { return request({"SET", name(random.below(kKeys)), kValue}); };
}
Maker set_new(Core& core) {
  fill(core);
  return [next = kKeys](base::Random&) mutable { return request({"SET", name(next++), kValue}); };
}
Maker set_ex(Core& core) {
  fill_with_deadlines(core);
  return [](base::Random& random) {
    return request({"SET", name(random.below(kKeys)), kValue, "EX", "300"});
  };
}
Maker set_ex_new(Core& core) {
  fill_with_deadlines(core);
  return [next = kKeys](base::Random&) mutable {
    return request({"SET", name(next++), kValue, "EX", "300"});
  };
}
// Each key is gone a millisecond, fifty turns, later: what it costs to come and to expire.
Maker set_px_expiring(Core& core) {
  fill(core);
  return [next = kKeys](base::Random&) mutable {
    return request({"SET", name(next++), kValue, "PX", "1"});
  };
}
Maker incr(Core& core) {
  for (std::uint64_t i = 0; i < kKeys; ++i) {
    core.run({"SET", counter(i), "1000"});
  }
  return [](base::Random& random) { return request({"INCR", counter(random.below(kKeys))}); };
}
Maker append(Core& core) {
  fill(core);
  return [](base::Random& random) { return request({"APPEND", name(random.below(kKeys)), "x"}); };
}
Maker getrange(Core& core) {
  fill(core);
  return [](base::Random& random) {
    return request({"GETRANGE", name(random.below(kKeys)), "4", "11"});
  };
}
Maker mset(Core& core) {
  fill(core);
  return [](base::Random& random) {
    std::vector<std::string> words{"MSET"};
    for (std::size_t i = 0; i < kMany; ++i) {
      words.push_back(name(random.below(kKeys)));
      words.emplace_back(kValue);
    }
    const std::vector<std::string_view> views(words.begin(), words.end());
    return request(views);
  };
}
Maker mget(Core& core) {
  fill(core);
  return [](base::Random& random) {
    std::vector<std::string> words{"MGET"};
    for (std::size_t i = 0; i < kMany; ++i) {
      words.push_back(name(random.below(kKeys)));
    }
    const std::vector<std::string_view> views(words.begin(), words.end());
    return request(views);
  };
}

Maker del(Core& core) {
  fill(core);
  // An odd number of steps of that width meets each key once: 7919 and 100,000 have no factor in
  // common.
  return [next = std::uint64_t{0}](base::Random&) mutable {
    return request({"DEL", name(next++ * 7919 % kKeys)});
  };
}
Maker exists(Core& core) {
  fill(core);
  return on_random_key("EXISTS");
}
Maker expire(Core& core) {
  fill_with_deadlines(core);
  return [](base::Random& random) {
    return request({"EXPIRE", name(random.below(kKeys)), std::to_string(100 + random.below(1000))});
  };
}
Maker persist_expire(Core& core) {
  fill(core);
  return [](base::Random& random) {
    const std::string key = name(random.below(kKeys));
    return request({"EXPIRE", key, "100"}) + request({"PERSIST", key});
  };
}
Maker ttl(Core& core) {
  fill_with_deadlines(core);
  return on_random_key("TTL");
}
Maker type(Core& core) {
  fill(core);
  return on_random_key("TYPE");
}
Maker rename(Core& core) {
  fill(core);
  return [](base::Random& random) {
    const std::string key = name(random.below(kKeys));
    return request({"RENAME", key, "elsewhere"}) + request({"RENAME", "elsewhere", key});
  };
}
// The cursors are those of one whole walk.
Maker scan(Core& core) {
  fill(core);
  auto cursors = std::make_shared<std::vector<std::string>>(1, "0");
  do {
    // *2, the cursor as a bulk string, then the names.
    const std::string reply = core.run({"SCAN", cursors->back()});
    const std::size_t begin = reply.find("\r\n", 4) + 2;
    cursors->push_back(reply.substr(begin, reply.find("\r\n", begin) - begin));
  } while (cursors->back() != "0");
  return [cursors](base::Random& random) {
    return request({"SCAN", (*cursors)[random.below(cursors->size())]});
  };
}

}  // namespace

std::vector<Workload> string_workloads() {
  return {
      of_commands("strings", "append", append),
      of_commands("strings", "get", get),
      of_commands("strings", "get_missing", get_missing, Nulls::kExpected),
      of_commands("strings", "getrange", getrange),
      of_commands("strings", "incr", incr),
      of_commands("strings", "mget_10", mget),
      of_commands("strings", "mset_10", mset),
      of_commands("strings", "set", set),
      of_commands("strings", "set_ex", set_ex),
      of_commands("strings", "set_ex_new", set_ex_new),
      of_commands("strings", "set_new", set_new),
  };
}

std::vector<Workload> key_workloads() {
  return {
      of_commands("keys", "del", del),
      of_commands("keys", "exists", exists),
      of_commands("keys", "expire", expire),
      of_commands("keys", "expire_and_persist", persist_expire),
      of_commands("keys", "rename_and_back", rename),
      of_commands("keys", "scan", scan),
      of_commands("keys", "set_and_expiry", set_px_expiring),
      of_commands("keys", "ttl", ttl),
      of_commands("keys", "type", type),
  };
}

}  // namespace sorrel::bench
