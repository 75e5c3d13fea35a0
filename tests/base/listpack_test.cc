// SPDX-License-Identifier: BSD-3-Clause
//
// Listpacks: the bytes are those that Redis 8.0 shows in a DUMP (the literals below were read from
// one), walking gives the same entries both ways, random edits agree with a vector, and bytes that
// pass listpack_valid() can be walked without leaving them, however they were mangled before.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/base/listpack.h>
#include <sorrel/base/listpack_entry.h>
#include <sorrel/base/numbers.h>
#include <sorrel/base/random.h>

namespace sorrel::base {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::ElementsAreArray;

class Owned {
 public:
  Owned() : pack_(Listpack::create()) {}
  explicit Owned(const std::vector<std::string>& texts) : Owned() {
    for (const auto& text : texts) append(text);
  }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() { Listpack::free(pack_); }

  const Listpack* operator->() const { return pack_; }
  Listpack*& get() { return pack_; }
  void append(std::string_view text) { pack_ = listpack_append(pack_, text); }

 private:
  Listpack* pack_;
};

std::string text_of(const ListpackValue& value) {
  char scratch[kMaxIntegerText];
  return std::string(value.text(scratch));
}

std::vector<std::string> forward(const Listpack& pack) {
  std::vector<std::string> texts;
  for (auto at = pack.begin(); at != pack.end(); at = pack.next(at)) {
    texts.push_back(text_of(pack.get(at)));
  }
  return texts;
}

std::vector<std::string> backward(const Listpack& pack) {
  std::vector<std::string> texts;
  for (auto at = pack.end(); at != pack.begin();) {
    at = pack.previous(at);
    texts.push_back(text_of(pack.get(at)));
  }
  return texts;
}

// The bytes of the only entry.
std::string encoded(std::string_view text) {
  Owned pack;
  pack.append(text);
  EXPECT_EQ(text_of(pack->get(pack->begin())), text);
  EXPECT_EQ(Listpack::entry_bytes(text), pack->bytes() - Listpack::kEmptyBytes);
  EXPECT_TRUE(listpack_valid(pack->view()));
  EXPECT_EQ(pack->previous(pack->end()), pack->begin());
  EXPECT_EQ(pack->next(pack->begin()), pack->end());
  return std::string(pack->view().substr(Listpack::kHeader, pack->bytes() - Listpack::kEmptyBytes));
}

TEST(Listpack, AnEmptyOneIsSevenBytes) {
  Owned pack;
  EXPECT_EQ(pack->view(), "\x07\0\0\0\0\0\xff"s);
  EXPECT_EQ(pack->count(), 0u);
  EXPECT_TRUE(pack->empty());
  EXPECT_EQ(pack->begin(), pack->end());
  EXPECT_EQ(pack->seek(0), pack->end());
  EXPECT_EQ(pack->seek(-1), pack->end());
  EXPECT_EQ(pack->find(pack->begin(), "a"), pack->end());
  EXPECT_TRUE(listpack_valid(pack->view()));
}

TEST(Listpack, TheWholeIsAsRedisWritesIt) {
  Owned pack({"f", "0"});
  EXPECT_EQ(pack->view(), "\x0c\0\0\0\2\0\x81\x66\2\0\1\xff"s);
  Owned wide({"f", "-9223372036854775808"});
  EXPECT_EQ(wide->view(), "\x14\0\0\0\2\0\x81\x66\2\xf4\0\0\0\0\0\0\0\x80\x09\xff"s);
}

TEST(Listpack, IntegersTakeTheLeastWidth) {
  EXPECT_EQ(encoded("0"), "\0\1"s);
  EXPECT_EQ(encoded("127"), "\x7f\1"s);
  EXPECT_EQ(encoded("128"), "\xc0\x80\2"s);
  EXPECT_EQ(encoded("-1"), "\xdf\xff\2"s);
  EXPECT_EQ(encoded("-4096"), "\xd0\0\2"s);
  EXPECT_EQ(encoded("4095"), "\xcf\xff\2"s);
  EXPECT_EQ(encoded("4096"), "\xf1\0\x10\3"s);
  EXPECT_EQ(encoded("-4097"), "\xf1\xff\xef\3"s);
  EXPECT_EQ(encoded("32767"), "\xf1\xff\x7f\3"s);
  EXPECT_EQ(encoded("-32768"), "\xf1\0\x80\3"s);
  EXPECT_EQ(encoded("32768"), "\xf2\0\x80\0\4"s);
  EXPECT_EQ(encoded("-32769"), "\xf2\xff\x7f\xff\4"s);
  EXPECT_EQ(encoded("8388607"), "\xf2\xff\xff\x7f\4"s);
  EXPECT_EQ(encoded("-8388608"), "\xf2\0\0\x80\4"s);
  EXPECT_EQ(encoded("8388608"), "\xf3\0\0\x80\0\5"s);
  EXPECT_EQ(encoded("-8388609"), "\xf3\xff\xff\x7f\xff\5"s);
  EXPECT_EQ(encoded("2147483647"), "\xf3\xff\xff\xff\x7f\5"s);
  EXPECT_EQ(encoded("-2147483648"), "\xf3\0\0\0\x80\5"s);
  EXPECT_EQ(encoded("2147483648"), "\xf4\0\0\0\x80\0\0\0\0\x09"s);
  EXPECT_EQ(encoded("-2147483649"), "\xf4\xff\xff\xff\x7f\xff\xff\xff\xff\x09"s);
  EXPECT_EQ(encoded("9223372036854775807"), "\xf4\xff\xff\xff\xff\xff\xff\xff\x7f\x09"s);
}

TEST(Listpack, WhatIsNoCanonicalIntegerIsAString) {
  EXPECT_EQ(encoded(""), "\x80\1"s);
  EXPECT_EQ(encoded("a"), "\x81\x61\2"s);
  EXPECT_EQ(encoded("01"), "\x82\x30\x31\3"s);
  EXPECT_EQ(encoded("-0"), "\x82\x2d\x30\3"s);
  EXPECT_EQ(encoded("+1"), "\x82+1\3"s);
  EXPECT_EQ(encoded("9223372036854775808"),
            "\x93"
            "9223372036854775808\x14"s);
}

TEST(Listpack, StringsTakeTheLeastHead) {
  const auto frame = [](std::size_t length) {
    const std::string bytes = encoded(std::string(length, 'x'));
    const std::size_t begin = bytes.find('x');
    return std::pair(bytes.substr(0, begin), bytes.substr(begin + length));
  };
  EXPECT_EQ(frame(63), std::pair("\xbf"s, "\x40"s));
  EXPECT_EQ(frame(64), std::pair("\xe0\x40"s, "\x42"s));
  EXPECT_EQ(frame(125), std::pair("\xe0\x7d"s, "\x7f"s));
  EXPECT_EQ(frame(126), std::pair("\xe0\x7e"s, "\1\x80"s));
  EXPECT_EQ(frame(4095), std::pair("\xef\xff"s, "\x20\x81"s));
  EXPECT_EQ(frame(4096), std::pair("\xf0\0\x10\0\0"s, "\x20\x85"s));
  // One byte more than 16383 and 2097151 would need.
  EXPECT_EQ(frame(16377), std::pair("\xf0\xf9\x3f\0\0"s, "\x7f\xfe"s));
  EXPECT_EQ(frame(16378), std::pair("\xf0\xfa\x3f\0\0"s, "\0\xff\xff"s));
  EXPECT_EQ(frame(2097145), std::pair("\xf0\xf9\xff\x1f\0"s, "\x7f\xff\xfe"s));
  EXPECT_EQ(frame(2097146), std::pair("\xf0\xfa\xff\x1f\0"s, "\0\xff\xff\xff"s));
}

TEST(Listpack, IsWalkedBothWays) {
  const std::vector<std::string> texts{"",
                                       "0",
                                       "-1",
                                       "4096",
                                       "70000",
                                       "9223372036854775807",
                                       std::string(63, 'a'),
                                       std::string(64, 'b'),
                                       std::string(5000, 'c'),
                                       std::string(20000, 'd'),
                                       "end"};
  Owned pack(texts);
  EXPECT_THAT(forward(*pack.get()), ElementsAreArray(texts));
  auto reversed = texts;
  std::reverse(reversed.begin(), reversed.end());
  EXPECT_THAT(backward(*pack.get()), ElementsAreArray(reversed));
  const auto count = static_cast<std::int64_t>(texts.size());
  for (std::int64_t i = -count; i < count; ++i) {
    const auto wanted = static_cast<std::size_t>(i < 0 ? i + count : i);
    EXPECT_EQ(text_of(pack->get(pack->seek(i))), texts[wanted]) << i;
  }
  EXPECT_EQ(pack->seek(count), pack->end());
  EXPECT_EQ(pack->seek(-count - 1), pack->end());
  EXPECT_EQ(pack->seek(std::numeric_limits<std::int64_t>::min()), pack->end());
  EXPECT_EQ(pack->seek(std::numeric_limits<std::int64_t>::max()), pack->end());
}

TEST(Listpack, FindsByText) {
  Owned pack({"a", "1", "b", "a", "1", "10", "c", "", "d", std::string(100, 'x'), "e", "y"});
  const auto found = [&](std::string_view text, unsigned skip, std::int64_t from = 0) {
    std::int64_t index = 0;
    const auto at = pack->find(pack->seek(from), text, skip);
    if (at == pack->end()) return std::int64_t{-1};
    for (auto walk = pack->begin(); walk != at; walk = pack->next(walk)) ++index;
    return index;
  };
  EXPECT_EQ(found("a", 0), 0);
  EXPECT_EQ(found("a", 0, 1), 3);
  EXPECT_EQ(found("1", 0), 1);
  EXPECT_EQ(found("1", 1), 4);
  EXPECT_EQ(found("1", 1, 1), 1);
  EXPECT_EQ(found("10", 0), 5);
  EXPECT_EQ(found("10", 1), -1);
  EXPECT_EQ(found("01", 0), -1);
  EXPECT_EQ(found("", 0), 7);
  EXPECT_EQ(found(std::string(100, 'x'), 0), 9);
  EXPECT_EQ(found(std::string(99, 'x'), 0), -1);
  EXPECT_EQ(found("y", 0), 11);
  // The skip may reach behind the end.
  EXPECT_EQ(found("z", 4), -1);
}

TEST(Listpack, AValueComparesWithItsText) {
  Owned pack({"12", "word"});
  EXPECT_TRUE(pack->get(pack->seek(0)).equals("12"));
  EXPECT_FALSE(pack->get(pack->seek(0)).equals("012"));
  EXPECT_FALSE(pack->get(pack->seek(0)).equals("word"));
  EXPECT_TRUE(pack->get(pack->seek(1)).equals("word"));
  EXPECT_FALSE(pack->get(pack->seek(1)).equals("words"));
}

TEST(Listpack, ReadsAnIntegerThatIsWrittenAsAString) {
  const std::string bytes =
      "\x0b\0\0\0\1\0\x82"
      "12\3\xff"s;
  ASSERT_TRUE(listpack_valid(bytes));
  Owned pack;
  Listpack::free(pack.get());
  pack.get() = Listpack::copy(bytes);
  EXPECT_EQ(pack->find(pack->begin(), "12"), pack->begin());
  EXPECT_TRUE(pack->get(pack->begin()).equals("12"));
}

TEST(Listpack, EditsAtOneEndAndTheOther) {
  Owned pack({"b"});
  pack.get() = listpack_insert(pack.get(), pack->begin(), "a");
  pack.get() = listpack_insert_integer(pack.get(), pack->end(), 300);
  EXPECT_THAT(forward(*pack.get()), ElementsAre("a", "b", "300"));
  const std::string_view several[] = {"x", "7", "yy"};
  pack.get() = listpack_insert_all(pack.get(), pack->seek(1), several);
  EXPECT_THAT(forward(*pack.get()), ElementsAre("a", "x", "7", "yy", "b", "300"));
  EXPECT_EQ(pack->count(), 6u);
  pack.get() = listpack_erase(pack.get(), pack->seek(1), 3);
  pack.get() = listpack_replace(pack.get(), pack->seek(0), std::string(300, 'z'));
  pack.get() = listpack_replace_integer(pack.get(), pack->seek(-1), 5);
  EXPECT_THAT(forward(*pack.get()), ElementsAre(std::string(300, 'z'), "b", "5"));
  pack.get() = listpack_erase(pack.get(), pack->begin(), 3);
  EXPECT_TRUE(pack->empty());
  EXPECT_EQ(pack->view(), "\x07\0\0\0\0\0\xff"s);
}

TEST(Listpack, CountsBeyondWhatItsHeaderCanSay) {
  Owned pack;
  for (int i = 0; i < 65534; ++i) pack.append("1");
  EXPECT_EQ(pack->view().substr(4, 2), "\xfe\xff");
  const std::vector<std::string_view> more(10, "2");
  pack.get() = listpack_insert_all(pack.get(), pack->end(), more);
  EXPECT_EQ(pack->view().substr(4, 2), "\xff\xff");
  EXPECT_EQ(pack->count(), 65544u);
  EXPECT_TRUE(listpack_valid(pack->view()));
  EXPECT_EQ(pack->get(pack->seek(65534)).integer, 2);
  EXPECT_EQ(pack->seek(65544), pack->end());
  EXPECT_EQ(pack->get(pack->seek(-65544)).integer, 1);
  pack.get() = listpack_erase(pack.get(), pack->begin(), 9);
  EXPECT_EQ(pack->count(), 65535u);
  EXPECT_EQ(pack->view().substr(4, 2), "\xff\xff");
  pack.get() = listpack_erase(pack.get(), pack->begin());
  EXPECT_EQ(pack->count(), 65534u);
  EXPECT_EQ(pack->view().substr(4, 2), "\xfe\xff");
}

std::string random_text(Random& random) {
  switch (random.below(8)) {
    case 0:
      return std::to_string(random.below(200));
    case 1:
      return std::to_string(static_cast<std::int64_t>(random.next() >> random.below(64)));
    case 2:
      return "-" + std::to_string((random.next() >> random.below(63)) >> 1);
    case 3:
      return std::string(random.below(200), 'm');
    case 4:
      return std::string(random.below(5000), 'l');
    default:
      return std::string(random.below(12), static_cast<char>('a' + random.below(26)));
  }
}

void check(const Listpack& pack, const std::vector<std::string>& model) {
  ASSERT_EQ(pack.count(), model.size());
  ASSERT_TRUE(listpack_valid(pack.view()));
  ASSERT_EQ(forward(pack), model);
  auto reversed = model;
  std::reverse(reversed.begin(), reversed.end());
  ASSERT_EQ(backward(pack), reversed);
}

TEST(Listpack, RandomEditsAgreeWithAVector) {
  Random random(7);
  for (int round = 0; round < 20; ++round) {
    Owned pack;
    std::vector<std::string> model;
    for (int step = 0; step < 300; ++step) {
      const auto place = static_cast<std::ptrdiff_t>(random.below(model.size() + 1));
      const auto offset = pack->seek(place);
      const std::string text = random_text(random);
      const auto edit = random.below(8);
      if (edit < 4) {
        pack.get() = listpack_insert(pack.get(), offset, text);
        model.insert(model.begin() + place, text);
      } else if (edit == 4) {
        const std::string second = random_text(random);
        const std::string_view both[] = {text, second};
        pack.get() = listpack_insert_all(pack.get(), offset, both);
        model.insert(model.begin() + place, {text, second});
      } else if (static_cast<std::size_t>(place) == model.size()) {
        EXPECT_EQ(offset, pack->end());
      } else if (edit == 5) {
        const auto left = static_cast<std::uint64_t>(std::ssize(model) - place);
        const auto count = 1 + random.below(std::min<std::uint64_t>(left, 5));
        pack.get() = listpack_erase(pack.get(), offset, static_cast<std::uint32_t>(count));
        model.erase(model.begin() + place, model.begin() + place + static_cast<long>(count));
      } else {
        pack.get() = listpack_replace(pack.get(), offset, text);
        model[static_cast<std::size_t>(place)] = text;
      }
      if (step % 10 == 0) check(*pack.get(), model);
    }
    check(*pack.get(), model);
    Owned copy;
    Listpack::free(copy.get());
    copy.get() = Listpack::copy(*pack.get());
    check(*copy.get(), model);
  }
}

TEST(Listpack, SplicesInPlaceOnEitherSide) {
  Random random(13);
  std::vector<char> room(1 << 20);
  char* const middle = room.data() + room.size() / 2;
  listpack_frame(middle, Listpack::kEmptyBytes, 0);
  auto* pack = reinterpret_cast<Listpack*>(middle);
  std::vector<std::string> model;
  for (int step = 0; step < 2000; ++step) {
    const auto side = random.below(2) == 0 ? ListpackSide::kFront : ListpackSide::kBack;
    const auto place = static_cast<std::ptrdiff_t>(random.below(model.size() + 1));
    const auto left = static_cast<std::uint64_t>(std::ssize(model) - place);
    const auto cut =
        static_cast<std::ptrdiff_t>(random.below(std::min<std::uint64_t>(left, 3) + 1));
    const std::uint32_t offset = pack->seek(place);
    const std::uint32_t behind = pack->seek(place + cut);
    const std::string text = random_text(random).substr(0, 70);
    const ListpackEntry entry(text);
    const bool inserts = random.below(4) != 0 && model.size() < 500;
    const char* const end = pack->data() + pack->bytes();
    const char* const begin = pack->data();
    pack = listpack_splice(pack, offset, {behind - offset, static_cast<std::uint32_t>(cut)},
                           inserts ? &entry : nullptr, side);
    // The other side stays where it was.
    ASSERT_EQ(side == ListpackSide::kFront ? pack->data() + pack->bytes() : pack->data(),
              side == ListpackSide::kFront ? end : begin);
    model.erase(model.begin() + place, model.begin() + place + cut);
    if (inserts) model.insert(model.begin() + place, text);
    if (step % 10 == 0) check(*pack, model);
  }
  check(*pack, model);
}

// In an allocation of just its size, so that the address sanitizer sees a step outside.
void walk_all(const std::string& bytes) {
  const std::unique_ptr<char[]> exact(new char[bytes.size()]);
  std::copy(bytes.begin(), bytes.end(), exact.get());
  const auto& pack = *reinterpret_cast<const Listpack*>(exact.get());
  auto texts = forward(pack);
  auto reversed = backward(pack);
  std::reverse(reversed.begin(), reversed.end());
  EXPECT_EQ(texts, reversed);
  EXPECT_EQ(pack.count(), texts.size());
  EXPECT_EQ(pack.find(pack.begin(), "not there"), pack.end());
}

TEST(Listpack, WhatIsCutShortOrTooLongIsNotValid) {
  Owned pack({"abc", "1", "70000", std::string(70, 'x'), std::string(5000, 'y')});
  const std::string bytes(pack->view());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    std::string cut = bytes.substr(0, length);
    EXPECT_FALSE(listpack_valid(cut));
    if (length < Listpack::kEmptyBytes) continue;
    const auto total = static_cast<std::uint32_t>(length);
    std::memcpy(cut.data(), &total, sizeof total);
    cut.back() = '\xff';
    EXPECT_FALSE(listpack_valid(cut)) << length;
  }
  EXPECT_FALSE(listpack_valid(bytes + "\xff"));
}

TEST(Listpack, MangledBytesAreRefusedOrHarmless) {
  Random random(11);
  const std::vector<std::string> texts{
      "abc", "1", "-5", "70000", "8589934592", "", std::string(70, 'x'), std::string(130, 'y'),
      "z"};
  Owned pack(texts);
  const std::string bytes(pack->view());
  int accepted = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string mangled = bytes;
      mangled[at] = static_cast<char>(value);
      if (!listpack_valid(mangled)) continue;
      ++accepted;
      walk_all(mangled);
    }
  }
  EXPECT_GT(accepted, 200 * 256);  // the bytes of strings may be anything
  for (int round = 0; round < 20000; ++round) {
    std::string mangled = bytes.substr(0, 7 + random.below(bytes.size() - 6));
    const auto total = static_cast<std::uint32_t>(mangled.size());
    std::memcpy(mangled.data(), &total, sizeof total);
    mangled[4] = mangled[5] = '\xff';
    mangled.back() = '\xff';
    for (auto edits = random.below(4); edits > 0; --edits) {
      mangled[6 + random.below(mangled.size() - 6)] = static_cast<char>(random.next());
    }
    if (listpack_valid(mangled)) walk_all(mangled);
  }
}

}  // namespace
}  // namespace sorrel::base
