// SPDX-License-Identifier: BSD-3-Clause
//
// A value as it comes out of an RDB image, before it has a key, and how it gets under one; and
// DUMP payloads: one value by itself, sealed with the format's version and a checksum.
//
//   payload = kind of value u8 | value as in an RDB file | version u16 | CRC64 of all before, u64
//
// A payload is written in the oldest version that can say it: 10, which Redis 7.0 and everything
// after it reads, 11 for a stream whose consumers' last activity differs from when they were last
// seen, and 12 for a hash with field deadlines. Payloads of every version that Redis (up
// to 12) and Valkey (80) write are read; they are not trusted. docs/formats.md has the details.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <sorrel/keyspace/record.h>
#include <sorrel/keyspace/write_ref.h>
#include <sorrel/types/hash.h>
#include <sorrel/types/list.h>
#include <sorrel/types/set.h>
#include <sorrel/types/settings.h>
#include <sorrel/types/sorted_set.h>
#include <sorrel/types/stream.h>

namespace sorrel::persist {

using RdbValue = std::variant<std::string, types::List, types::Set, types::SortedSet, types::Hash,
                              types::Stream>;

// Makes the key this value, whatever it was before. To be committed by the caller.
void install(keyspace::WriteRef& ref, RdbValue value, std::optional<std::int64_t> deadline_ms);

// Cost: O(size of the value).
std::string dump_payload(const keyspace::Record& record, bool compress = true);

enum class PayloadError : std::uint8_t { kNone, kVersionOrChecksum, kBadFormat };

struct PayloadResult {
  PayloadError error = PayloadError::kNone;
  std::string_view reason;  // of kBadFormat, for a log: static text
  RdbValue value;
};

struct PayloadOptions {
  const types::Settings& settings;
  bool check_sum = true;
};

PayloadResult restore_payload(std::string_view payload, const PayloadOptions& options);

}  // namespace sorrel::persist
