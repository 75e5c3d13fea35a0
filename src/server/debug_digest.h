// SPDX-License-Identifier: BSD-3-Clause
//
// A digest of the data, to tell whether two keyspaces are equal whatever the order of their keys:
// the combination of SHA-1 that Redis' DEBUG DIGEST gives, so that either server can be compared
// with the other. Empty data digests to zeros. Not for security. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <sorrel/keyspace/keyspace.h>

namespace sorrel::server {

using Digest = std::array<std::uint8_t, 20>;

// Cost: some SHA-1s for each key, and for each member of a collection.
Digest digest_record(const keyspace::Record& record);
Digest digest_keyspace(keyspace::Keyspace& keyspace);
std::string hexadecimal(const Digest& digest);

}  // namespace sorrel::server
