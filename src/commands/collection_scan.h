// SPDX-License-Identifier: BSD-3-Clause
//
// What the commands that iterate over a collection share (ZSCAN, HSCAN, SSCAN): the cursor, the
// options, and how many steps of the collection's own iteration one call takes. One thread.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include <sorrel/base/text.h>
#include <sorrel/exec/context.h>

namespace sorrel::commands {

struct ScanOptions {
  std::string_view pattern = "*";
  std::uint64_t count = 10;
  bool names_only = false;  // the word that leaves scores or values out was given

  bool fits(std::string_view name) const {
    return pattern == "*" || base::glob_match(pattern, name);
  }
};

// What C's strtoull takes is a cursor: blanks, a sign and leading zeros too, but for what is a
// plain negative number.
std::optional<std::uint64_t> parse_scan_cursor(std::string_view text);

// The options from argument 3 on. `names_only` is the command's word for that (NOSCORES, NOVALUES),
// empty when it has none.
base::Result<ScanOptions> parse_scan_options(const exec::Context& context,
                                             std::string_view names_only);

// Steps until as many elements were seen as the options ask for, whether they fit or not; a sparse
// collection ends it earlier. step(cursor, seen) takes one step, counts what it saw in `seen`, and
// gives the next cursor. Returns: that of the next call.
template <class Step>
std::uint64_t scan_steps(std::uint64_t cursor, const ScanOptions& options, Step&& step) {
  constexpr std::uint64_t kStepsPerElement = 10;
  std::uint64_t steps = options.count < std::numeric_limits<std::uint64_t>::max() / kStepsPerElement
                            ? options.count * kStepsPerElement
                            : options.count;
  std::uint64_t seen = 0;
  do {
    cursor = step(cursor, seen);
  } while (cursor != 0 && seen < options.count && --steps != 0);
  return cursor;
}

// The first half of the reply: an array of the cursor and, still to be written, the elements.
void reply_scan_header(exec::Context& context, std::uint64_t cursor);

}  // namespace sorrel::commands
