// SPDX-License-Identifier: BSD-3-Clause
//
// Sorted sets: ten thousand boards of ten members, drawn at random, and one of a hundred thousand
// with scores that hardly two members share.
#include "workload.h"

namespace sorrel::bench {
namespace {

constexpr std::uint64_t kSmall = 10'000;
constexpr std::uint64_t kMembers = 10;
constexpr std::uint64_t kBig = 100'000;

std::string small(std::uint64_t number) { return numbered("board:", number); }
std::string random_small(base::Random& random) { return small(random.below(kSmall)); }
std::string member(std::uint64_t number) { return numbered("post:", number); }
std::string random_score(base::Random& random) { return std::to_string(random.below(kBig)); }

void fill_small(Core& core) {
  for (std::uint64_t i = 0; i < kSmall; ++i) {
    const std::string key = small(i);
    for (std::uint64_t k = 0; k < kMembers; ++k) {
      core.run({"ZADD", key, std::to_string(k * 7 % kMembers), member(k)});
    }
  }
}
void fill_big(Core& core) {
  for (std::uint64_t i = 0; i < kBig; ++i) {
    core.run({"ZADD", "big", std::to_string(i * 7919 % 100'003), member(i)});
  }
}

// One command of a random member, of a random small board or of the big one.
Maker of_small_member(Core& core, std::string command) {
  fill_small(core);
  return [command](base::Random& random) {
    return request({command, random_small(random), member(random.below(kMembers))});
  };
}
Maker of_big_member(Core& core, std::string command) {
  fill_big(core);
  return [command](base::Random& random) {
    return request({command, "big", member(random.below(kBig))});
  };
}

Maker zadd_small(Core& core) {
  fill_small(core);
  return [](base::Random& random) {
    return request({"ZADD", random_small(random), std::to_string(random.below(kMembers)),
                    member(random.below(kMembers))});
  };
}
Maker zincrby_small(Core& core) {
  fill_small(core);
  return [](base::Random& random) {
    return request({"ZINCRBY", random_small(random), "1", member(random.below(kMembers))});
  };
}
Maker zrank_small(Core& core) { return of_small_member(core, "ZRANK"); }
Maker zscore_small(Core& core) { return of_small_member(core, "ZSCORE"); }
Maker zrangebyscore_small(Core& core) {
  fill_small(core);
  return [](base::Random& random) {
    return request({"ZRANGEBYSCORE", random_small(random), "2", "7"});
  };
}
Maker zrange_small(Core& core) {
  fill_small(core);
  return [](base::Random& random) { return request({"ZRANGE", random_small(random), "0", "-1"}); };
}

Maker zadd_big(Core& core) {
  fill_big(core);
  return [](base::Random& random) {
    return request({"ZADD", "big", random_score(random), member(random.below(kBig))});
  };
}
Maker zadd_big_new(Core& core) {
  fill_big(core);
  return [next = kBig](base::Random& random) mutable {
    return request({"ZADD", "big", random_score(random), member(next++)});
  };
}
Maker zincrby_big(Core& core) {
  fill_big(core);
  return [](base::Random& random) {
    return request({"ZINCRBY", "big", "1", member(random.below(kBig))});
  };
}
// Counters from nothing: most members have one of a few scores, so that members are compared.
Maker zincrby_equal(Core& core) {
  for (std::uint64_t i = 0; i < kBig; ++i) {
    core.run({"ZADD", "big", "1", member(i)});
  }
  return [](base::Random& random) {
    return request({"ZINCRBY", "big", "1", member(random.below(kBig))});
  };
}
Maker zrank_big(Core& core) { return of_big_member(core, "ZRANK"); }
Maker zrevrank_big(Core& core) { return of_big_member(core, "ZREVRANK"); }
Maker zscore_big(Core& core) { return of_big_member(core, "ZSCORE"); }
Maker zrem_big(Core& core) {
  fill_big(core);
  return [next = std::uint64_t{0}](base::Random&) mutable {
    return request({"ZREM", "big", member(next++ * 7919 % kBig)});
  };
}
Maker zrevrange_big(Core& core) {
  fill_big(core);
  return [](base::Random&) { return request({"ZREVRANGE", "big", "0", "9"}); };
}
Maker zrange_withscores_big(Core& core) {
  fill_big(core);
  return [](base::Random& random) {
    const std::uint64_t first = random.below(kBig - 10);
    return request(
        {"ZRANGE", "big", std::to_string(first), std::to_string(first + 9), "WITHSCORES"});
  };
}
Maker zrangebyscore_big(Core& core) {
  fill_big(core);
  return [](base::Random& random) {
    return request({"ZRANGEBYSCORE", "big", random_score(random), "+inf", "LIMIT", "0", "10"});
  };
}
Maker zunionstore(Core& core) {
  fill_small(core);
  return [](base::Random& random) {
    return request({"ZUNIONSTORE", "union", "2", random_small(random), random_small(random)});
  };
}

}  // namespace

std::vector<Workload> sorted_set_workloads() {
  return {
      of_commands("sorted_sets", "zadd_big", zadd_big),
      of_commands("sorted_sets", "zadd_big_new", zadd_big_new),
      of_commands("sorted_sets", "zadd_small", zadd_small),
      of_commands("sorted_sets", "zincrby_big", zincrby_big),
      of_commands("sorted_sets", "zincrby_big_equal_scores", zincrby_equal),
      of_commands("sorted_sets", "zincrby_small", zincrby_small),
      of_commands("sorted_sets", "zrange_10_small", zrange_small),
      of_commands("sorted_sets", "zrange_10_withscores_big", zrange_withscores_big),
      of_commands("sorted_sets", "zrangebyscore_10_big", zrangebyscore_big),
      of_commands("sorted_sets", "zrangebyscore_small", zrangebyscore_small),
      of_commands("sorted_sets", "zrank_big", zrank_big),
      of_commands("sorted_sets", "zrank_small", zrank_small),
      of_commands("sorted_sets", "zrem_big", zrem_big),
      of_commands("sorted_sets", "zrevrange_10_big", zrevrange_big),
      of_commands("sorted_sets", "zrevrank_big", zrevrank_big),
      of_commands("sorted_sets", "zscore_big", zscore_big),
      of_commands("sorted_sets", "zscore_small", zscore_small),
      of_commands("sorted_sets", "zunionstore_small", zunionstore),
  };
}

}  // namespace sorrel::bench
