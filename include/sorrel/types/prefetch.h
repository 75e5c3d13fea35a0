// SPDX-License-Identifier: BSD-3-Clause
//
// The stages in which a collection fetches one of its elements ahead, one after the other as the
// one before has arrived: the place in the index, the element, the last inner node on its way
// through the order, its leaf there. For callers that know many elements ahead (a
// pipeline). A collection without such places has no prefetch().
#pragma once

#include <cstdint>
#include <string_view>

namespace sorrel::types {

enum class Prefetch : std::uint8_t { kPlace, kMember, kOrder, kLeaf };

// A verb on a member that is about to come, as far as it is known ahead; and what the stages find.
// Lifetime: until the collection changes.
struct MemberAhead {
  enum class Score : std::uint8_t { kKept, kSet, kAdded };

  std::uint64_t hash = 0;
  std::string_view member;
  double score = 0;  // that it gets, or that is added to its own
  Score change = Score::kKept;

  // A place in an order, and the node on the way to it that was fetched last.
  struct Way {
    const void* node = nullptr;
    std::int64_t key = 0;
    std::uint64_t hint = 0;
  };
  Way from;
  Way to;
};

}  // namespace sorrel::types
