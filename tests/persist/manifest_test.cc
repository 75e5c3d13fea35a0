// SPDX-License-Identifier: BSD-3-Clause
//
// What a manifest may say, what it must not, and that what is written is read back.
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/persist/manifest.h>

namespace sorrel::persist {
namespace {

std::string error_of(std::string_view text) { return parse_manifest(text).error; }

TEST(Manifest, ReadsBaseIncrementsAndHistory) {
  const auto [manifest, error] = parse_manifest(
      "# written by hand\n"
      "file a.1.base.rdb seq 1 type b\n"
      "file a.1.incr.aof seq 1 type h\r\n"
      "file a.2.incr.aof seq 2 type i\n"
      "file a.7.incr.aof seq 7 type i\n");
  ASSERT_EQ(error, "");
  ASSERT_NE(manifest.base(), nullptr);
  EXPECT_EQ(manifest.base()->name, "a.1.base.rdb");
  const auto increments = manifest.increments();
  ASSERT_EQ(increments.size(), 2U);
  EXPECT_EQ(increments[0]->name, "a.2.incr.aof");
  EXPECT_EQ(increments[1]->sequence, 7);
  EXPECT_EQ(manifest.last_increment(), 7);
  EXPECT_EQ(manifest.entries.size(), 4U);
}

TEST(Manifest, TakesKeysInAnyOrderAndPassesOverUnknownOnes) {
  const auto [manifest, error] = parse_manifest("TYPE i size 5 SEQ 3 File x.aof\n");
  ASSERT_EQ(error, "");
  EXPECT_EQ(manifest.entries[0], (ManifestEntry{"x.aof", 3, 'i'}));
  EXPECT_EQ(manifest.base(), nullptr);
}

TEST(Manifest, NamesEveryError) {
  using testing::StartsWith;
  EXPECT_EQ(error_of(""), "Found an empty AOF manifest");
  EXPECT_EQ(error_of("# nothing\n"), "Found an empty AOF manifest");
  for (const char* line :
       {"file a seq 1 type i", "\n", "file a seq 1\n", "file a seq 1 type\n",
        "file a seq 0 type i\n", "file a seq -1 type i\n", "file a seq one type i\n",
        "file a seq 99999999999999999999 type i\n", "file \"\" seq 1 type i\n",
        "file \"a seq 1 type i\n", "seq 1 type i seq 2\n", "file a file b type i\n",
        "REDIS0011 garbage\n"}) {
    EXPECT_THAT(error_of(line), StartsWith("Invalid AOF manifest file format")) << line;
  }
  EXPECT_THAT(error_of("file a seq 1 type x\n"), StartsWith("Unknown AOF file type"));
  EXPECT_THAT(error_of("file a seq 1 type ii\n"), StartsWith("Unknown AOF file type"));
  EXPECT_THAT(error_of("file ../a seq 1 type i\n"), StartsWith("File can't be a path"));
  EXPECT_THAT(error_of("file .. seq 1 type i\n"), StartsWith("File can't be a path"));
  EXPECT_THAT(error_of("file a seq 1 type b\nfile b seq 2 type b\n"),
              StartsWith("Found duplicate base file information, at line 2: \"file b"));
  const std::string order = "Found a non-monotonic sequence number";
  EXPECT_THAT(error_of("file a seq 2 type i\nfile b seq 1 type i\n"), StartsWith(order));
  EXPECT_THAT(error_of("file a seq 2 type i\nfile b seq 2 type i\n"), StartsWith(order));
  EXPECT_THAT(error_of("file a seq 1 type i\nfile a seq 2 type i\n"),
              StartsWith("Found a file name twice"));
  EXPECT_THAT(error_of("file a seq 1 type i " + std::string(1260, 'x') + "\n"),
              StartsWith("The AOF manifest file contains too long line"));
  EXPECT_THAT(error_of("file " + std::string(256, 'x') + " seq 1 type i\n"),
              StartsWith("The file's name is too long"));
}

// A manifest is replaced as a whole, but one cut by hand or by a copy must not pass for a shorter
// one, unless the cut is at the end of a line.
TEST(Manifest, CutAtEveryByteIsAnError) {
  const std::string text = "file a.1.base.aof seq 1 type b\nfile a.1.incr.aof seq 1 type i\n";
  for (std::size_t size = 0; size < text.size(); ++size) {
    const bool at_line_end = size > 0 && text[size - 1] == '\n';
    EXPECT_EQ(error_of(text.substr(0, size)).empty(), at_line_end) << size;
  }
}

TEST(Manifest, ReadsBackWhatItWrites) {
  const Manifest manifest{{{"plain.1.base.aof", 1, 'b'},
                           {"with blank.aof", 1, 'h'},
                           {"quote\"back\\slash'.aof", 2, 'i'},
                           {std::string("control\n\x01\xff.aof"), 9, 'i'}}};
  const auto again = parse_manifest(format_manifest(manifest));
  EXPECT_EQ(again.error, "");
  EXPECT_EQ(again.manifest, manifest);
  EXPECT_EQ(format_manifest({{{"appendonly.aof.1.incr.aof", 1, 'i'}}}),
            "file appendonly.aof.1.incr.aof seq 1 type i\n");
}

TEST(Manifest, SaysThatTheLogWasLeft) {
  Manifest manifest{{{"a", 1, 'i'}}};
  manifest.left = true;
  EXPECT_EQ(parse_manifest(format_manifest(manifest)).manifest, manifest);
  EXPECT_FALSE(parse_manifest("#LE\nfile a seq 1 type i\n").manifest.left);
}

// Each byte of it is written as \\xNN.
TEST(Manifest, TheLongestNameCanBeReadAgain) {
  const std::int64_t last = std::numeric_limits<std::int64_t>::max();
  const Manifest manifest{{{std::string(255, '\xc5'), last, 'b'}}};
  const ParsedManifest again = parse_manifest(format_manifest(manifest));
  EXPECT_EQ(again.error, "");
  EXPECT_EQ(again.manifest, manifest);
}

}  // namespace
}  // namespace sorrel::persist
