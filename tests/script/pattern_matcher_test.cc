// SPDX-License-Identifier: BSD-3-Clause
//
// Patterns: a table of cases whose answers can be read off the manual, then many thousands at
// random, which this server's functions and Lua's own must answer alike, errors included. Both run
// the same chunk, ours in the sandbox. Last, that no pattern goes on without a look at the clock.
#include "pattern_matcher.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "script_fixture.h"

namespace sorrel::script {
namespace {

using Words = std::vector<std::string>;

// Answers cases that come as five arguments each: operation, text, pattern, replacement and number.
// The calls are no tail calls, so that errors can name the function and the line.
constexpr std::string_view kChunk = R"lua(
  local function show(ok, ...)
    local shown = {ok and 'returned' or 'failed'}
    for i = 1, select('#', ...) do
      local value = select(i, ...)
      shown[i + 1] = type(value) .. ' ' .. (type(value) == 'function' and '' or tostring(value))
    end
    return table.concat(shown, '|')
  end
  local values = {a = 'A', b = false, ab = 7, aa = {}, ['1'] = '%1', [''] = '-', [2] = 'two'}
  local operations = {
    find = function(s, p, r, n) local a, b, c, d, e = string.find(s, p, n) return a, b, c, d, e end,
    plain = function(s, p, r, n) local a, b, c, d, e = s:find(p, n, true) return a, b, c, d, e end,
    match = function(s, p, r, n) local a, b, c, d, e = s:match(p, n) return a, b, c, d, e end,
    gmatch = function(s, p)
      local found = {}
      for a, b, c in s:gmatch(p) do
        found[#found + 1] = show(true, a, b, c)
        if #found == 30 then break end
      end
      return table.concat(found, ';')
    end,
    again = function(s, p)
      local more = string.gfind(s, p)
      for i = 1, 12 do more() end
      local a, b, c = more()
      return a, b, c
    end,
    text = function(s, p, r, n) local a, b = string.gsub(s, p, r, n) return a, b end,
    table = function(s, p, r, n) local a, b = s:gsub(p, values, n) return a, b end,
    call = function(s, p, r, n)
      local calls = {}
      local a, b = s:gsub(p, function(...)
        calls[#calls + 1] = show(true, ...)
        if r == '' then return nil end
        return r == '%' and {} or r .. #calls
      end, n)
      return a, b, table.concat(calls, ';')
    end,
    spread = function(s, p, r, n) return string.match(s, p) end,
    chunk = function(s) return assert(loadstring(s, '=chunk'))() end,
  }
  local answers = {}
  for i = 1, #ARGV, 5 do
    local operation, s, p, r, n = unpack(ARGV, i, i + 4)
    answers[#answers + 1] = show(pcall(operations[operation], s, p, r, tonumber(n)))
  end
  return table.concat(answers, '\31')
)lua";

Words split(std::string_view answers) {
  Words parts;
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = answers.find('\x1f');
    parts.emplace_back(answers.substr(0, end));
    answers.remove_prefix(end == std::string_view::npos ? answers.size() : end + 1);
  }
  return parts;
}

// Bytes that are not printed as \ and their number.
std::string shown(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c >= ' ' && c <= '~' ? std::string(1, c)
                                : "\\" + std::to_string(static_cast<unsigned char>(c));
  }
  return out;
}

class Patterns : public ScriptFixture {
 protected:
  Patterns() { luaL_openlibs(lua_); }
  ~Patterns() override { lua_close(lua_); }

  // Lua's own answers.
  Words expected(const Words& cases) {
    lua_settop(lua_, 0);
    lua_createtable(lua_, static_cast<int>(cases.size()), 0);
    for (std::size_t i = 0; i < cases.size(); ++i) {
      push_text(lua_, cases[i]);
      lua_rawseti(lua_, -2, static_cast<int>(i + 1));
    }
    lua_setglobal(lua_, "ARGV");
    if (luaL_loadbuffer(lua_, kChunk.data(), kChunk.size(), "@user_script") != 0 ||
        lua_pcall(lua_, 0, 1, 0) != 0) {
      ADD_FAILURE() << text_at(lua_, -1);
    }
    return split(text_at(lua_, -1));
  }

