// SPDX-License-Identifier: BSD-3-Clause
//
// What a command is, as bits: the flags that COMMAND INFO shows and the executor's gate tests, and
// the ACL categories. A gate is two masks; a command passes when it has no forbidden trait and all
// required ones, so the whole of admission on the hot path is one test.
#pragma once

#include <cstdint>

namespace sorrel::exec {

using Traits = std::uint32_t;

namespace traits {

inline constexpr Traits kWrite = 1U << 0;
inline constexpr Traits kReadonly = 1U << 1;
inline constexpr Traits kDenyOom = 1U << 2;
inline constexpr Traits kAdmin = 1U << 3;
inline constexpr Traits kPubsub = 1U << 4;
inline constexpr Traits kNoscript = 1U << 5;
inline constexpr Traits kBlocking = 1U << 6;
inline constexpr Traits kLoading = 1U << 7;  // allowed while loading
inline constexpr Traits kStale = 1U << 8;    // allowed on a stale replica
inline constexpr Traits kSkipMonitor = 1U << 9;
inline constexpr Traits kSkipSlowlog = 1U << 10;
inline constexpr Traits kAsking = 1U << 11;
inline constexpr Traits kFast = 1U << 12;
inline constexpr Traits kNoAuth = 1U << 13;  // allowed before authentication
inline constexpr Traits kMayReplicate = 1U << 14;
inline constexpr Traits kNoMulti = 1U << 15;
inline constexpr Traits kMovableKeys = 1U << 16;
inline constexpr Traits kAllowBusy = 1U << 17;
inline constexpr Traits kNoAsyncLoading = 1U << 18;
inline constexpr Traits kNoMandatoryKeys = 1U << 19;
inline constexpr Traits kProtected = 1U << 20;
inline constexpr Traits kContainer = 1U << 21;     // only its subcommands can be run
inline constexpr Traits kInRespPubsub = 1U << 22;  // allowed while subscribed in RESP2
inline constexpr Traits kUnqueued = 1U << 23;      // run at once within a transaction
inline constexpr Traits kNever = 1U << 24;         // no command has it: to look at each of them
inline constexpr Traits kVaries = 1U << 25;        // its words decide what it is (traits_of)

// What has to do with keys, or goes to replicas.
inline constexpr Traits kTouchesKeyspace = kWrite | kReadonly | kMayReplicate;

}  // namespace traits

using AclCategories = std::uint32_t;

namespace acl {

inline constexpr AclCategories kKeyspace = 1U << 0;
inline constexpr AclCategories kRead = 1U << 1;
inline constexpr AclCategories kWrite = 1U << 2;
inline constexpr AclCategories kSet = 1U << 3;
inline constexpr AclCategories kSortedSet = 1U << 4;
inline constexpr AclCategories kList = 1U << 5;
inline constexpr AclCategories kHash = 1U << 6;
inline constexpr AclCategories kString = 1U << 7;
inline constexpr AclCategories kBitmap = 1U << 8;
inline constexpr AclCategories kHyperLogLog = 1U << 9;
inline constexpr AclCategories kGeo = 1U << 10;
inline constexpr AclCategories kStream = 1U << 11;
inline constexpr AclCategories kPubsub = 1U << 12;
inline constexpr AclCategories kAdmin = 1U << 13;
inline constexpr AclCategories kFast = 1U << 14;
inline constexpr AclCategories kSlow = 1U << 15;
inline constexpr AclCategories kBlocking = 1U << 16;
inline constexpr AclCategories kDangerous = 1U << 17;
inline constexpr AclCategories kConnection = 1U << 18;
inline constexpr AclCategories kTransaction = 1U << 19;
inline constexpr AclCategories kScripting = 1U << 20;

}  // namespace acl

// Why commands are refused, as masks. Each reason that can refuse changes the masks when *it*
// changes; the cold path then walks the reasons in order of precedence (executor.h).
struct Gate {
  Traits forbid = 0;
  Traits require = 0;

  bool admits(Traits command) const { return ((command & forbid) | (~command & require)) == 0; }
  friend Gate operator|(const Gate& a, const Gate& b) {
    return {a.forbid | b.forbid, a.require | b.require};
  }
};

}  // namespace sorrel::exec
