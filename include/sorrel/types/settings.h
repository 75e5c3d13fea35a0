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
  std::uint64_t zset_max_listpack_entries = 128;
  std::uint64_t zset_max_listpack_value = 64;
  std::uint64_t hash_max_listpack_entries = 512;
  std::uint64_t hash_max_listpack_value = 64;
  std::uint64_t set_max_intset_entries = 512;
  std::uint64_t set_max_listpack_entries = 128;
  std::uint64_t set_max_listpack_value = 64;
  // Of a list's node: positive: entries; -1 to -5: 4, 8, 16, 32 or 64 KiB.
  std::int64_t list_max_listpack_size = -2;
  // Of a stream's node; 0: no limit.
  std::uint64_t stream_node_max_bytes = 4096;
  std::uint64_t stream_node_max_entries = 100;
  // Of a HyperLogLog in its sparse form, header included.
  std::uint64_t hll_sparse_max_bytes = 3000;
  std::uint64_t hash_seed = 0;
};

}  // namespace sorrel::types
