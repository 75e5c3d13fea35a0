// SPDX-License-Identifier: BSD-3-Clause
//
// Lists, hashes and sets: ten thousand small ones of ten elements, drawn at random, and one of a
// hundred thousand.
#include "workload.h"

namespace sorrel::bench {
namespace {

constexpr std::uint64_t kSmall = 10'000;  // collections
constexpr std::uint64_t kElements = 10;   // of each
constexpr std::uint64_t kBig = 100'000;   // elements of the big one
constexpr std::string_view kValue = "0123456789abcdef";

std::string small(std::uint64_t number) { return numbered("small:", number); }
std::string element(std::uint64_t number) { return numbered("element:", number); }
std::string random_small(base::Random& random) { return small(random.below(kSmall)); }

// Runs the command for each element: of each small collection, or of the big one.
void fill_small(Core& core, std::string_view command, bool with_value = false) {
  for (std::uint64_t i = 0; i < kSmall; ++i) {
    const std::string key = small(i);
    for (std::uint64_t k = 0; k < kElements; ++k) {
      with_value ? core.run({command, key, element(k), kValue})
                 : core.run({command, key, element(k)});
    }
  }
}
void fill_big(Core& core, std::string_view command, bool with_value = false) {
  for (std::uint64_t i = 0; i < kBig; ++i) {
    with_value ? core.run({command, "big", element(i), kValue})
               : core.run({command, "big", element(i)});
  }
}

// ---- lists

Maker lpush_small(Core& core) {
  fill_small(core, "RPUSH");
  return [](base::Random& random) { return request({"LPUSH", random_small(random), kValue}); };
}
Maker lpop_small(Core& core) {
  fill_small(core, "RPUSH");
  // In turn: none is empty before all were asked ten times.
  return [next = std::uint64_t{0}](base::Random&) mutable {
    return request({"LPOP", small(next++ % kSmall)});
  };
}
Maker lrange_small(Core& core) {
  fill_small(core, "RPUSH");
  return [](base::Random& random) { return request({"LRANGE", random_small(random), "0", "-1"}); };
}
Maker lpush_big(Core& core) {
  fill_big(core, "RPUSH");
  return [](base::Random&) { return request({"LPUSH", "big", kValue}); };
}
Maker rpush_big(Core& core) {
  fill_big(core, "RPUSH");
  return [](base::Random&) { return request({"RPUSH", "big", kValue}); };
}
Maker rpop_big(Core& core) {
  fill_big(core, "RPUSH");
  return [](base::Random&) { return request({"RPOP", "big"}); };
}
Maker lrange_big(Core& core) {
  fill_big(core, "RPUSH");
  return [](base::Random& random) {
    const std::uint64_t first = random.below(kBig - 10);
    return request({"LRANGE", "big", std::to_string(first), std::to_string(first + 9)});
  };
}
Maker lindex_big(Core& core) {
  fill_big(core, "RPUSH");
  return [](base::Random& random) {
    return request({"LINDEX", "big", std::to_string(random.below(kBig))});
  };
}

// ---- hashes

Maker hset_small(Core& core) {
  fill_small(core, "HSET", true);
  return [](base::Random& random) {
    return request({"HSET", random_small(random), element(random.below(kElements)), kValue});
  };
}
Maker hset_of_one(Core& core) {
  for (std::uint64_t i = 0; i < kBig; ++i) {
    core.run({"HSET", small(i), "field", "value"});
  }
  return [](base::Random& random) {
    return request({"HSET", small(random.below(kBig)), "field", "value"});
  };
}
Maker hset_of_one_new(Core&) {
  return [next = std::uint64_t{0}](base::Random&) mutable {
    return request({"HSET", small(next++), "field", "value"});
  };
}
Maker hget_small(Core& core) {
  fill_small(core, "HSET", true);
  return [](base::Random& random) {
    return request({"HGET", random_small(random), element(random.below(kElements))});
  };
}
Maker hgetall_small(Core& core) {
  fill_small(core, "HSET", true);
  return [](base::Random& random) { return request({"HGETALL", random_small(random)}); };
}
Maker hset_big(Core& core) {
  fill_big(core, "HSET", true);
  return [](base::Random& random) {
    return request({"HSET", "big", element(random.below(kBig)), kValue});
  };
}
Maker hset_big_new(Core& core) {
  fill_big(core, "HSET", true);
  return [next = kBig](base::Random&) mutable {
    return request({"HSET", "big", element(next++), kValue});
  };
}
Maker hget_big(Core& core) {
  fill_big(core, "HSET", true);
  return [](base::Random& random) { return request({"HGET", "big", element(random.below(kBig))}); };
}
Maker hincrby_big(Core& core) {
  for (std::uint64_t i = 0; i < kBig; ++i) {
    core.run({"HSET", "big", element(i), "1000"});
  }
  return [](base::Random& random) {
    return request({"HINCRBY", "big", element(random.below(kBig)), "1"});
  };
}

// ---- sets

Maker sadd_small(Core& core) {
  fill_small(core, "SADD");
  return [next = kElements](base::Random& random) mutable {
    return request({"SADD", random_small(random), element(next++)});
  };
}
Maker sadd_of_one_new(Core&) {
  return [next = std::uint64_t{0}](base::Random&) mutable {
    return request({"SADD", small(next++), "member"});
  };
}
Maker sismember_small(Core& core) {
  fill_small(core, "SADD");
  return [](base::Random& random) {
    return request({"SISMEMBER", random_small(random), element(random.below(kElements))});
  };
}
Maker smembers_small(Core& core) {
  fill_small(core, "SADD");
  return [](base::Random& random) { return request({"SMEMBERS", random_small(random)}); };
}
Maker sinter_small(Core& core) {
  fill_small(core, "SADD");
  return [](base::Random& random) {
    return request({"SINTER", random_small(random), random_small(random)});
  };
}
Maker sadd_big(Core& core) {
  fill_big(core, "SADD");
  return [](base::Random& random) { return request({"SADD", "big", element(random.below(kBig))}); };
}
Maker sadd_big_new(Core& core) {
  fill_big(core, "SADD");
  return [next = kBig](base::Random&) mutable { return request({"SADD", "big", element(next++)}); };
}
Maker srem_big(Core& core) {
  fill_big(core, "SADD");
  return [next = std::uint64_t{0}](base::Random&) mutable {
    return request({"SREM", "big", element(next++ * 7919 % kBig)});
  };
}
Maker sismember_big(Core& core) {
  fill_big(core, "SADD");
  return [](base::Random& random) {
    return request({"SISMEMBER", "big", element(random.below(kBig))});
  };
}
Maker sadd_integers(Core& core) {
  for (std::uint64_t i = 0; i < kSmall; ++i) {
    core.run({"SADD", small(i), "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"});
  }
  return [](base::Random& random) {
    return request({"SADD", random_small(random), std::to_string(random.below(100))});
  };
}

}  // namespace

std::vector<Workload> list_workloads() {
  return {
      of_commands("lists", "lindex_big", lindex_big),
      of_commands("lists", "lpop_small", lpop_small),
      of_commands("lists", "lpush_big", lpush_big),
      of_commands("lists", "lpush_small", lpush_small),
      of_commands("lists", "lrange_10_big", lrange_big),
      of_commands("lists", "lrange_10_small", lrange_small),
      of_commands("lists", "rpop_big", rpop_big),
      of_commands("lists", "rpush_big", rpush_big),
  };
}

std::vector<Workload> hash_workloads() {
  return {
      of_commands("hashes", "hget_big", hget_big),
      of_commands("hashes", "hget_small", hget_small),
      of_commands("hashes", "hgetall_10_small", hgetall_small),
      of_commands("hashes", "hincrby_big", hincrby_big),
      of_commands("hashes", "hset_big", hset_big),
      of_commands("hashes", "hset_big_new", hset_big_new),
      of_commands("hashes", "hset_of_one", hset_of_one),
      of_commands("hashes", "hset_of_one_new", hset_of_one_new),
      of_commands("hashes", "hset_small", hset_small),
  };
}

std::vector<Workload> set_workloads() {
  return {
      of_commands("sets", "sadd_big", sadd_big),
      of_commands("sets", "sadd_big_new", sadd_big_new),
      of_commands("sets", "sadd_integers", sadd_integers),
      of_commands("sets", "sadd_of_one_new", sadd_of_one_new),
      of_commands("sets", "sadd_small_new", sadd_small),
      of_commands("sets", "sinter_small", sinter_small),
      of_commands("sets", "sismember_big", sismember_big),
      of_commands("sets", "sismember_small", sismember_small),
      of_commands("sets", "smembers_10_small", smembers_small),
      of_commands("sets", "srem_big", srem_big),
  };
}

}  // namespace sorrel::bench
