// SPDX-License-Identifier: BSD-3-Clause
//
// Two ways to take something into a digest: by exclusive or with its SHA-1, where order must not
// matter (keys of a database, members of a set), and by doing the same and hashing the result
// again, where it must (the parts of one key).
#include "debug_digest.h"

#include <cstdio>
#include <string>
#include <string_view>

#include <openssl/evp.h>

#include <sorrel/base/numbers.h>
#include <sorrel/types/hash.h>
#include <sorrel/types/list.h>
#include <sorrel/types/set.h>
#include <sorrel/types/sorted_set.h>
#include <sorrel/types/stream.h>

namespace sorrel::server {
namespace {

Digest sha1(std::string_view bytes) {
  Digest digest{};
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
  return digest;
}

std::string_view view(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

void take_unordered(Digest& digest, std::string_view bytes) {
  const Digest other = sha1(bytes);
  for (std::size_t i = 0; i < digest.size(); ++i) {
    digest[i] ^= other[i];
  }
}

void take_ordered(Digest& digest, std::string_view bytes) {
  take_unordered(digest, bytes);
  digest = sha1(view(digest));
}

void take_number(Digest& digest, std::uint32_t number) {
  const char bytes[4] = {static_cast<char>(number >> 24), static_cast<char>(number >> 16),
                         static_cast<char>(number >> 8), static_cast<char>(number)};
  take_ordered(digest, {bytes, sizeof bytes});
}

// The numbers of types in Redis' digests.
constexpr std::uint32_t kStringNumber = 0;
constexpr std::uint32_t kListNumber = 1;
constexpr std::uint32_t kSetNumber = 2;
constexpr std::uint32_t kSortedSetNumber = 3;
constexpr std::uint32_t kHashNumber = 4;
constexpr std::uint32_t kStreamNumber = 6;

void take_sorted_set(Digest& digest, const types::SortedSet& set) {
  take_number(digest, kSortedSetNumber);
  for (auto it = set.forward(); it.valid(); it.next()) {
    char score[40];
    const int length = std::snprintf(score, sizeof score, "%.17g", it->score);
    Digest member{};
    take_ordered(member, it->member);
    take_ordered(member, {score, static_cast<std::size_t>(length)});
    take_unordered(digest, view(member));
  }
}

void take_hash(Digest& digest, const types::Hash& hash) {
  take_number(digest, kHashNumber);
  hash.for_each([&](const types::Hash::Entry& entry) {
    char scratch[base::kMaxIntegerText];
    Digest field{};
    take_ordered(field, entry.field.text(scratch));
    take_ordered(field, entry.value.text(scratch));
    if (entry.deadline_ms != types::Hash::kNever) {
      take_unordered(field, "!!hexpire!!");
    }
    take_unordered(digest, view(field));
  });
}

void take_list(Digest& digest, const types::List& list) {
  char scratch[base::kMaxIntegerText];
  take_number(digest, kListNumber);
  for (auto it = list.forward(); it.valid(); it.next()) {
    take_ordered(digest, it->text(scratch));
  }
}

void take_set(Digest& digest, const types::Set& set) {
  take_number(digest, kSetNumber);
  set.for_each([&](const types::Set::Member& member) {
    char scratch[base::kMaxIntegerText];
    take_unordered(digest, member.text(scratch));
  });
}

void take_stream(Digest& digest, const types::Stream& stream) {
  take_number(digest, kStreamNumber);
  auto it = stream.forward(types::kLeastStreamId, types::kGreatestStreamId);
  for (; it.valid(); it.next()) {
    const types::StreamId id = it->id();
    take_ordered(digest, std::to_string(id.ms) + "." + std::to_string(id.seq));
    it->for_each([&](std::string_view field, std::string_view value) {
      take_ordered(digest, field);
      take_ordered(digest, value);
    });
  }
}

void take_value(Digest& digest, const keyspace::Record& record) {
  keyspace::IntegerText scratch;
  switch (record.type()) {
    case keyspace::Type::kString:
      take_number(digest, kStringNumber);
      take_ordered(digest, record.string(scratch));
      break;
    case keyspace::Type::kList:
      take_list(digest, record.collection<types::List>());
      break;
    case keyspace::Type::kSet:
      take_set(digest, record.collection<types::Set>());
      break;
    case keyspace::Type::kSortedSet:
      take_sorted_set(digest, record.collection<types::SortedSet>());
      break;
    case keyspace::Type::kHash:
      take_hash(digest, record.collection<types::Hash>());
      break;
    case keyspace::Type::kStream:
      take_stream(digest, record.collection<types::Stream>());
      break;
  }
  if (record.has_deadline()) {
    take_unordered(digest, "!!expire!!");
  }
}

}  // namespace

Digest digest_record(const keyspace::Record& record) {
  Digest digest{};
  take_value(digest, record);
  return digest;
}

Digest digest_keyspace(keyspace::Keyspace& keyspace) {
  Digest all{};
  for (std::size_t i = 0; i < keyspace.database_count(); ++i) {
    const keyspace::Database& database = keyspace.database(i);
    if (database.size() == 0) {
      continue;
    }
    take_number(all, static_cast<std::uint32_t>(i));
    // A scan emits a key twice only when the index shrinks meanwhile, which nothing causes here.
    std::uint64_t cursor = 0;
    do {
      cursor = database.scan(cursor, [&](const keyspace::Record& record) {
        Digest digest{};
        take_ordered(digest, record.key());
        take_value(digest, record);
        take_unordered(all, view(digest));
      });
    } while (cursor != 0);
  }
  return all;
}

std::string hexadecimal(const Digest& digest) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace sorrel::server