  Words answered(const Words& cases) {
    std::vector<std::string_view> words{"EVAL", kChunk, "0"};
    words.insert(words.end(), cases.begin(), cases.end());
    std::string reply = server.run(words);
    EXPECT_EQ(reply[0], '$') << reply;
    reply.erase(0, reply.find('\n') + 1);
    reply.resize(std::max<std::size_t>(reply.size(), 2) - 2);
    return split(reply);
  }

  void compare(const Words& cases) {
    const Words right = expected(cases);
    const Words ours = answered(cases);
    ASSERT_EQ(right.size() * 5, cases.size());
    ASSERT_EQ(ours.size(), right.size());
    for (std::size_t i = 0; i < right.size(); ++i) {
      const auto word = [&](std::size_t n) { return "'" + shown(cases[i * 5 + n]) + "' "; };
      ASSERT_EQ(shown(ours[i]), shown(right[i]))
          << word(0) << "text " << word(1) << "pattern " << word(2) << "by " << word(3) << "number "
          << word(4);
      failed_ += right[i].starts_with("failed") ? 1U : 0U;
      found_ += right[i].starts_with("returned|nil") ? 0U : 1U;
    }
  }

  std::size_t failed_ = 0;
  std::size_t found_ = 0;

 private:
  lua_State* lua_ = luaL_newstate();
};

// ---- the table ----------------------------------------------------------------------------------

struct Case {
  std::string_view call;  // what a chunk returns
  std::string_view answer;
};

constexpr Case kCases[] = {
    {"('hello world'):find('o w')", "number 5|number 7"},
    {"('hello'):find('l+')", "number 3|number 4"},
    {"('hello'):find('l', -1)", "nil nil"},
    {"('hello'):find('l', -2)", "number 4|number 4"},
    {"('hello'):find('', 10)", "number 6|number 5"},
    {"('a.b'):find('.', 2, true)", "number 2|number 2"},
    {"('a+b'):find('+', 1, true)", "number 2|number 2"},
    {"('key = value'):match('^(%w+)%s*=%s*(%w+)$')", "string key|string value"},
    {"('key'):match('()e()')", "number 2|number 3"},
    {"('aXb'):match('%u')", "string X"},
    {"('f(a(b)c)d'):match('%b()')", "string (a(b)c)"},
    {"('THE (quick) fox'):find('%f[%a]%a+%f[%A]', 5)", "number 6|number 10"},
    {"('\"it\\'s\" x'):match('([\"\\'])(.-)%1')", "string \"|string it's"},
    {"('[[x]]'):match('[^][]+')", "string x"},
    {"('a-z'):match('[a%-]+')", "string a-"},
    {"('x^y'):match('[y^]+', 2)", "string ^y"},
    {"('a\\0b'):find('%z')", "number 2|number 2"},
    {"('a\\0b'):find('\\0b')", "number 2|number 3"},
    {"('hello world'):gsub('o', '0', 1)", "string hell0 world|number 1"},
    {"('hello'):gsub('', '-')", "string -h-e-l-l-o-|number 6"},
    {"('abc'):gsub('%w', '%0%0')", "string aabbcc|number 3"},
    {"('hello world'):gsub('(%w+) (%w+)', '%2 %1')", "string world hello|number 1"},
    {"('aaa'):gsub('^a', 'b')", "string baa|number 1"},
    {"('$name'):gsub('%$(%w+)', {name = 'x'})", "string x|number 1"},
    {"('a1'):gsub('%d', 5)", "string a5|number 1"},
    {"(12):rep(2):gsub('2', '3')", "failed"},
    {"string.gsub(1212, 2, 3)", "string 1313|number 2"},
    {"string.find('a')", "failed"},
    {"('^a^a'):gmatch('^a')()", "string ^a"},
    {"('a'):find('[a')", "failed"},
    {"('a'):find('%')", "failed"},
    {"('a'):find('(a')", "failed"},
    {"('a'):match('a)')", "failed"},
    {"('a'):find('%1')", "failed"},
    {"('a'):find('%ba')", "failed"},
    {"('a'):find('%fa')", "failed"},
    {"('a'):gsub('a', '%2')", "failed"},
    {"('a'):gsub('a', function() return {} end)", "failed"},
    {"('a'):gsub('a', true)", "failed"},
    {"('a'):gsub('a', true, {})", "failed"},
    {"('a'):gsub('a')", "failed"},
    {"('a'):gsub()", "failed"},
    {"string.gsub({}, 'a', 'b')", "failed"},
    {"('a'):gmatch()", "failed"},
    {"string.match()", "failed"},
    {"string.match('a', {})", "failed"},
    {"('a'):find('a', 'b')", "failed"},
    {"('a'):find('a', {})", "failed"},
    {"string.rep('a')", "failed"},
    {"('a'):match(('(a?)'):rep(33))", "failed"},
    {"select('#', ('a'):match(('(a?)'):rep(32)))", "number 32"},
    {"('a'):gsub('()', '%1')", "string 1a2|number 2"},
    {"('a'):gsub('a', '%')", std::string_view("string \0|number 1", 17)},
    {"('abc'):gsub('b', '%%')", "string a%c|number 1"},
    {"('abc'):gsub('%w', {a = 1, b = false})", "string 1bc|number 3"},
    {"('abc'):gsub('%w', 'x', -1)", "string abc|number 0"},
    {"('abc'):gsub('%w', setmetatable({}, {__index = function(t, k) return k .. k end}))",
     "string aabbcc|number 3"},
    {"pcall(string.gsub, 'abc', '%w', error)", "boolean false|string a"},
};

TEST_F(Patterns, AreAnsweredAsTheManualSays) {
  Words cases;
  for (const Case& one : kCases) {
    const std::string chunk = "local a, b, c = " + std::string(one.call) + " return a, b, c";
    cases.insert(cases.end(), {"chunk", chunk, "", "", ""});
  }
  compare(cases);
  const Words answers = answered(cases);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    std::string answer(kCases[i].answer);
    if (answer != "failed") {
      answer.insert(0, "returned|");
    }
    EXPECT_TRUE(answers[i].starts_with(answer)) << kCases[i].call << ": " << answers[i];
  }
}

// ---- at random ----------------------------------------------------------------------------------

class Generator {
 public:
  std::size_t below(std::size_t limit) { return random_() % limit; }
  bool one_in(std::size_t count) { return below(count) == 0; }

