// SPDX-License-Identifier: BSD-3-Clause
//
// Who the server says it is. Clients choose features by these words, so HELLO and INFO must agree
// and must name the contract that is met, not the program: the version is the Redis whose commands,
// replies and errors Sorrel gives. Sorrel's own name and version stand beside them in INFO only.
// Constants; any thread.
#pragma once

#include <string_view>

namespace sorrel::exec {

inline constexpr std::string_view kServerName = "redis";
inline constexpr std::string_view kRedisVersion = "8.0.6";
inline constexpr std::string_view kServerMode = "standalone";

}  // namespace sorrel::exec
