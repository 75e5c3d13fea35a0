// SPDX-License-Identifier: BSD-3-Clause
//
// What goes beyond one command: transactions, scripts, messages, client side caching; the greeting
// that costs nothing but the road; and the log's encoding, which is the same commands with somebody
// who reads their effects.
#include "workload.h"

namespace sorrel::bench {
namespace {

constexpr std::uint64_t kKeys = 10'000;
constexpr std::string_view kValue = "0123456789abcdef0123456789abcdef";

std::string name(std::uint64_t number) { return numbered("key:", number); }
std::string random_name(base::Random& random) { return name(random.below(kKeys)); }

void fill(Core& core) {
  for (std::uint64_t i = 0; i < kKeys; ++i) {
    core.run({"SET", name(i), kValue});
  }
}

Maker ping(Core&) {
  return [](base::Random&) { return request({"PING"}); };
}

// ---- transactions

std::string set_random(base::Random& random) {
  return request({"SET", random_name(random), kValue});
}
std::string transaction_of_ten(base::Random& random) {
  std::string bytes = request({"MULTI"});
  for (int i = 0; i < 10; ++i) {
    bytes += set_random(random);
  }
  return bytes + request({"EXEC"});
}
Maker exec_10(Core& core) {
  fill(core);
  return transaction_of_ten;
}
Maker watch_exec(Core& core) {
  fill(core);
  return [](base::Random& random) {
    const std::string key = random_name(random);
    return request({"WATCH", key}) + request({"GET", key}) + request({"MULTI"}) +
           request({"SET", key, kValue}) + request({"EXEC"});
  };
}

// ---- scripts

// Returns: the digest by which EVALSHA knows it.
std::string load_script(Core& core, std::string_view source) {
  const std::string reply = core.run({"SCRIPT", "LOAD", source});
  return reply.substr(reply.find("\r\n") + 2, 40);
}
Maker of_script(Core& core, std::string_view source) {
  fill(core);
  return [digest = load_script(core, source)](base::Random& random) {
    return request({"EVALSHA", digest, "1", random_name(random)});
  };
}
Maker evalsha_constant(Core& core) { return of_script(core, "return 1"); }
Maker evalsha_get(Core& core) { return of_script(core, "return redis.call('GET', KEYS[1])"); }
Maker evalsha_loop(Core& core) {
  return of_script(core, "local sum = 0 for i = 1, 100 do sum = sum + i end return sum");
}

// ---- messages

Maker publish_to(Core& core, int subscribers) {
  for (int i = 0; i < subscribers; ++i) {
    core.run(core.connect(), {"SUBSCRIBE", "channel"});
  }
  return [](base::Random&) { return request({"PUBLISH", "channel", "0123456789abcdef"}); };
}
Maker publish_nobody(Core& core) { return publish_to(core, 0); }
Maker publish_one(Core& core) { return publish_to(core, 1); }
Maker publish_hundred(Core& core) { return publish_to(core, 100); }

// What is read is remembered for another client, who is told of the change.
Maker set_tracked(Core& core) {
  fill(core);
  Client& reader = core.connect();
  core.run(reader, {"HELLO", "3"});
  core.run(reader, {"CLIENT", "TRACKING", "ON", "BCAST"});
  return set_random;
}
Maker get_tracked(Core& core) {
  fill(core);
  core.run({"HELLO", "3"});
  core.run({"CLIENT", "TRACKING", "ON"});
  return [](base::Random& random) { return request({"GET", random_name(random)}); };
}

// ---- the log

Maker logged_set(Core& core) {
  fill(core);
  core.begin_log();
  return set_random;
}
Maker logged_set_ex(Core& core) {
  fill(core);
  core.begin_log();
  return [](base::Random& random) {
    return request({"SET", random_name(random), kValue, "EX", "300"});
  };
}
Maker logged_incr(Core& core) {
  core.begin_log();
  return [](base::Random& random) { return request({"INCR", random_name(random)}); };
}
Maker logged_incrbyfloat(Core& core) {
  core.begin_log();
  return [](base::Random& random) { return request({"INCRBYFLOAT", random_name(random), "0.5"}); };
}
Maker logged_hset(Core& core) {
  core.begin_log();
  return [](base::Random& random) {
    return request({"HSET", random_name(random), "field", "value"});
  };
}
Maker logged_xadd(Core& core) {
  core.begin_log();
  return [](base::Random&) { return request({"XADD", "stream", "*", "field", "value"}); };
}
Maker logged_exec(Core& core) {
  fill(core);
  core.begin_log();
  return transaction_of_ten;
}

}  // namespace

std::vector<Workload> session_workloads() {
  return {
      of_commands("connection", "ping", ping),
      of_commands("transactions", "exec_10", exec_10),
      of_commands("transactions", "watch_exec", watch_exec),
      of_commands("scripts", "evalsha_constant", evalsha_constant),
      of_commands("scripts", "evalsha_get", evalsha_get),
      of_commands("scripts", "evalsha_loop_100", evalsha_loop),
      of_commands("pubsub", "publish_to_1", publish_one),
      of_commands("pubsub", "publish_to_100", publish_hundred),
      of_commands("pubsub", "publish_to_nobody", publish_nobody),
      of_commands("tracking", "get", get_tracked),
      of_commands("tracking", "set_told_to_1", set_tracked),
  };
}

std::vector<Workload> log_workloads() {
  return {
      of_commands("log", "exec_10", logged_exec),
      of_commands("log", "hset", logged_hset),
      of_commands("log", "incr", logged_incr),
      of_commands("log", "incrbyfloat", logged_incrbyfloat),
      of_commands("log", "set", logged_set),
      of_commands("log", "set_ex", logged_set_ex),
      of_commands("log", "xadd", logged_xadd),
  };
}

}  // namespace sorrel::bench
