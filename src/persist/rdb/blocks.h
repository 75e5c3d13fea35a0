// SPDX-License-Identifier: BSD-3-Clause
//
// The compact blocks in which servers keep small collections, and which RDB images hold as one
// string each: ziplists (until Redis 6.2), zipmaps (until 2.4), listpacks and intsets. Each is
// untrusted: every length is checked before it is followed, and the block must be exactly what its
// header says.
//
// A reader calls emit(text) for one element after the other, a number as its text; emit answers
// whether to go on. Damage may be found after some elements were emitted: what was made of them is
// then thrown away. Lifetime: `text` lives until emit returns.
// Returns: whether the block was whole and every emit agreed. Cost: O(bytes). Pure; any thread.
//
// Sources: "Redis RDB Dump File Format" (redis-rdb-tools wiki) for ziplist, zipmap and intset;
// "Listpack specification" (github.com/antirez/listpack).
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace sorrel::persist::rdb {

using Emit = std::function<bool(std::string_view text)>;

//   total bytes u32 | offset of the last entry u32 | entries u16 | entry ... | 0xff
//   entry = length of the entry before (1 or 5 bytes) | encoding | data
bool read_ziplist(std::string_view block, const Emit& emit);

//   pairs u8 | (length, field, length, unused u8, value, unused bytes) ... | 0xff
// Emits field, value, field, value ...
bool read_zipmap(std::string_view block, const Emit& emit);

// As base/listpack.h draws it.
bool read_listpack(std::string_view block, const Emit& emit);
// Whether it is a listpack in which every number is kept as one, as all that search one rely on.
bool canonical_listpack(std::string_view block);

//   bytes an integer u32 | integers u32 | integer ... in ascending order
bool read_intset(std::string_view block, const std::function<bool(std::int64_t)>& emit);

}  // namespace sorrel::persist::rdb
