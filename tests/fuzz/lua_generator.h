// SPDX-License-Identifier: BSD-3-Clause
//
// Makes scripts of bytes: each byte chooses what comes next, so that whatever a fuzzer hands over
// is a script that compiles, and a small change of the bytes is a small change of the script. The
// depth is bounded; when the bytes end, the first choice is taken everywhere, which ends all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>

namespace sorrel::test {

class LuaGenerator {
 public:
  explicit LuaGenerator(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  std::string script() {
    text_ = "local a, b, c, t = 1, 'x', {}, {1, 2, {x = 'y'}}\n";
    while (place_ < bytes_.size() && text_.size() < kMostBytes) {
      statement(0);
    }
    text_ += "return ";
    expression(0);
    return text_;
  }

 private:
  static constexpr std::size_t kMostBytes = 8192;
  static constexpr int kDeepest = 5;

  std::size_t choose(std::size_t count) {
    return place_ < bytes_.size() ? bytes_[place_++] % count : 0;
  }
  void variable() {
    static constexpr const char* kNames[] = {"a", "b", "c", "t"};
    text_ += kNames[choose(std::size(kNames))];
  }

  void leaf() {
    static constexpr const char* kLeaves[] = {
        "1",
        "nil",
        "''",
        "'a'",
        "-1",
        "0.5",
        "1e308",
        "2^53",
        "0/0",
        "true",
        "false",
        "{}",
        "KEYS[1]",
        "ARGV[1]",
        "KEYS",
        "ARGV",
        "'\\0\\255'",
        "#ARGV",
        "redis",
        "_G",
        "string",
        "'%d'",
        "math.huge",
        "{err='E x'}",
        "{ok='k'}",
        "{1,nil,3}",
        "{[0]=0}",
        "('x'):rep(300)",
        "{double=3.5}",
        "{map={a=1,[2]={}}}",
        "{set={a=true}}",
        "{big_number='1\\n2'}",
        "{verbatim_string={format='txt',string='s'}}",
        "cjson.null",
        "function() end",
        "coroutine.create(function() coroutine.yield(1) end)"};
    text_ += kLeaves[choose(std::size(kLeaves))];
  }

  void arguments(int depth) {
    text_ += '(';
    for (std::size_t count = choose(4), i = 0; i < count; ++i) {
      if (i != 0) text_ += ',';
      expression(depth + 1);
    }
    text_ += ')';
  }

  void function_name() {
    static constexpr const char* kFunctions[] = {"tostring",
                                                 "type",
                                                 "tonumber",
                                                 "unpack",
                                                 "select",
                                                 "rawget",
                                                 "rawset",
                                                 "setmetatable",
                                                 "getmetatable",
                                                 "pcall",
                                                 "xpcall",
                                                 "error",
                                                 "next",
                                                 "loadstring",
                                                 "assert",
                                                 "rawequal",
                                                 "cjson.encode",
                                                 "cjson.decode",
                                                 "cmsgpack.pack",
                                                 "cmsgpack.unpack",
                                                 "struct.pack",
                                                 "struct.unpack",
                                                 "struct.size",
                                                 "bit.bor",
                                                 "bit.tohex",
                                                 "table.concat",
                                                 "table.insert",
                                                 "table.remove",
                                                 "table.sort",
                                                 "table.getn",
                                                 "string.format",
                                                 "string.sub",
                                                 "string.byte",
                                                 "string.gsub",
                                                 "string.find",
                                                 "string.char",
                                                 "string.gmatch",
                                                 "math.floor",
                                                 "math.random",
                                                 "math.max",
                                                 "redis.error_reply",
                                                 "redis.status_reply",
                                                 "redis.sha1hex",
                                                 "redis.setresp",
                                                 "redis.set_repl",
                                                 "redis.log",
                                                 "redis.acl_check_cmd",
                                                 "coroutine.wrap",
                                                 "coroutine.resume",
                                                 "collectgarbage"};
    text_ += kFunctions[choose(std::size(kFunctions))];
  }

  void command(int depth) {
    static constexpr const char* kCommands[] = {"'get',KEYS[1]",
                                                "'set',KEYS[1],",
                                                "'incr',KEYS[1]",
                                                "'hset',KEYS[2],'f',",
                                                "'hgetall',KEYS[2]",
                                                "'rpush','l',",
                                                "'lrange','l',0,-1",
                                                "'sadd','s',",
                                                "'smembers','s'",
                                                "'zadd','z',1,",
                                                "'zrange','z',0,-1,'withscores'",
                                                "'del',KEYS[1]",
                                                "'keys','*'",
                                                "'type',",
                                                "'blpop','l',0",
                                                "'xadd','x','*','f',",
                                                "'xrange','x','-','+'",
                                                "'select',",
                                                "'expire',KEYS[1],",
                                                "'multi'",
                                                "'eval','return 1',0",
                                                "'nosuch'",
                                                "'setrange',KEYS[1],5,",
                                                "'sort','l','by','nosort','get',",
                                                "'dump',KEYS[1]",
                                                "'restore','r',0,",
                                                "'hello',3",
                                                "'client','list'",
                                                "'command','count'",
                                                "'flushall'",
                                                "'geoadd','g',1,2,",
                                                "'pfadd','h',",
                                                "'bitfield',KEYS[1],'set','u8','#1',",
                                                "'getdel',",
                                                "'mset',KEYS[1],"};
    text_ += choose(2) == 0 ? "redis.pcall(" : "redis.call(";
    const std::string words = kCommands[choose(std::size(kCommands))];
    text_ += words;
    if (words.back() == ',') expression(depth + 1);
    text_ += ')';
  }

  void expression(int depth) {
    static constexpr const char* kOperators[] = {"+", "..", "==", "<", "and", "or", "%", "^", "-"};
    switch (depth >= kDeepest ? 0 : choose(9)) {
      case 0:
        return leaf();
      case 1:
        return variable();
      case 2:
      case 3:
        return command(depth);
      case 4:
        function_name();
        return arguments(depth);
      case 5:
        text_ += '(';
        expression(depth + 1);
        text_ += ' ';
        text_ += kOperators[choose(std::size(kOperators))];
        text_ += ' ';
        expression(depth + 1);
        text_ += ')';
        return;
      case 6:
        text_ += '{';
        expression(depth + 1);
        text_ += ',';
        expression(depth + 1);
        text_ += '}';
        return;
      case 7:
        text_ += "(function(...) local a = ... ";
        statement(depth + 1);
        text_ += " return a end)";
        return;
      default:
        variable();
        text_ += '[';
        expression(depth + 1);
        text_ += ']';
    }
  }

  void block(int depth) {
    for (std::size_t count = choose(3), i = 0; i <= count && depth < kDeepest; ++i) {
      statement(depth + 1);
    }
  }

  void statement(int depth) {
    switch (choose(8)) {
      case 0:
        variable();
        text_ += " = ";
        break;
      case 1:
        text_ += "for i = 1, 3 do ";
        block(depth);
        text_ += " end\n";
        return;
      case 2:
        text_ += "while ";
        expression(depth + 1);
        text_ += " do ";
        block(depth);
        text_ += choose(4) == 0 ? " end\n" : " do break end end\n";
        return;
      case 3:
        text_ += "if ";
        expression(depth + 1);
        text_ += " then ";
        block(depth);
        text_ += " end\n";
        return;
      case 4:
        text_ += "pcall(function() ";
        block(depth);
        text_ += " end)\n";
        return;
      case 5:
        text_ += "setmetatable(c, {__index = function(...) ";
        block(depth);
        text_ += " end})\n";
        return;
      case 6:
        text_ += "c[#c + 1] = ";
        break;
      default:
        text_ += "t[1] = ";
    }
    expression(depth + 1);
    text_ += '\n';
  }

  std::span<const std::uint8_t> bytes_;
  std::size_t place_ = 0;
  std::string text_;
};

}  // namespace sorrel::test
