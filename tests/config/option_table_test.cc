// SPDX-License-Identifier: BSD-3-Clause
//
// The option table with rows of its own: how each kind of option is read, refused and shown, that
// CONFIG SET is all or nothing, and that a rewritten file reads back to the same values and keeps
// what the table does not own. The server's real rows are proven by the .resp scripts.
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/config/option_table.h>

namespace sorrel::config {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

constexpr Choice kColours[] = {{"red", 1}, {"green", 2}};

class OptionTableTest : public testing::Test {
 protected:
  OptionTableTest() { add_rows(table_); }

  void add_rows(OptionTable& table) {
    table.add({.name = "text", .codec = text(text_)});
    table.add({.name = "flag", .codec = yes_no(flag_)});
    table.add({.name = "number",
               .codec = integer(number_, 0, 100),
               .apply = [this] { return apply("number"); },
               .alias = "old-number"});
    table.add({.name = "size", .codec = memory(size_, 0, 1 << 30)});
    table.add({.name = "mode", .codec = octal(mode_)});
    table.add({.name = "colour", .codec = choice(colour_, kColours), .apply = [this] {
                 return apply("colour");
               }});
    table.add({.name = "places",
               .codec = words(places_),
               .mutability = Mutability::kAtStart,
               .many_words = true});
    table.add({.name = "fixed", .codec = fixed("no")});
    table.add({.name = "file",
               .codec = text(file_),
               .apply = [this] { return apply("file"); },
               .names_file = true});
    table.add({.name = "inert", .codec = ignored("50 99"), .many_words = true});
    table.add({.name = "secret", .codec = ignored("1"), .hidden = true});
  }

  std::string apply(const std::string& name) {
    applied_.push_back(name);
    return name == refuse_ ? "cannot be applied" : "";
  }
  std::string shown(OptionTable& table, std::string_view name) {
    return table.find(name)->codec.show();
  }
  std::string shown(std::string_view name) { return shown(table_, name); }
  Pairs get(std::vector<std::string_view> patterns) { return table_.get(patterns); }

  // What a server that starts with this file ends up with.
  void load(OptionTable& table, const std::string& file) {
    std::string error;
    for (const Directive& directive : parse_file(file, error)) {
      EXPECT_EQ(table.set_at_start(directive.words[0],
                                   {directive.words.begin() + 1, directive.words.end()}),
                "")
          << directive.text;
    }
    EXPECT_EQ(error, "");
  }

