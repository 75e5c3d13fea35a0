// SPDX-License-Identifier: BSD-3-Clause
//
// The handlers of the bitmap family, by the file they stand in, and the offset of a bit, which all
// of them read. A bitmap is a string: bits are read from its bytes and changed in place, and the
// string grows as far as a bit is written. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "keys_lookup.h"

namespace sorrel::commands::bitmaps {

// bitmaps.cc: one bit, and counting and searching.
Outcome setbit(Context& context);
Outcome getbit(Context& context);
Outcome bitcount(Context& context);
Outcome bitpos(Context& context);

// bitmaps_combine.cc
Outcome bitop(Context& context);

// bitmaps_fields.cc: integers of any size at any place.
Outcome bitfield(Context& context);
Outcome bitfield_ro(Context& context);

// The offset of a bit, or with "#n" of the nth field of so many bits when there are fields.
// Returns: nullopt when the text is none, or lies beyond the longest string.
std::optional<std::uint64_t> parse_bit_offset(const Context& context, std::string_view text,
                                              unsigned field_bits = 0);

}  // namespace sorrel::commands::bitmaps
