// SPDX-License-Identifier: BSD-3-Clause
//
// The two checksums of the Redis world. crc16: XMODEM (polynomial 0x1021, initial value 0), which
// gives a key its cluster slot. crc64: Jones (polynomial 0xad93d23594c935a9, both directions
// reflected, initial value 0, no final inversion), which ends RDB files and DUMP payloads. crc64
// takes eight bytes a step ("slicing-by-8", Kounavis and Berry, ISCC 2005), or 64 where the
// processor multiplies polynomials, because a snapshot runs all its bytes through it.
//
// Check values, of "123456789": 0x31c3 and 0xe9c6d914c4b8d9ca. Pure; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace sorrel::base {

std::uint16_t crc16(std::string_view bytes);

// `seed` is 0 or the checksum of the bytes before, so that a stream can be summed piece by piece.
std::uint64_t crc64(std::string_view bytes, std::uint64_t seed = 0);

}  // namespace sorrel::base