  std::string text_ = "plain";
  bool flag_ = false;
  std::int64_t number_ = 7;
  std::uint64_t size_ = 1024;
  unsigned mode_ = 0;
  int colour_ = 1;
  std::string file_ = "here.pem";
  std::vector<std::string> places_ = {"here", "there"};
  std::vector<std::string> applied_;
  std::string refuse_;
  OptionTable table_;
};

std::string failed(const std::string& name, const std::string& reason) {
  return "CONFIG SET failed (possibly related to argument '" + name + "') - " + reason;
}

TEST_F(OptionTableTest, ShowsWhatItIsBoundTo) {
  EXPECT_EQ(shown("text"), "plain");
  EXPECT_EQ(shown("flag"), "no");
  EXPECT_EQ(shown("number"), "7");
  EXPECT_EQ(shown("size"), "1024");
  EXPECT_EQ(shown("mode"), "0");
  EXPECT_EQ(shown("colour"), "red");
  EXPECT_EQ(shown("places"), "here there");
  EXPECT_EQ(shown("inert"), "50 99");
}

TEST_F(OptionTableTest, SetsEveryKind) {
  EXPECT_EQ(table_.set({{"text", "a b"},
                        {"FLAG", "YES"},
                        {"size", "2kb"},
                        {"mode", "640"},
                        {"colour", "Green"},
                        {"inert", "a  b"},
                        {"fixed", "NO"}}),
            "");
  EXPECT_EQ(text_, "a b");
  EXPECT_TRUE(flag_);
  EXPECT_EQ(size_, 2048U);
  EXPECT_EQ(mode_, 0640U);
  EXPECT_EQ(shown("mode"), "640");
  EXPECT_EQ(colour_, 2);
  EXPECT_EQ(shown("inert"), "a b");
}

TEST_F(OptionTableTest, RefusesInRedisWords) {
  EXPECT_EQ(table_.set({{"nothing", "1"}}),
            "Unknown option or number of arguments for CONFIG SET - 'nothing'");
  EXPECT_EQ(table_.set({{"places", "x"}}), failed("places", "can't set immutable config"));
  EXPECT_EQ(table_.set({{"flag", "maybe"}}), failed("flag", "argument must be 'yes' or 'no'"));
  EXPECT_EQ(table_.set({{"number", "1.5"}}),
            failed("number", "argument couldn't be parsed into an integer"));
  EXPECT_EQ(table_.set({{"number", "101"}}),
            failed("number", "argument must be between 0 and 100 inclusive"));
  EXPECT_EQ(table_.set({{"size", "abc"}}), failed("size", "argument must be a memory value"));
  EXPECT_EQ(table_.set({{"size", "2gb"}}),
            failed("size", "argument must be between 0 and 1073741824 inclusive"));
  EXPECT_EQ(table_.set({{"colour", "blue"}}),
            failed("colour", "argument(s) must be one of the following: red, green"));
  EXPECT_EQ(table_.set({{"number", "1"}, {"number", "2"}}),
            failed("number", "duplicate parameter"));
  for (const char* bad : {"8", "1000", "", "rw"}) {
    EXPECT_NE(table_.set({{"mode", bad}}), "") << bad;
  }
  EXPECT_NE(table_.set({{"fixed", "yes"}}), "");
  EXPECT_EQ(number_, 7);
  EXPECT_TRUE(applied_.empty());
}

TEST_F(OptionTableTest, NamesTheOptionInItsOwnSpelling) {
  EXPECT_EQ(table_.set({{"NUMBER", "x"}}),
            failed("number", "argument couldn't be parsed into an integer"));
  EXPECT_EQ(table_.set({{"Old-Number", "x"}}),
            failed("old-number", "argument couldn't be parsed into an integer"));
}

TEST_F(OptionTableTest, AppliesOnlyWhatChanged) {
  EXPECT_EQ(table_.set({{"number", "7"}, {"colour", "green"}}), "");
  EXPECT_EQ(applied_, std::vector<std::string>{"colour"});
}

TEST_F(OptionTableTest, AppliesTheNameOfAFileAlways) {
  EXPECT_EQ(table_.set({{"file", "here.pem"}}), "");
  EXPECT_EQ(table_.set({{"file", "there.pem"}}), "");
  EXPECT_EQ(applied_, (std::vector<std::string>{"file", "file"}));
}

TEST_F(OptionTableTest, ARefusedValueAppliesNothing) {
  EXPECT_NE(table_.set({{"number", "8"}, {"text", "new"}, {"flag", "maybe"}}), "");
  EXPECT_EQ(number_, 7);
  EXPECT_EQ(text_, "plain");
  EXPECT_TRUE(applied_.empty());
}

TEST_F(OptionTableTest, AFailedApplyTakesEverythingBack) {
  refuse_ = "colour";
  EXPECT_EQ(table_.set({{"number", "8"}, {"text", "new"}, {"colour", "green"}}),
            failed("colour", "cannot be applied"));
  EXPECT_EQ(number_, 7);
  EXPECT_EQ(text_, "plain");
  EXPECT_EQ(colour_, 1);
  // Both are applied once more, with the values of before.
  EXPECT_EQ(applied_, (std::vector<std::string>{"number", "colour", "number", "colour"}));
}

TEST_F(OptionTableTest, GetAnswersANameAsItWasSpelledAndAPatternOnce) {
  EXPECT_EQ(get({"NUMBER"}), (Pairs{{"NUMBER", "7"}}));
  EXPECT_EQ(get({"number", "num*"}), (Pairs{{"number", "7"}}));
  EXPECT_EQ(get({"old-number"}), (Pairs{{"old-number", "7"}}));
  EXPECT_EQ(get({"*NUMBER"}), (Pairs{{"number", "7"}, {"old-number", "7"}}));
  EXPECT_EQ(get({"nothing"}), Pairs{});
  EXPECT_EQ(get({"*"}).size(), table_.options().size());  // one alias more, one hidden less
}

TEST_F(OptionTableTest, GetAnswersAHiddenOptionByItsWholeNameAlone) {
  EXPECT_EQ(get({"secret"}), (Pairs{{"secret", "1"}}));
  EXPECT_EQ(get({"SECRET"}), (Pairs{{"SECRET", "1"}}));
  EXPECT_TRUE(get({"sec*"}).empty());
  EXPECT_TRUE(get({"secre?"}).empty());
}

TEST_F(OptionTableTest, StartTakesWordsAndRefusesAWrongNumber) {
  EXPECT_EQ(table_.set_at_start("places", {"a", "b c"}), "");
  EXPECT_EQ(places_, (std::vector<std::string>{"a", "b c"}));
  EXPECT_EQ(shown("places"), "a \"b c\"");
  EXPECT_NE(table_.set_at_start("number", {}), "");
  EXPECT_NE(table_.set_at_start("number", {"1", "2"}), "");
  EXPECT_NE(table_.set_at_start("nothing", {"1"}), "");
  EXPECT_EQ(table_.set_at_start("places", {""}), "");
  EXPECT_TRUE(places_.empty());
  EXPECT_EQ(table_.set_at_start("places", {"a"}), "");
  EXPECT_EQ(table_.set_at_start("places", {}), "");
  EXPECT_TRUE(places_.empty());
}

TEST_F(OptionTableTest, RewriteChangesNothingThatDidNotChange) {
  const std::string file =
      "# a comment: don't touch\n\n  number   7\ninclude other.conf\nsize 1kb\ntext \"plain\"\n";
  EXPECT_EQ(table_.rewrite(file), file);
}

TEST_F(OptionTableTest, RewriteReplacesAnOldLineOnce) {
  number_ = 9;
  EXPECT_EQ(table_.rewrite("number 1\n# between\nnumber 2\n"), "number 9\n# between\n");
  EXPECT_EQ(number_, 9);
}

TEST_F(OptionTableTest, RewriteReplacesInPlaceAndAddsAtTheEnd) {
  ASSERT_EQ(table_.set({{"number", "9"}, {"text", "a \"b\"\n"}, {"flag", "yes"}}), "");
  EXPECT_EQ(table_.rewrite("# one\nold-number 7\n# two\ncolour red\nNUMBER 8\n"),
            "# one\nnumber 9\n# two\ncolour red\n# Generated by CONFIG REWRITE\n"
            "text \"a \\\"b\\\"\\n\"\nflag yes\n");
}

TEST_F(OptionTableTest, RewriteIsIdempotentAndReadsBack) {
  ASSERT_EQ(table_.set_at_start("places", {"x y", "-::1"}), "");
  ASSERT_EQ(table_.set({{"text", ""},
                        {"size", "3mb"},
                        {"mode", "700"},
                        {"colour", "green"},
                        {"inert", ""},
                        {"number", "1"}}),
            "");
  const std::string once = table_.rewrite("text old");
  EXPECT_EQ(table_.rewrite(once), once);

  Pairs before = get({"*"});
  text_ = "other", size_ = 1, mode_ = 0, colour_ = 1, number_ = 2, places_ = {};
  OptionTable again;
  add_rows(again);
  load(again, once);
  const std::string_view everything[] = {"*"};
  EXPECT_EQ(again.get(everything), before);
}

TEST_F(OptionTableTest, ADirectiveWithManyLinesIsRewrittenAsAWhole) {
  std::vector<std::string> users{"user a on", "user b off"};
  table_.add_lines("user", [&] { return users; });
  EXPECT_EQ(get({"user"}), Pairs{});
  EXPECT_EQ(table_.rewrite("# one\nuser b on\n# two\nUSER c\n"),
            "# one\nuser a on\nuser b off\n# two\n");
  EXPECT_EQ(table_.rewrite("# one\n"),
            "# one\n# Generated by CONFIG REWRITE\nuser a on\nuser b off\n");
  users.clear();
  EXPECT_EQ(table_.rewrite("user b on\n"), "");
}

TEST(ParseFile, NumbersLinesAndPassesOverComments) {
  std::string error;
  const auto directives = parse_file("# x\n\n port 1 \r\n\tbind a  'b c'\nlast \"\\x41\"", error);
  ASSERT_EQ(error, "");
  ASSERT_EQ(directives.size(), 3U);
  EXPECT_EQ(directives[0].line, 3U);
  EXPECT_EQ(directives[0].words, (std::vector<std::string>{"port", "1"}));
  EXPECT_EQ(directives[1].words, (std::vector<std::string>{"bind", "a", "b c"}));
  EXPECT_EQ(directives[2].words, (std::vector<std::string>{"last", "A"}));
}

TEST(ParseFile, TellsTheLineOfUnbalancedQuotes) {
  std::string error;
  parse_file("port 1\nlogfile \"x\n", error);
  EXPECT_NE(error.find("line 2"), std::string::npos) << error;
  EXPECT_NE(error.find("Unbalanced quotes"), std::string::npos) << error;
}

}  // namespace
}  // namespace sorrel::config
