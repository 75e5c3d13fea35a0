// SPDX-License-Identifier: BSD-3-Clause
//
// The timeout of the commands that wait for a list or a sorted set: seconds, with decimals. It is
// rounded up to whole milliseconds, so that no wait for some time becomes one for ever. One thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sorrel/base/result.h>
#include <sorrel/exec/context.h>

namespace sorrel::commands {

// The Unix time in milliseconds at which the timeout that stands at `index` is over; 0 there means
// never, Wait::kForever. Of a command that runs again the timeout is not looked at: it has begun.
base::Result<std::int64_t> read_deadline(const exec::Context& context, std::size_t index);

}  // namespace sorrel::commands
