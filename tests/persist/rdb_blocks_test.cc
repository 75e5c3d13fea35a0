// SPDX-License-Identifier: BSD-3-Clause
//
// Ziplists, zipmaps, listpacks and intsets, made by hand: what they hold, and that every damage is
// found. No byte may be changed without either a refusal or another content.
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rdb/blocks.h"

namespace sorrel::persist::rdb {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::Optional;

using Texts = std::optional<std::vector<std::string>>;

template <class Read>
Texts texts_of(Read&& read, std::string_view block) {
  // A copy of exactly its size, so that a sanitizer sees a read of one byte too many.
  const std::vector<char> bytes(block.begin(), block.end());
  std::vector<std::string> texts;
  const bool whole = read(std::string_view(bytes.data(), bytes.size()), [&](std::string_view text) {
    texts.emplace_back(text);
    return true;
  });
  return whole ? Texts(texts) : std::nullopt;
}

Texts ziplist(std::string_view block) { return texts_of(&read_ziplist, block); }
Texts zipmap(std::string_view block) { return texts_of(&read_zipmap, block); }
Texts listpack(std::string_view block) { return texts_of(&read_listpack, block); }

std::optional<std::vector<std::int64_t>> intset(std::string_view block) {
  const std::vector<char> bytes(block.begin(), block.end());
  std::vector<std::int64_t> values;
  const bool whole = read_intset({bytes.data(), bytes.size()}, [&](std::int64_t value) {
    values.push_back(value);
    return true;
  });
  return whole ? std::optional(values) : std::nullopt;
}

std::string little32(std::size_t value) {
  std::string text;
  for (int i = 0; i < 4; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}

// Each entry without the length of the one before it.
std::string make_ziplist(const std::vector<std::string>& entries) {
  std::string body;
  std::size_t before = 0;
  std::size_t last = 0;
  for (const std::string& entry : entries) {
    const std::string head =
        before < 254 ? std::string(1, static_cast<char>(before)) : "\xfe" + little32(before);
    last = body.size();
    body += head + entry;
    before = head.size() + entry.size();
  }
  const std::size_t count = entries.size();
  return little32(body.size() + 11) + little32(10 + last) +
         std::string{static_cast<char>(count & 0xff), static_cast<char>(count >> 8)} + body +
         "\xff";
}

TEST(Ziplist, ReadsEveryEncoding) {
  const std::string long_text(300, 'm');
  const std::string longer(20'000, 'l');
  const auto texts = ziplist(make_ziplist({
      "\x03"s + "abc",
      "\x00"s,
      "\x41\x2c"s + long_text,
      "\x80\x00\x00\x4e\x20"s + longer,
      "\xf1"s,
      "\xfd"s,
      "\xfe\x80"s,
      "\xc0\x00\x80"s,
      "\xf0\xff\xff\x7f"s,
      "\xf0\x00\x00\x80"s,
      "\xd0\xff\xff\xff\x7f"s,
      "\xe0\x00\x00\x00\x00\x00\x00\x00\x80"s,
  }));
  EXPECT_THAT(texts,
              Optional(ElementsAre("abc", "", long_text, longer, "0", "12", "-128", "-32768",
                                   "8388607", "-8388608", "2147483647", "-9223372036854775808")));
  EXPECT_THAT(ziplist(make_ziplist({})), Optional(ElementsAre()));
}

TEST(Ziplist, MayTellAnUnknownCount) {
  std::string block = make_ziplist({"\x01"s + "a", "\x01"s + "b"});
  block[8] = block[9] = '\xff';
  EXPECT_THAT(ziplist(block), Optional(ElementsAre("a", "b")));
}

TEST(Ziplist, FindsEveryChangedByteThatIsNoContent) {
  const std::string block = make_ziplist({"\x02"s + "ab", "\xfe\x05"s, "\x01"s + "c"});
  const auto content = ziplist(block);
  ASSERT_TRUE(content);
  for (std::size_t place = 0; place < block.size(); ++place) {
    for (int value = 0; value < 256; ++value) {
      std::string changed = block;
      changed[place] = static_cast<char>(value);
      const bool unknown_count = place == 8 || place == 9;
      if (changed != block && !unknown_count) {
        EXPECT_NE(ziplist(changed), content) << place << " " << value;
      }
    }
  }
}

TEST(Ziplist, RefusesWhatIsNotWhole) {
  const std::string block = make_ziplist({"\x02"s + "ab", "\xc0\x05\x06"s});
  for (std::size_t size = 0; size < block.size(); ++size) {
    EXPECT_EQ(ziplist(block.substr(0, size)), std::nullopt);
    // Even if the header agrees with the length.
    if (size > 10) {
      std::string cut = block.substr(0, size);
      cut.replace(0, 4, little32(size));
      cut.back() = '\xff';
      EXPECT_EQ(ziplist(cut), std::nullopt) << size;
    }
  }
  EXPECT_EQ(ziplist(block + "x"), std::nullopt);
  EXPECT_EQ(ziplist(make_ziplist({"\xc1\x05\x06"s})), std::nullopt);
  EXPECT_EQ(ziplist(make_ziplist({"\x80\xff\xff\xff\xff"s + "a"})), std::nullopt);
}

TEST(Zipmap, ReadsPairsAndUnusedBytes) {
  EXPECT_THAT(zipmap("\x02\x01"
                     "f\x01\x00v\x02gg\x00\x03xyz\xff"s),
              Optional(ElementsAre("f", "v", "gg", "")));
  EXPECT_EQ(zipmap("\x00\xff"s), std::nullopt) << "no hash is empty";
  const std::string value(300, 'v');
  EXPECT_THAT(zipmap("\xfe\x01"
                     "f\xfe\x2c\x01\x00\x00\x00"s +
                     value + "\xff"),
              Optional(ElementsAre("f", value)));
}

TEST(Zipmap, RefusesDamage) {
  const std::string block =
      "\x02\x01"
      "f\x01\x00v\x02gg\x01\x02hxy\xff"s;
  ASSERT_TRUE(zipmap(block));
  for (std::size_t size = 0; size < block.size(); ++size) {
    EXPECT_EQ(zipmap(block.substr(0, size)), std::nullopt);
    if (size > 2) {
      EXPECT_EQ(zipmap(block.substr(0, size - 1) + "\xff"), std::nullopt) << size;
    }
  }
  EXPECT_EQ(zipmap("\x03\x01"
                   "f\x01\x00v\xff"s),
            std::nullopt);
  EXPECT_EQ(zipmap("\x01\xff"
                   "f\x01\x00v\xff"s),
            std::nullopt);
  EXPECT_EQ(zipmap("\x01\xfe\xff\xff\xff\xff"
                   "f\x01\x00v\xff"s),
            std::nullopt);
}

TEST(Listpack, ReadsEntriesAsText) {
  EXPECT_THAT(listpack("\x0f\0\0\0\3\0\x81"
                       "a\2\xdf\xff\2\x05\x01\xff"s),
              Optional(ElementsAre("a", "-1", "5")));
  EXPECT_THAT(listpack("\7\0\0\0\0\0\xff"s), Optional(ElementsAre()));
  EXPECT_EQ(listpack("\7\0\0\0\1\0\xff"s), std::nullopt);
  EXPECT_EQ(listpack(""), std::nullopt);
}

TEST(Intset, ReadsEveryWidth) {
  EXPECT_THAT(intset("\2\0\0\0\2\0\0\0\xff\xff\5\0"s), Optional(ElementsAre(-1, 5)));
  EXPECT_THAT(intset("\4\0\0\0\1\0\0\0\0\0\0\x80"s), Optional(ElementsAre(INT32_MIN)));
  EXPECT_THAT(intset("\x08\0\0\0\1\0\0\0\0\0\0\0\0\0\0\x80"s), Optional(ElementsAre(INT64_MIN)));
  EXPECT_THAT(intset("\2\0\0\0\0\0\0\0"s), Optional(ElementsAre()));
}

TEST(Intset, RefusesDamage) {
  EXPECT_EQ(intset("\2\0\0\0\2\0\0\0\5\0\5\0"s), std::nullopt);
  EXPECT_EQ(intset("\2\0\0\0\2\0\0\0\5\0\4\0"s), std::nullopt);
  EXPECT_EQ(intset("\3\0\0\0\1\0\0\0\1\2\3"s), std::nullopt);
  EXPECT_EQ(intset("\0\0\0\0\1\0\0\0"s), std::nullopt);
  EXPECT_EQ(intset("\2\0\0\0\3\0\0\0\5\0\6\0"s), std::nullopt);
  EXPECT_EQ(intset("\2\0\0\0\xff\xff\xff\xff\5\0\6\0"s), std::nullopt);
  EXPECT_EQ(intset("\2\0\0\0\1\0\0"s), std::nullopt);
}

}  // namespace
}  // namespace sorrel::persist::rdb