  std::string text() {
    const std::string_view alphabet = pick_alphabet();
    std::string out;
    for (std::size_t size = below(11); size != 0; --size) {
      out += pick(alphabet);
    }
    return out;
  }

  std::string pattern() {
    std::string out(one_in(8) ? "^" : "");
    for (std::size_t size = 1 + below(5); size != 0; --size) {
      add_item(out);
    }
    if (one_in(40)) out += pick("%[(");
    return out += one_in(8) ? "$" : "";
  }

  std::string replacement() {
    std::string out;
    for (std::size_t size = below(4); size != 0; --size) {
      out += one_in(2) ? pick("ab%") : one_in(20) ? pick("x9%") : '%';
      out += pick("%01012ax");
    }
    return out;
  }

  std::string operation() {
    static constexpr const char* kOperations[] = {"find",   "find",  "plain", "match",
                                                  "gmatch", "again", "text",  "text",
                                                  "table",  "call",  "match", "spread"};
    return kOperations[below(std::size(kOperations))];
  }

  std::string number() {
    static constexpr const char* kNumbers[] = {"",   "",  "",  "",   "0",   "1",
                                               "-1", "2", "5", "-7", "100", "2.7"};
    return kNumbers[below(std::size(kNumbers))];
  }

 private:
  char pick(std::string_view alphabet) { return alphabet[below(alphabet.size())]; }

  std::string_view pick_alphabet() {
    using std::literals::operator""sv;
    static constexpr std::string_view kAlphabets[] = {"ab"sv, "aab"sv, "aB1 _-"sv, "ab()"sv,
                                                      "a%^]-\0\x80"sv};
    return kAlphabets[below(std::size(kAlphabets))];
  }

  void add_escape(std::string& out) {
    out += '%';
    out += one_in(4) ? pick("%]-.^1_") : pick("acdlpsuwxzACDLPSUWXZaaawwW");
  }

  void add_set(std::string& out) {
    out += one_in(3) ? "[^" : "[";
    for (std::size_t size = below(4); size != 0; --size) {
      if (one_in(4)) {
        add_escape(out);
      } else if (one_in(3)) {
        ((out += pick("aA0%+]")) += '-') += pick("bZ9%]");
      } else {
        out += pick("ab1]^-B ");
      }
    }
    if (!one_in(25)) out += ']';
  }

