// SPDX-License-Identifier: BSD-3-Clause
//
// `sorrel check-aof [--fix] [--truncate-to-timestamp SECONDS] FILE` and `sorrel check-rdb [--fix]
// FILE`: whether a log or a snapshot is whole, and its repair, without a server. A program that is
// started by the name redis-check-aof or redis-check-rdb does the same.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sorrel::server {

// Returns: the exit code, or nothing when `program` and its arguments ask for none of the two.
// 0: the file is whole, or was repaired; 1: it is not; 2: unusable arguments.
std::optional<int> check_files(std::string_view program, const std::vector<std::string>& arguments);

}  // namespace sorrel::server
