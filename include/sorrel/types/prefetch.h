// SPDX-License-Identifier: BSD-3-Clause
//
// The stages in which a collection fetches one of its elements ahead, one after the other as the
// one before has arrived: the place in the index, the element, its way through the order. For
// callers that know many elements ahead (a pipeline). A collection without such places has no
// prefetch().
#pragma once

#include <cstdint>

namespace sorrel::types {

enum class Prefetch : std::uint8_t { kPlace, kMember, kOrder };

}  // namespace sorrel::types
