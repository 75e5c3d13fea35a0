// SPDX-License-Identifier: BSD-3-Clause
//
// Case, globs and quoting. The glob table is what a Redis 8.0 server's KEYS answered; a plain
// recursive matcher checks well-formed random patterns; a pattern of many stars must come back at
// all, which an exponential matcher would not.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/base/random.h>
#include <sorrel/base/text.h>

namespace sorrel::base {
namespace {

using Words = std::vector<std::string>;

TEST(Case, IsAsciiOnly) {
  EXPECT_EQ(lower("AbZ\xc4[@"), "abz\xc4[@");
  EXPECT_TRUE(equals_ignoring_case("SeT", "set"));
  EXPECT_FALSE(equals_ignoring_case("set", "sets"));
  EXPECT_FALSE(equals_ignoring_case("@", "`"));
  EXPECT_EQ(to_upper('z'), 'Z');
  EXPECT_EQ(to_upper('{'), '{');
}

struct GlobCase {
  const char* pattern;
  const char* text;
  bool matches;
};

// As Redis 8.0 answers KEYS.
constexpr GlobCase kGlobCases[] = {
    {"", "", true},
    {"", "a", false},
    {"*", "", true},
    {"**", "", false},
    {"**", "ab", true},
    {"a*", "a", true},
    {"a**", "a", true},
    {"*a", "ba", true},
    {"*a", "ab", false},
    {"a*b*c", "a1b2b3c", true},
    {"a*b*c", "a1b2b3", false},
    {"?", "a", true},
    {"?", "", false},
    {"?*?", "ab", true},
    {"?*?", "a", false},
    {"h[ae]llo", "hello", true},
    {"h[^e]llo", "hello", false},
    {"h[^e]llo", "hallo", true},
    {"[a-c]", "b", true},
    {"[a-c]", "d", false},
    {"[c-a]", "b", true},
    {"[^]", "a", true},
    {"[^", "a", true},
    {"[", "[", false},
    {"[", "a", false},
    {"[]", "]", false},
    {"[]a]", "]a]", false},
    {"[a-", "a", true},
    {"[a-", "-", true},
    {"[a-", "b", false},
    {"[a-]", "a", true},
    {"[a", "a", true},
    {"[ab", "b", true},
    {"[-a]", "-", true},
    {"[\\]]", "]", true},
    {"[^\\]]", "]", false},
    {"[\\a-z]", "a", true},
    {"[\\a-z]", "-", true},
    {"[\\a-z]", "m", false},
    {"[\\", "\\", true},
    {"\\", "\\", true},
    {"a\\", "a\\", true},
    {"a\\", "a", false},
    {"\\*", "*", true},
    {"\\*", "a", false},
    {"\\a", "a", true},
    {"*\\", "x\\", true},
    {"[a-\xff]", "\x20", true},
    {"[a-\xff]", "z", false},
    {"user:[0-9]*", "user:7x", true},
};

TEST(GlobMatch, AgreesWithTheReferenceServerInOddCases) {
  for (const GlobCase& c : kGlobCases) {
    EXPECT_EQ(glob_match(c.pattern, c.text), c.matches) << c.pattern << " against " << c.text;
  }
}

TEST(GlobMatch, IgnoresCaseWhenAsked) {
  EXPECT_TRUE(glob_match("MaxMem*", "maxmemory", true));
  EXPECT_FALSE(glob_match("MaxMem*", "maxmemory"));
  EXPECT_TRUE(glob_match("[A-C]x", "bX", true));
  EXPECT_TRUE(glob_match("\\Ax", "ax", true));
}

TEST(GlobMatch, IsNeverExponential) {
  std::string pattern;
  for (int i = 0; i < 50; ++i) {
    pattern += "a*";
  }
  pattern += 'b';
  EXPECT_FALSE(glob_match(pattern, std::string(5'000, 'a')));
  EXPECT_TRUE(glob_match(pattern, std::string(5'000, 'a') + "b"));
}

// Observed of a Redis 8.0 server.
TEST(GlobMatch, FitsNothingWithMoreThanAThousandStars) {
  const auto parts = [](int count) {
    std::string pattern;
    for (int i = 0; i < count; ++i) {
      pattern += "**?";
    }
    return pattern;
  };
  const std::string text(1'500, 'a');
  EXPECT_TRUE(glob_match(parts(1'000) + "*", text));
  EXPECT_FALSE(glob_match(parts(1'001) + "*", text));
  EXPECT_TRUE(glob_match(std::string(5'000, '*') + "a", text));
}

// The definition, for patterns of letters, '?' and '*'.
bool plain_match(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) {
    return text.empty();
  }
  if (pattern[0] == '*') {
    return plain_match(pattern.substr(1), text) ||
           (!text.empty() && plain_match(pattern, text.substr(1)));
  }
  return !text.empty() && (pattern[0] == '?' || pattern[0] == text[0]) &&
         plain_match(pattern.substr(1), text.substr(1));
}

TEST(GlobMatch, AgreesWithItsDefinitionOnRandomPatterns) {
  Random random(3);
  int matches = 0;
  for (int i = 0; i < 100'000; ++i) {
    std::string pattern;
    std::string text;
    for (std::uint64_t n = random.below(8); n > 0; --n) {
      pattern += "ab?*"[random.below(4)];
    }
    for (std::uint64_t n = 1 + random.below(8); n > 0; --n) {
      text += "ab"[random.below(2)];
    }
    const bool expected = plain_match(pattern, text);
    matches += expected ? 1 : 0;
    ASSERT_EQ(glob_match(pattern, text), expected) << pattern << " against " << text;
  }
  EXPECT_GT(matches, 1'000);
}

TEST(LiteralPattern, HasNoSpecialCharacter) {
  EXPECT_TRUE(is_literal_pattern("user:1]^-"));
  for (const char* pattern : {"*", "a?", "[a", "a\\"}) {
    EXPECT_FALSE(is_literal_pattern(pattern)) << pattern;
  }
}

TEST(SplitQuoted, SplitsAsTheInlineProtocol) {
  EXPECT_EQ(split_quoted(""), Words{});
  EXPECT_EQ(split_quoted(" \t\v "), Words{});
  EXPECT_EQ(split_quoted("  set  a\tb "), (Words{"set", "a", "b"}));
  EXPECT_EQ(split_quoted(R"("a\x41\n\q\"b\\")"), (Words{"aA\nq\"b\\"}));
  EXPECT_EQ(split_quoted(R"("\xg1" "\x4" "\t\r\b\a")"), (Words{"xg1", "x4", "\t\r\b\a"}));
  EXPECT_EQ(split_quoted(R"('a\'b\n' '')"), (Words{"a'b\\n", ""}));
  EXPECT_EQ(split_quoted(R"(ab"c d")"), (Words{"abc d"}));
  EXPECT_EQ(split_quoted(R"(a\"b c")"), (Words{"a\\b c"}));
  EXPECT_EQ(split_quoted("a\vb"), (Words{"a\vb"}));
}

TEST(SplitQuoted, RefusesUnbalancedQuotes) {
  for (const char* line :
       {"\"a", "'a", "\"a\"b", "'a'b", "\"a\"'b'", "\"a\\\"", "\"a\\", "'a\\'"}) {
    EXPECT_EQ(split_quoted(line), std::nullopt) << line;
  }
}

TEST(Quote, ReadsBackForEveryByte) {
  EXPECT_EQ(quote("a\n\"\\\x01\xff"), R"("a\n\"\\\x01\xff")");
  std::string all;
  for (int c = 0; c < 256; ++c) {
    all += static_cast<char>(c);
  }
  EXPECT_EQ(split_quoted(quote(all)), Words{all});
  EXPECT_EQ(split_quoted(quote("")), Words{""});
}

}  // namespace
}  // namespace sorrel::base
