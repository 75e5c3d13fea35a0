// SPDX-License-Identifier: BSD-3-Clause
//
// Bounds that commands keep and that Redis keeps as well, in one place. Constants; any thread.
#pragma once

#include <cstdint>

namespace sorrel::exec {

// The longest string a command may build, and the transient memory LCS may take: the value that
// `proto-max-bulk-len` has by default.
inline constexpr std::uint64_t kMaxStringBytes = 512ULL * 1024 * 1024;

}  // namespace sorrel::exec
