// SPDX-License-Identifier: BSD-3-Clause
//
// What the types need to know to choose an encoding: the limits up to which a small collection
// stays one compact block, by their configuration names, and the seed of the hash. Owned by the
// keyspace, written by CONFIG SET, read by every verb that may grow a value.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sorrel::types {

struct Settings {
  std::size_t zset_max_listpack_entries = 128;
  std::size_t zset_max_listpack_value = 64;
  std::uint64_t hash_seed = 0;
};

}  // namespace sorrel::types
