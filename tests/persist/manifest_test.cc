// SPDX-License-Identifier: BSD-3-Clause
//
// What a manifest may say, what it must not, and that what is written is read back.
#include <gtest/gtest.h>

#include <sorrel/persist/manifest.h>

namespace sorrel::persist {
namespace {

std::string error_of(std::string_view text) {
  const auto manifest = parse_manifest(text);
  return manifest ? "" : std::string(manifest.error().text);
}

TEST(Manifest, ReadsBaseIncrementsAndHistory) {
  const auto manifest = parse_manifest(
      "# written by hand\n"
      "file a.1.base.rdb seq 1 type b\n"
      "file a.1.incr.aof seq 1 type h\r\n"
      "\n"
      "file a.2.incr.aof seq 2 type i\n"
      "file a.7.incr.aof seq 7 type i\n");
  ASSERT_TRUE(manifest);
  ASSERT_NE(manifest->base(), nullptr);
  EXPECT_EQ(manifest->base()->name, "a.1.base.rdb");
  const auto increments = manifest->increments();
  ASSERT_EQ(increments.size(), 2U);
  EXPECT_EQ(increments[0]->name, "a.2.incr.aof");
  EXPECT_EQ(increments[1]->sequence, 7);
  EXPECT_EQ(manifest->last_increment(), 7);
  EXPECT_EQ(manifest->entries.size(), 4U);
}

TEST(Manifest, TakesKeysInAnyOrderAndPassesOverUnknownOnes) {
  const auto manifest = parse_manifest("TYPE i size 5 SEQ 3 File x.aof\n");
  ASSERT_TRUE(manifest);
  EXPECT_EQ(manifest->entries[0], (ManifestEntry{"x.aof", 3, 'i'}));
  EXPECT_EQ(manifest->base(), nullptr);
}

TEST(Manifest, NamesEveryError) {
  const std::string form = "a line is not of the form 'file NAME seq NUMBER type b|h|i'";
  EXPECT_EQ(error_of(""), "it names no file");
  EXPECT_EQ(error_of("# nothing\n\n"), "it names no file");
  EXPECT_EQ(error_of("file a seq 1 type i"), "its last line is cut short");
  for (const char* line :
       {"file a seq 1\n", "file a seq 1 type\n", "file a seq 1 type x\n", "file a seq 1 type ii\n",
        "file a seq 0 type i\n", "file a seq -1 type i\n", "file a seq one type i\n",
        "file a seq 99999999999999999999 type i\n", "file \"\" seq 1 type i\n",
        "file \"a seq 1 type i\n", "seq 1 type i seq 2\n", "file a file b type i\n",
        "REDIS0011 garbage\n"}) {
    EXPECT_EQ(error_of(line), form) << line;
  }
  EXPECT_EQ(error_of("file ../a seq 1 type i\n"), "a file name contains a path");
  EXPECT_EQ(error_of("file .. seq 1 type i\n"), "a file name contains a path");
  EXPECT_EQ(error_of("file a seq 1 type b\nfile b seq 2 type b\n"),
            "there is more than one base file");
  const std::string order = "the sequence numbers of increments do not ascend";
  EXPECT_EQ(error_of("file a seq 2 type i\nfile b seq 1 type i\n"), order);
  EXPECT_EQ(error_of("file a seq 2 type i\nfile b seq 2 type i\n"), order);
  EXPECT_EQ(error_of("file a seq 1 type i\nfile a seq 2 type i\n"), "it names a file twice");
}

// A manifest is replaced as a whole, but one cut by hand or by a copy must not pass for a shorter
// one, unless the cut is at the end of a line.
TEST(Manifest, CutAtEveryByteIsAnError) {
  const std::string text = "file a.1.base.aof seq 1 type b\nfile a.1.incr.aof seq 1 type i\n";
  for (std::size_t size = 0; size < text.size(); ++size) {
    const bool at_line_end = size > 0 && text[size - 1] == '\n';
    EXPECT_EQ(parse_manifest(text.substr(0, size)).operator bool(), at_line_end) << size;
  }
}

TEST(Manifest, ReadsBackWhatItWrites) {
  const Manifest manifest{{{"plain.1.base.aof", 1, 'b'},
                           {"with blank.aof", 1, 'h'},
                           {"quote\"back\\slash'.aof", 2, 'i'},
                           {std::string("control\n\x01\xff.aof"), 9, 'i'}}};
  const auto again = parse_manifest(format_manifest(manifest));
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, manifest);
  EXPECT_EQ(format_manifest({{{"appendonly.aof.1.incr.aof", 1, 'i'}}}),
            "file appendonly.aof.1.incr.aof seq 1 type i\n");
}

}  // namespace
}  // namespace sorrel::persist
