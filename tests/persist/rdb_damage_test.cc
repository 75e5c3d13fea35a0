// SPDX-License-Identifier: BSD-3-Clause
//
// A small image with every type and encoding, cut at every byte, and with every bit turned. Where
// the checksum guards it, each such image is refused with a reason; where nothing does, it is
// refused or loaded, and what was loaded is a keyspace like any other: it can be written again, and
// what was written loads. Run with the sanitizers on, which see what an assertion does not.
#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include <sorrel/persist/commands_writer.h>
#include <sorrel/persist/rdb_file.h>

#include "support/every_type.h"

namespace sorrel::persist {
namespace {

constexpr std::size_t kHeader = 9;
constexpr std::size_t kChecksum = 8;

std::string image_of(const keyspace::Keyspace& keyspace, const RdbWriteOptions& options) {
  std::string bytes;
  RdbWriter writer(options, keyspace.access(), [&](std::string_view piece) { bytes += piece; });
  writer.auxiliary("redis-ver", "8.0.0");
  writer.library("#!lua name=l\n");
  writer.keyspace(keyspace);
  writer.end();
  return bytes;
}

RdbLoadResult load(const std::string& bytes, keyspace::Keyspace& keyspace, bool check_sum,
                   std::size_t piece = SIZE_MAX) {
  std::size_t place = 0;
  RdbLoadOptions options;
  options.check_sum = check_sum;
  options.bytes = bytes.size();
  options.library = [](std::string_view) { return std::string(); };
  const auto source = [&](std::span<char> to) {
    const std::size_t count = bytes.copy(to.data(), std::min(piece, to.size()), place);
    place += count;
    return count;
  };
  return load_rdb(source, keyspace, options);
}

void empty(keyspace::Keyspace& keyspace) {
  for (std::size_t i = 0; i < keyspace.database_count(); ++i) keyspace.database(i).clear();
  while (!keyspace.release_some(1 << 20)) {
  }
}

// Whether all of it can be read, written and loaded again.
void expect_sound(const keyspace::Keyspace& keyspace, std::size_t place) {
  const std::string again = image_of(keyspace, {.version = 12});
  keyspace::Keyspace other(16, 7);
  other.set_now_ms(keyspace.now_ms());
  other.set_expiry_enabled(false);
  RdbLoadOptions options;
  const RdbLoadResult result = load(again, other, true);
  EXPECT_EQ(result.error, "") << place;
  EXPECT_EQ(result.keys + result.expired, keyspace.size()) << place;
  CommandsWriter writer([](const std::string&) {});
  for (std::size_t i = 0; i < keyspace.database_count(); ++i) {
    keyspace.database(i).scan(0, [&](const keyspace::Record& record) { writer.key(record); });
  }
}

class RdbDamage : public testing::Test {
 protected:
  RdbDamage() {
    server.fill_small();
    target.set_now_ms(server.keyspace.now_ms());
  }

  test::EveryType server;
  keyspace::Keyspace target{16, 1};
};

TEST_F(RdbDamage, EveryCutIsFoundWhateverThePieces) {
  for (const bool check_sum : {true, false}) {
    const std::string bytes = image_of(server.keyspace, {.version = 12, .check_sum = check_sum});
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      for (const std::size_t piece : {SIZE_MAX, std::size_t{7}}) {
        empty(target);
        ASSERT_NE(load(bytes.substr(0, size), target, check_sum, piece).error, "") << size;
      }
      expect_sound(target, size);
    }
  }
}

TEST_F(RdbDamage, EveryTurnedBitIsFoundByTheChecksum) {
  const std::string bytes = image_of(server.keyspace, {.version = 12});
  for (std::size_t place = kHeader; place < bytes.size(); ++place) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = bytes;
      changed[place] = static_cast<char>(changed[place] ^ 1 << bit);
      empty(target);
      ASSERT_NE(load(changed, target, true).error, "") << place;
    }
  }
}

TEST_F(RdbDamage, EveryTurnedBitLeavesASoundKeyspaceWhereNothingGuards) {
  for (const bool compress : {true, false}) {
    const std::string bytes =
        image_of(server.keyspace, {.version = 12, .compress = compress, .check_sum = false});
    std::size_t loaded = 0;
    for (std::size_t place = 0; place < bytes.size() - kChecksum; ++place) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string changed = bytes;
        changed[place] = static_cast<char>(changed[place] ^ 1 << bit);
        empty(target);
        loaded += load(changed, target, false).error.empty() ? 1U : 0U;
        expect_sound(target, place);
      }
    }
    EXPECT_GT(loaded, bytes.size()) << "most turned bits are within texts";
  }
}

}  // namespace
}  // namespace sorrel::persist
