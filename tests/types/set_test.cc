// SPDX-License-Identifier: BSD-3-Clause
//
// Set verb by verb, each in all three forms; when a form becomes another, as Redis 8 does it; the
// bytes of the compact forms, and bytes that are none; chance; the memory promised for large sets.
#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/base/hash.h>
#include <sorrel/base/numbers.h>
#include <sorrel/types/set.h>

namespace sorrel::types {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

using Names = std::vector<std::string>;

std::string text_of(const Set::Member& member) {
  char scratch[base::kMaxIntegerText];
  return std::string(member.text(scratch));
}

Names members(const Set& set) {
  Names names;
  set.for_each([&](const Set::Member& member) { names.push_back(text_of(member)); });
  return names;
}

Names numbers(int first, int last) {
  Names names;
  for (int i = first; i < last; ++i) names.push_back(std::to_string(i));
  return names;
}

std::vector<std::string_view> views(const Names& names) { return {names.begin(), names.end()}; }

class SetVerbs : public ::testing::TestWithParam<SetEncoding> {
 protected:
  SetVerbs() {
    settings.hash_seed = 7;
    if (GetParam() != SetEncoding::kIntset) settings.set_max_intset_entries = 0;
    if (GetParam() == SetEncoding::kHashtable) settings.set_max_listpack_entries = 0;
  }
  bool add(std::string_view member) { return set.add(member, settings); }
  void fill(int count) {
    for (const std::string& name : numbers(0, count)) EXPECT_TRUE(add(name));
    EXPECT_EQ(set.encoding(), GetParam());
  }
  Settings settings;
  Set set;
  base::Random random{3};
};

INSTANTIATE_TEST_SUITE_P(Forms, SetVerbs,
                         ::testing::Values(SetEncoding::kIntset, SetEncoding::kListpack,
                                           SetEncoding::kHashtable),
                         [](const auto& info) { return std::string(encoding_name(info.param)); });

TEST_P(SetVerbs, AddsFindsAndRemoves) {
  EXPECT_TRUE(set.empty());
  EXPECT_FALSE(set.contains("3"));
  EXPECT_FALSE(set.remove("3"));
  EXPECT_TRUE(add("3"));
  EXPECT_TRUE(add("-1"));
  EXPECT_TRUE(add("70000"));
  EXPECT_FALSE(add("3"));
  EXPECT_EQ(set.encoding(), GetParam());
  EXPECT_EQ(set.size(), 3U);
  EXPECT_TRUE(set.contains("70000"));
  EXPECT_TRUE(set.contains(70000));
  EXPECT_TRUE(set.contains("70000", base::hash_bytes("70000", settings.hash_seed)));
  EXPECT_FALSE(set.contains("07"));
  EXPECT_FALSE(set.contains(7));
  EXPECT_FALSE(set.contains(""));
  EXPECT_THAT(members(set), UnorderedElementsAre("-1", "3", "70000"));
  EXPECT_TRUE(set.remove("3"));
  EXPECT_FALSE(set.remove("3"));
  EXPECT_FALSE(set.remove("x"));
  EXPECT_TRUE(set.remove("-1"));
  EXPECT_TRUE(set.remove("70000"));
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(set.memory_bytes(), 0U);
}

TEST_P(SetVerbs, AddsManyAtOnce) {
  const Names names = numbers(0, 100);
  EXPECT_EQ(set.add_all(views(names), settings), 100U);
  EXPECT_EQ(set.add_all(views(numbers(50, 120)), settings), 20U);
  EXPECT_EQ(set.size(), 120U);
  EXPECT_EQ(set.encoding(), GetParam());
}

TEST_P(SetVerbs, BuildsAndClones) {
  const Names names = numbers(0, 120);
  const SetEncoding least = GetParam();
  const Set built = Set::build(views(names), least, settings);
  EXPECT_EQ(built.encoding(), least);
  EXPECT_THAT(members(built), testing::UnorderedElementsAreArray(names));
  const Set copy = built.clone(settings);
  EXPECT_EQ(copy.encoding(), least);
  EXPECT_THAT(members(copy), testing::UnorderedElementsAreArray(names));
  EXPECT_EQ(copy.memory_bytes(), built.memory_bytes());
  EXPECT_TRUE(Set::build({}, least, settings).empty());
  EXPECT_TRUE(Set().clone(settings).empty());
}

TEST_P(SetVerbs, VisitsUntilTold) {
  fill(100);
  int seen = 0;
  EXPECT_FALSE(set.for_each([&](const Set::Member&) { return ++seen < 40; }));
  EXPECT_EQ(seen, 40);
  EXPECT_TRUE(set.for_each([&](const Set::Member&) { return true; }));
}

TEST_P(SetVerbs, ScansEverything) {
  fill(120);
  std::set<std::string> seen;
  std::uint64_t cursor = 0;
  do {
    cursor = set.scan(cursor, [&](const Set::Member& member) { seen.insert(text_of(member)); });
  } while (cursor != 0);
  EXPECT_EQ(seen.size(), 120U);
}

TEST_P(SetVerbs, SamplesDifferentMembers) {
  fill(100);
  for (const std::uint64_t count : {0U, 1U, 2U, 5U, 12U, 13U, 50U, 99U, 100U}) {
    std::set<std::string> seen;
    set.sample(count, random, [&](const Set::Member& member) {
      EXPECT_TRUE(set.contains(text_of(member)));
      seen.insert(text_of(member));
    });
    EXPECT_EQ(seen.size(), count);
  }
  EXPECT_EQ(set.size(), 100U);
}

TEST_P(SetVerbs, PopsWhatItTells) {
  for (const std::uint64_t count : {1U, 2U, 4U, 5U, 20U, 99U, 100U}) {
    set.clear();
    fill(100);
    std::set<std::string> popped;
    set.pop(count, random, [&](const Set::Member& member) { popped.insert(text_of(member)); });
    EXPECT_EQ(popped.size(), count);
    EXPECT_EQ(set.size(), 100 - count);
    for (const std::string& name : popped) EXPECT_FALSE(set.contains(name));
  }
  EXPECT_TRUE(set.empty());
}

// Chi-square over 20 members: 60 is exceeded once in 300,000 runs of a fair draw.
TEST_P(SetVerbs, EveryDrawIsFair) {
  fill(20);
  const auto judge = [](const std::map<std::string, int>& counts, double expected) {
    double chi_square = 0;
    for (const auto& [name, count] : counts) {
      chi_square += (count - expected) * (count - expected) / expected;
    }
    EXPECT_EQ(counts.size(), 20U);
    EXPECT_LT(chi_square, 60);
  };
  std::map<std::string, int> single;
  std::map<std::string, int> few;
  std::map<std::string, int> many;
  std::map<std::string, int> popped;
  for (int i = 0; i < 2000; ++i) {
    ++single[text_of(set.random(random))];
    const auto count_in = [](auto& counts) {
      return [&counts](const Set::Member& member) { ++counts[text_of(member)]; };
    };
    set.sample(2, random, count_in(few));
    set.sample(10, random, count_in(many));
    Set copy = set.clone(settings);
    copy.pop(i % 2 == 0 ? 2 : 8, random, count_in(popped));
  }
  judge(single, 100);
  judge(few, 200);
  judge(many, 1000);
  judge(popped, 500);
}

// Whole segments of the index go, some hundred members each.
TEST_P(SetVerbs, ReleasesInSteps) {
  settings.set_max_listpack_entries *= 100;
  settings.set_max_intset_entries *= 100;
  for (int i = 0; i < 3000; ++i) add(std::to_string(i));
  const bool big = GetParam() == SetEncoding::kHashtable;
  EXPECT_EQ(set.encoding(), GetParam());
  EXPECT_EQ(set.release_cost(), big ? 3000U : 1U);
  int steps = 1;
  while (!set.release_some(100)) ++steps;
  EXPECT_GE(steps, big ? 6 : 1);
  EXPECT_TRUE(set.empty());
}

TEST_P(SetVerbs, MayEndInTheMiddleOfARelease) {
  for (int i = 0; i < 1500; ++i) add(std::to_string(i));
  set.release_some(30);
}

class SetForms : public ::testing::Test {
 protected:
  struct Limits {
    std::uint64_t intset = 512;
    std::uint64_t listpack = 128;
    std::uint64_t value = 64;
  };
  void limit(const Limits& limits) {
    settings.set_max_intset_entries = limits.intset;
    settings.set_max_listpack_entries = limits.listpack;
    settings.set_max_listpack_value = limits.value;
  }
  // One SADD.
  void add(const Names& names) {
    set.expect(names[0], names.size(), settings);
    set.add_all(views(names), settings);
  }
  // The form after these SADDs.
  std::string_view form(const std::vector<Names>& commands) {
    set.clear();
    for (const Names& names : commands) add(names);
    return encoding_name(set.encoding());
  }
  // The form of a result that is stored.
  std::string_view stored(const Names& names, SetEncoding least = SetEncoding::kIntset) {
    const Set built = Set::build(views(names), least, settings);
    EXPECT_EQ(built.encoding(), Set::form_of(views(names), least, settings));
    EXPECT_EQ(built.size(), names.size());
    return encoding_name(built.encoding());
  }
  static Names joined(Names a, const Names& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
  }
  Settings settings;
  Set set;
};

TEST_F(SetForms, IntegersUpToTheLimit) {
  EXPECT_EQ(form({numbers(0, 512)}), "intset");
  EXPECT_EQ(form({numbers(0, 512), {"0"}}), "intset");
  EXPECT_EQ(form({numbers(0, 512), {"512"}}), "hashtable");
  EXPECT_EQ(form({{"-9223372036854775808", "9223372036854775807"}}), "intset");
  EXPECT_EQ(form({{"9223372036854775808"}}), "listpack");
  for (const char* text : {"", "+1", "01", "-0", " 1", "1 "}) EXPECT_EQ(form({{text}}), "listpack");
}

TEST_F(SetForms, ManyMembersOfOneCommandCountEvenIfEqual) {
  EXPECT_EQ(form({Names(513, "1")}), "hashtable");
  EXPECT_EQ(form({{"1"}, Names(513, "1")}), "hashtable");
  EXPECT_EQ(form({Names(129, "a")}), "hashtable");
  EXPECT_EQ(form({{"a"}, Names(129, "a")}), "hashtable");
  EXPECT_EQ(form({{"1"}, Names(129, "a")}), "listpack");
  EXPECT_EQ(form({joined({"1"}, Names(299, "a"))}), "listpack");
  EXPECT_EQ(form({joined({"a"}, Names(299, "1"))}), "hashtable");
}

TEST_F(SetForms, ATextEndsAnIntset) {
  EXPECT_EQ(form({numbers(0, 127), {"a"}}), "listpack");
  EXPECT_EQ(form({numbers(0, 128), {"a"}}), "hashtable");
  EXPECT_EQ(form({{"1"}, {std::string(64, 'a')}}), "listpack");
  EXPECT_EQ(form({{"1"}, {std::string(65, 'a')}}), "hashtable");
  EXPECT_EQ(form({{"a"}, {std::string(65, 'a')}}), "hashtable");
  EXPECT_EQ(form({{std::string(65, 'a')}}), "hashtable");
}

TEST_F(SetForms, TheLongestNumberCountsAsText) {
  limit({.value = 3});
  EXPECT_EQ(form({{"12345"}}), "intset");
  EXPECT_EQ(form({{"12345"}, {"a"}}), "hashtable");
  EXPECT_EQ(form({{"123", "-12"}, {"a"}}), "listpack");
  EXPECT_EQ(form({{"-123"}, {"a"}}), "hashtable");
  EXPECT_EQ(form({{"a"}, {"12345"}}), "hashtable");
}

TEST_F(SetForms, OtherLimits) {
  limit({.intset = 0});
  EXPECT_EQ(form({{"1"}, {"2"}, {"3"}}), "listpack");
  EXPECT_EQ(form({numbers(0, 129)}), "hashtable");
  limit({.intset = 0, .listpack = 0});
  EXPECT_EQ(form({{"1"}}), "hashtable");
  limit({.intset = 4});
  EXPECT_EQ(form({numbers(0, 5)}), "listpack");
  EXPECT_EQ(form({numbers(0, 4), {"4"}}), "hashtable");
  EXPECT_EQ(form({numbers(0, 4), {"a"}}), "listpack");
  EXPECT_EQ(form({{"1"}, Names(5, "1")}), "hashtable");
  limit({.listpack = 4});
  EXPECT_EQ(form({numbers(0, 3), {"a"}}), "listpack");
  EXPECT_EQ(form({numbers(0, 4), {"a"}}), "hashtable");
  limit({.intset = std::uint64_t{1} << 40});
  EXPECT_EQ(form({{"1"}}), "intset");
}

TEST_F(SetForms, RemovalTurnsNothingBack) {
  form({{"1", "a"}});
  EXPECT_TRUE(set.remove("a"));
  EXPECT_EQ(set.encoding(), SetEncoding::kListpack);
  EXPECT_TRUE(set.remove("1"));
  EXPECT_EQ(form({{"1"}}), "intset");
}

TEST_F(SetForms, StoredResults) {
  EXPECT_EQ(stored(numbers(0, 512)), "intset");
  EXPECT_EQ(stored(numbers(0, 513)), "hashtable");
  EXPECT_EQ(stored(joined(numbers(0, 127), {"a"})), "listpack");
  EXPECT_EQ(stored(joined(numbers(0, 128), {"a"})), "hashtable");
  EXPECT_EQ(stored({"a", std::string(65, 'b')}), "hashtable");
  EXPECT_EQ(stored({"1", "2"}, SetEncoding::kListpack), "listpack");
  EXPECT_EQ(stored(numbers(0, 129), SetEncoding::kListpack), "hashtable");
  EXPECT_EQ(stored({"1"}, SetEncoding::kHashtable), "hashtable");
  limit({.intset = 2});
  EXPECT_EQ(stored(numbers(0, 3)), "hashtable");
  EXPECT_EQ(stored(joined({"a"}, numbers(0, 3))), "listpack");
  limit({.intset = 0});
  EXPECT_EQ(stored({"1"}), "hashtable");
  limit({.value = 3});
  EXPECT_EQ(stored({"1234", "a"}), "hashtable");
  EXPECT_EQ(stored({"a", "1234"}), "hashtable");
  EXPECT_EQ(stored({"a", "123"}), "listpack");
}

using namespace std::string_view_literals;

TEST_F(SetForms, AnIntsetIsWhatFilesHold) {
  add({"5", "1", "-2"});
  EXPECT_EQ(set.compact_bytes(), "\x02\x00\x00\x00\x03\x00\x00\x00\xfe\xff\x01\x00\x05\x00"sv);
  add({"70000"});
  EXPECT_EQ(set.compact_bytes(),
            "\x04\x00\x00\x00\x04\x00\x00\x00\xfe\xff\xff\xff\x01\x00\x00\x00\x05\x00\x00\x00"
            "\x70\x11\x01\x00"sv);
  add({"-4294967296"});
  EXPECT_EQ(set.compact_bytes().substr(0, 16),
            "\x08\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff"sv);
  EXPECT_THAT(members(set), ElementsAre("-4294967296", "-2", "1", "5", "70000"));
  const auto loaded = Set::from_intset(set.compact_bytes(), settings);
  ASSERT_TRUE(loaded.has_value());
  EXPECT_THAT(members(*loaded), ElementsAre("-4294967296", "-2", "1", "5", "70000"));
}

TEST_F(SetForms, BytesThatAreNoIntset) {
  for (const std::string_view bytes :
       {""sv, "\x02\x00\x00\x00\x00\x00\x00\x00"sv, "\x02\x00\x00\x00\x01\x00\x00\x00\x01"sv,
        "\x03\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00"sv,
        "\x02\x00\x00\x00\x02\x00\x00\x00\x01\x00\x01\x00"sv,
        "\x02\x00\x00\x00\x02\x00\x00\x00\x02\x00\x01\x00"sv,
        "\x02\x00\x00\x00\x01\x00\x00\x00\x01\x00\x02\x00"sv,
        "\x02\x00\x00\x00\xff\xff\xff\xff\x01\x00\x02\x00"sv}) {
    EXPECT_FALSE(Set::from_intset(bytes, settings).has_value());
  }
  limit({.intset = 2});
  const auto large =
      Set::from_intset("\x02\x00\x00\x00\x03\x00\x00\x00\x01\x00\x02\x00\x03\x00"sv, settings);
  ASSERT_TRUE(large.has_value());
  EXPECT_EQ(large->encoding(), SetEncoding::kHashtable);
  EXPECT_THAT(members(*large), UnorderedElementsAre("1", "2", "3"));
}

TEST_F(SetForms, ListpacksOfOthers) {
  add({"a", "1", "bb"});
  const std::string bytes(set.compact_bytes());
  const auto loaded = Set::from_listpack(bytes, settings);
  ASSERT_TRUE(loaded.has_value());
  EXPECT_THAT(members(*loaded), ElementsAre("a", "1", "bb"));
  EXPECT_FALSE(Set::from_listpack(bytes.substr(1), settings).has_value());
  EXPECT_FALSE(Set::from_listpack("\x07\x00\x00\x00\x00\x00\xff"sv, settings).has_value());
  // The same member twice, once as an integer and once as its text.
  EXPECT_FALSE(Set::from_listpack("\x0c\x00\x00\x00\x02\x00\x01\x01\x81\x31\x02\xff"sv, settings)
                   .has_value());
  limit({.listpack = 2});
  const auto large = Set::from_listpack(bytes, settings);
  ASSERT_TRUE(large.has_value());
  EXPECT_EQ(large->encoding(), SetEncoding::kHashtable);
}

TEST_F(SetForms, MembersOfEveryLength) {
  for (const std::size_t length : {0U, 1U, 126U, 127U, 128U, 129U, 16383U, 16384U, 2097152U}) {
    const std::string member(length, 'x');
    EXPECT_TRUE(set.add(member, settings));
    EXPECT_FALSE(set.add(member, settings));
    EXPECT_TRUE(set.contains(member));
  }
  EXPECT_EQ(set.size(), 9U);
  EXPECT_TRUE(set.remove(std::string(16384, 'x')));
  EXPECT_EQ(set.size(), 8U);
}

TEST_F(SetForms, MembersOfNineteenBytes) {
  constexpr int kMembers = 200'000;
  std::array<char, 20> name;
  for (int i = 0; i < kMembers; ++i) {
    std::snprintf(name.data(), name.size(), "member:%012d", i);
    set.add({name.data(), 19}, settings);
  }
  EXPECT_EQ(set.size(), static_cast<std::uint64_t>(kMembers));
  EXPECT_LT(static_cast<double>(set.memory_bytes()) / kMembers, 45.0);
}

}  // namespace
}  // namespace sorrel::types
