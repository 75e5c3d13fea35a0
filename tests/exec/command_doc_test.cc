// SPDX-License-Identifier: BSD-3-Clause
//
// The documentation table and its four small languages: what well-formed texts mean, and that
// malformed ones are refused whole. That the rows say what the contract says is checked by
// tests/conformance/contract/command_docs_test.py.
#include <array>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/exec/command_doc.h>

namespace sorrel::exec {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(FindCommandDoc, FindsCommandsAndSubcommandsByFullName) {
  for (const char* name : {"acl", "append", "asking", "xtrim", "zunionstore", "client|setname",
                           "watch", "unlink", "debug", "geoadd"}) {
    const CommandDoc* doc = find_command_doc(name);
    ASSERT_NE(doc, nullptr) << name;
    EXPECT_EQ(doc->name, name);
    EXPECT_FALSE(doc->summary.empty()) << name;
  }
}

TEST(FindCommandDoc, KnowsNoOtherName) {
  for (const char* name : {"", "SET", "se", "sett", "setname", "client|", "client|setnam", "zzz"}) {
    EXPECT_EQ(find_command_doc(name), nullptr) << name;
  }
}

TEST(ParseArguments, PlainArguments) {
  const auto arguments = parse_arguments("key#0 value count:integer weight:double+ at:unix-time");
  ASSERT_EQ(arguments.size(), 5u);
  EXPECT_EQ(arguments[0].name, "key");
  EXPECT_EQ(arguments[0].type, DocArgumentType::key);
  EXPECT_EQ(arguments[0].key_spec_index, 0);
  EXPECT_FALSE(arguments[0].has_token);
  EXPECT_EQ(arguments[1].type, DocArgumentType::string);
  EXPECT_EQ(arguments[1].key_spec_index, -1);
  EXPECT_EQ(arguments[2].type, DocArgumentType::integer);
  EXPECT_FALSE(arguments[2].multiple);
  EXPECT_EQ(arguments[3].type, DocArgumentType::real);
  EXPECT_TRUE(arguments[3].multiple);
  EXPECT_FALSE(arguments[3].multiple_token);
  EXPECT_EQ(arguments[4].type, DocArgumentType::unix_time);
}

TEST(ParseArguments, TokensAndMarks) {
  const auto arguments = parse_arguments(
      "[GET=get-pattern:pattern++#1@1.2.0!2.0.0~pattern] NX sorting:ALPHA equal:'=' none:''");
  ASSERT_EQ(arguments.size(), 5u);
  const DocArgument& get = arguments[0];
  EXPECT_EQ(get.name, "get-pattern");
  EXPECT_EQ(get.type, DocArgumentType::pattern);
  EXPECT_EQ(get.token, "GET");
  EXPECT_TRUE(get.optional && get.multiple && get.multiple_token);
  EXPECT_EQ(get.key_spec_index, 1);
  EXPECT_EQ(get.since, "1.2.0");
  EXPECT_EQ(get.deprecated_since, "2.0.0");
  EXPECT_EQ(get.display_text, "pattern");
  EXPECT_EQ(arguments[1].name, "nx");
  EXPECT_EQ(arguments[1].type, DocArgumentType::pure_token);
  EXPECT_EQ(arguments[2].name, "sorting");
  EXPECT_EQ(arguments[2].token, "ALPHA");
  EXPECT_EQ(arguments[3].token, "=");
  EXPECT_TRUE(arguments[4].has_token);
  EXPECT_EQ(arguments[4].token, "");
}

TEST(ParseArguments, GroupsNest) {
  const auto arguments =
      parse_arguments("[LIMIT=limit{offset:integer count:integer}@6.2.0] by(A | b{C d#2})+");
  ASSERT_EQ(arguments.size(), 2u);
  EXPECT_EQ(arguments[0].type, DocArgumentType::block);
  EXPECT_EQ(arguments[0].since, "6.2.0");
  EXPECT_EQ(arguments[0].arguments.size(), 2u);
  const DocArgument& by = arguments[1];
  EXPECT_EQ(by.type, DocArgumentType::one_of);
  EXPECT_TRUE(by.multiple);
  ASSERT_EQ(by.arguments.size(), 2u);
  EXPECT_EQ(by.arguments[0].type, DocArgumentType::pure_token);
  ASSERT_EQ(by.arguments[1].arguments.size(), 2u);
  EXPECT_EQ(by.arguments[1].arguments[1].key_spec_index, 2);
}

TEST(ParseArguments, RefusesMalformedText) {
  const std::array texts = {" ",      "a ",      " a",      "a  b",
                            "[a",     "a]",      "a(",      "a()",
                            "a(b",    "a(b |c)", "a(b c)",  "a{b | c}",
                            "a{}",    "a:",      "a:float", "a#",
                            "a#x",    "a@",      "a!",      "a~",
                            "A=",     "A=B",     "'x",      "a:'x",
                            "A=a:B",  "a++",     "a@1#0",   "Key",
                            "a(b)~c", "a{b}#0",  "[]",      "a#99999999999999999999",
                            "a\n",    "a(b))",   "_"};
  for (const char* text : texts) {
    EXPECT_THAT(parse_arguments(text), IsEmpty()) << '"' << text << '"';
  }
}

TEST(ParseArguments, BoundsNesting) {
  std::string deep = "a";
  for (int level = 0; level < 100; ++level) {
    deep.insert(0, "a(").append(")");
  }
  EXPECT_THAT(parse_arguments(deep), IsEmpty());
}

TEST(ParseKeySpecs, AllForms) {
  const auto specs = parse_key_specs(
      "RO access: index 2, range -2 1 3; OW: keyword STORE -5, keynum 0 1 2 -- a note; "
      "RW: unknown, unknown");
  ASSERT_EQ(specs.size(), 3u);
  EXPECT_THAT(specs[0].flags, ElementsAre("RO", "access"));
  EXPECT_EQ(specs[0].begin_search.kind, KeySpecBegin::Kind::index);
  EXPECT_EQ(specs[0].begin_search.index, 2);
  EXPECT_EQ(specs[0].find_keys.kind, KeySpecFind::Kind::range);
  EXPECT_EQ(specs[0].find_keys.last_key, -2);
  EXPECT_EQ(specs[0].find_keys.key_step, 1);
  EXPECT_EQ(specs[0].find_keys.limit, 3);
  EXPECT_EQ(specs[0].notes, "");
  EXPECT_EQ(specs[1].begin_search.keyword, "STORE");
  EXPECT_EQ(specs[1].begin_search.start_from, -5);
  EXPECT_EQ(specs[1].find_keys.kind, KeySpecFind::Kind::keynum);
  EXPECT_EQ(specs[1].find_keys.key_num_index, 0);
  EXPECT_EQ(specs[1].find_keys.first_key, 1);
  EXPECT_EQ(specs[1].find_keys.key_step, 2);
  EXPECT_EQ(specs[1].notes, "a note");
  EXPECT_EQ(specs[2].begin_search.kind, KeySpecBegin::Kind::unknown);
  EXPECT_EQ(specs[2].find_keys.kind, KeySpecFind::Kind::unknown);
}

TEST(ParseKeySpecs, RefusesMalformedText) {
  const std::array texts = {"RO",
                            ": index 1, range 0 1 0",
                            "RO index 1, range 0 1 0",
                            "RO: index 1",
                            "RO: index, range 0 1 0",
                            "RO: index x, range 0 1 0",
                            "RO: index 1, range 0 1",
                            "RO: index 1, range 0 1 0 0",
                            "RO: index 1, range 0 1 y",
                            "RO: index 1, keynum 0 1",
                            "RO: keyword 1, range 0 1 0",
                            "RO: unknown, none",
                            "RO  x: unknown, unknown",
                            "RO: unknown, unknown -- ",
                            "RO: unknown, unknown; ",
                            "RO: unknown, unknown;RW: unknown, unknown"};
  for (const char* text : texts) {
    EXPECT_THAT(parse_key_specs(text), IsEmpty()) << '"' << text << '"';
  }
}

TEST(ParseHistory, LinesOfVersionAndText) {
  const auto history = parse_history("2.6.12 Added `EX`.\n6.0.0 Added more.");
  ASSERT_EQ(history.size(), 2u);
  EXPECT_EQ(history[0].version, "2.6.12");
  EXPECT_EQ(history[0].text, "Added `EX`.");
  EXPECT_EQ(history[1].version, "6.0.0");
  for (const char* text : {"", "1.0.0", "1.0.0 ", " text", "1.0.0 text\n"}) {
    EXPECT_THAT(parse_history(text), IsEmpty()) << '"' << text << '"';
  }
}

TEST(ParseWords, WordsPartedByOneSpace) {
  EXPECT_THAT(parse_words("one two"), ElementsAre("one", "two"));
  for (const char* text : {"", " one", "one ", "one  two"}) {
    EXPECT_THAT(parse_words(text), IsEmpty()) << '"' << text << '"';
  }
}

}  // namespace
}  // namespace sorrel::exec
