// SPDX-License-Identifier: BSD-3-Clause
//
// The 6-bit registers of a dense HyperLogLog, packed and unpacked as a whole. Pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include <sorrel/types/hyperloglog.h>

namespace sorrel::types::hyperloglog {

// Raises the registers to the packed ones. Requires (here and below): `packed` has 12288 bytes.
void merge_packed(Registers& registers, std::string_view packed);
void pack(const Registers& registers, std::span<char> packed);

// How many registers have each height.
using Histogram = std::array<std::uint32_t, 64>;
// Requires: no register is above 63.
Histogram histogram_of(const Registers& registers);

}  // namespace sorrel::types::hyperloglog