  void add_item(std::string& out) {
    switch (below(16)) {
      case 0:
        out += one_in(4) ? "()" : "(";
        return;
      case 1:
      case 2:
        out += one_in(3) ? "()" : one_in(8) ? ")" : "(a*)";
        return;
      case 3:
        (out += "(") += one_in(2) ? ".-)" : "[ab]?)";
        return;
      case 4:
        (out += '%') += pick("1111230");
        return;
      case 5:
        out += one_in(9) ? "%b" : one_in(2) ? "%b()" : one_in(4) ? "%baa" : "%bab";
        return;
      case 6:
        out += "%f";
        if (!one_in(9)) add_set(out);
        return;
      case 7:
        add_set(out);
        break;
      case 8:
      case 9:
        add_escape(out);
        break;
      case 10:
        out += '.';
        break;
      default:
        out += one_in(12) ? pick(std::string_view("^$*-)\0\x80", 7)) : pick("aaab1B ");
    }
    if (one_in(2)) out += pick("*+-?");
  }

  std::mt19937_64 random_{20240611};
};

TEST_F(Patterns, AreAnsweredAsByLua) {
  constexpr int kBatches = 60;
  constexpr int kCasesOfBatch = 500;
  Generator random;
  for (int batch = 0; batch < kBatches && !HasFatalFailure(); ++batch) {
    Words cases;
    for (int i = 0; i < kCasesOfBatch; ++i) {
      cases.insert(cases.end(), {random.operation(), random.text(), random.pattern(),
                                 random.replacement(), random.number()});
    }
    compare(cases);
  }
  EXPECT_GT(failed_, std::size_t{kBatches * kCasesOfBatch / 20});
  EXPECT_GT(found_, std::size_t{kBatches * kCasesOfBatch / 4});
}

TEST_F(Patterns, EveryByteIsInTheClassesThatLuaPutsItIn) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) {
    bytes += static_cast<char>(byte);
  }
  bytes.erase(0x1f, 1);  // parts the answers
  Words cases;
  for (const char byte : bytes) {
    for (const std::string& pattern :
         {std::string("%") + byte, std::string("[%") + byte + "]", std::string("[^") + byte + "-a]",
          std::string("[0-") + byte + "]", std::string(1, byte)}) {
      cases.insert(cases.end(), {"text", bytes, pattern, "", ""});
    }
  }
  compare(cases);
}

// ---- steps --------------------------------------------------------------------------------------

struct Looks {
  static constexpr int kEnough = 25;
  static inline int count = 0;

  static void look(lua_State* lua) {
    if (++count == kEnough) {
      luaL_error(lua, "enough");
    }
  }
};

// Upvalues: text and pattern.
int match_everywhere(lua_State* lua) {
  PatternMatcher matcher(lua, text_at(lua, lua_upvalueindex(1)),
                         lua_tostring(lua, lua_upvalueindex(2)), Looks::look);
  for (const char* at = matcher.begin(); matcher.match(at) == nullptr && at != matcher.end();) {
    ++at;
  }
  return 0;
}

TEST(PatternSteps, AreCountedWhateverThePattern) {
  const std::string as(300'000, 'a');
  for (const std::string& pattern :
       {std::string(".-.-.-.-b"), std::string(".*.*.*.*b"), std::string("a-b"), std::string("a+b"),
        std::string("(.-)%1b"), std::string("(a*)%1b"), std::string("%bab"),
        std::string("[^b]*[b]"), std::string("a?a*a+a-b"), "[" + std::string(200'000, 'b') + "]",
        "%f[" + std::string(200'000, 'b') + "]", std::string("(((.-).-).-)b")}) {
    lua_State* const lua = luaL_newstate();
    push_text(lua, as);
    push_text(lua, pattern);
    lua_pushcclosure(lua, match_everywhere, 2);
    Looks::count = 0;
    EXPECT_NE(lua_pcall(lua, 0, 0, 0), 0) << pattern.substr(0, 20);
    EXPECT_EQ(text_at(lua, -1), "enough") << pattern.substr(0, 20);
    lua_close(lua);
  }
}

}  // namespace
}  // namespace sorrel::script
