// SPDX-License-Identifier: BSD-3-Clause
//
// struct by hand: every letter, alignment, and the bounds of sizes, offsets and data, where this
// library has gone wrong elsewhere. Expectations are the answers of a Redis 8.0 server.
#include <string>

#include <gtest/gtest.h>

#include "script_state.h"

namespace sorrel::script {
namespace {

class Struct : public testing::Test {
 protected:
  std::string pack(const std::string& arguments) {
    return state.run("return run(struct.pack, " + arguments + ")");
  }
  std::string unpack(const std::string& arguments) {
    return state.run("return run(struct.unpack, " + arguments + ")");
  }
  std::string size(const std::string& format) {
    return state.run("return run(struct.size, '" + format + "')");
  }

  ScriptState state;
};

TEST_F(Struct, PacksEveryLetter) {
  EXPECT_EQ(pack("'bBhH', -1, 255, -2, 513"), "ok \"\\xff\\xff\\xfe\\xff\\x01\\x02\"");
  EXPECT_EQ(pack("'>hi', 258, 1"), "ok \"\\x01\\x02\\x00\\x00\\x00\\x01\"");
  EXPECT_EQ(pack("'lLT', 1, 2, 3"),
            "ok \"\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\x00\\x00\\x00\\x00\\x00\\x00"
            "\\x03\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"");
  EXPECT_EQ(pack("'fd>f', 1.5, -2, 1.5"),
            "ok \"\\x00\\x00\\xc0?\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\xc0?\\xc0\\x00\\x00\"");
  EXPECT_EQ(pack("'sc0c2xs', 'ab', 'cd', 'efg', 'h'"), "ok \"ab\\x00cdef\\x00h\\x00\"");
}

TEST_F(Struct, PacksIntegersOfAnySize) {
  EXPECT_EQ(pack("'i1i2i3', 1, 2, 3"), "ok \"\\x01\\x02\\x00\\x03\\x00\\x00\"");
  EXPECT_EQ(pack("'>i12', -1"),
            "ok \"\\x00\\x00\\x00\\x00\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\"");
  EXPECT_EQ(pack("'i0', 5"), "ok \"\"");
  EXPECT_EQ(pack("'i33', 5"), "ERR \"integral size 33 is larger than limit of 32\"");
  EXPECT_EQ(pack("'i2147483648', 5"), "ERR \"integral size overflow\"");
  EXPECT_EQ(pack("'i99999999999999999999', 5"), "ERR \"integral size overflow\"");
}

TEST_F(Struct, TruncatesNumbersAsTheProcessorDoes) {
  EXPECT_EQ(pack("'i8', 2^63"), "ok \"\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x80\"");
  EXPECT_EQ(pack("'i8', 2^64"), "ok \"\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"");
  EXPECT_EQ(pack("'i8', -1e300"), "ok \"\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x80\"");
  EXPECT_EQ(pack("'i8', 0/0"), "ok \"\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x80\"");
  EXPECT_EQ(pack("'i8', 1/0"), "ok \"\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"");
  EXPECT_EQ(pack("'bb', 1.9, -1.9"), "ok \"\\x01\\xff\"");
}

TEST_F(Struct, Aligns) {
  EXPECT_EQ(pack("'!4bi', 1, 2"), "ok \"\\x01\\x00\\x00\\x00\\x02\\x00\\x00\\x00\"");
  EXPECT_EQ(pack("'!bc1d', 1, 'a', 2"),
            "ok \"\\x01a\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00@\"");
  EXPECT_EQ(pack("'!8i3i3', 1, 2"), "ok \"\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x02\\x00\\x00\"");
  EXPECT_EQ(pack("'!3b', 1"), "ERR \"alignment 3 is not a power of 2\"");
  EXPECT_EQ(pack("'!0b', 1"), "ERR \"alignment 0 is not a power of 2\"");
  EXPECT_EQ(pack("'!2147483648b', 1"), "ERR \"integral size overflow\"");
  EXPECT_EQ(unpack("'!bi', 'abcdabcdabcd'"), "ok 97 1684234849 9");
  EXPECT_EQ(unpack("'!i', 'abcdabcdzz', 2"), "ok 1684234849 9");
}

TEST_F(Struct, RefusesWrongArguments) {
  EXPECT_EQ(pack("'b'"), "ERR \"bad argument #2 to '?' (number expected, got nil)\"");
  EXPECT_EQ(pack("'bb', 1"), "ERR \"bad argument #3 to '?' (number expected, got nil)\"");
  EXPECT_EQ(pack("'c9000b', string.rep('x', 9000)"),
            "ERR \"bad argument #3 to '?' (number expected, got nil)\"");
  EXPECT_EQ(pack("'s', true"), "ERR \"bad argument #2 to '?' (string expected, got boolean)\"");
  EXPECT_EQ(pack("'c5', 'abc'"), "ERR \"bad argument #3 to '?' (string too short)\"");
  EXPECT_EQ(pack("'c2147483647', 'abc'"), "ERR \"bad argument #3 to '?' (string too short)\"");
  EXPECT_EQ(pack("'z', 1"), "ERR \"bad argument #1 to '?' (invalid format option 'z')\"");
  EXPECT_EQ(pack("'x5', 1"), "ERR \"bad argument #1 to '?' (invalid format option '5')\"");
  EXPECT_EQ(pack("'b\\0z', 1"), "ok \"\\x01\"");
}

TEST_F(Struct, TellsSizes) {
  EXPECT_EQ(size(""), "ok 0");
  EXPECT_EQ(size("bBhHlLTiIfdx"), "ok 51");
  EXPECT_EQ(size("!4bd"), "ok 12");
  EXPECT_EQ(size("c2147483647c2147483647"), "ok 4294967294");
  EXPECT_EQ(size("c2147483645!8i8"), "ok 2147483656");
  EXPECT_EQ(size("bs"), "ERR \"bad argument #1 to '?' (option 's' has no fixed size)\"");
  EXPECT_EQ(size("c0"), "ERR \"bad argument #1 to '?' (option 'c0' has no fixed size)\"");
  EXPECT_EQ(size("z5"), "ok 0");
  EXPECT_EQ(size("=b"), "ERR \"bad argument #1 to '?' (invalid format option '=')\"");
}

TEST_F(Struct, UnpacksEveryLetter) {
  EXPECT_EQ(unpack("'bBhH', '\\255\\255\\255\\255\\255\\255'"), "ok -1 255 -1 65535 7");
  EXPECT_EQ(unpack("'lLT', string.rep('\\255', 24)"),
            "ok -1 1.8446744073709552e+19 1.8446744073709552e+19 25");
  EXPECT_EQ(unpack("'>i3I3', '\\255\\255\\254\\255\\255\\254'"), "ok -2 16777214 7");
  EXPECT_EQ(unpack("'i16>I16', string.rep('\\200', 32)"),
            "ok -3.9787095060942172e+18 1.4468034567615334e+19 33");
  EXPECT_EQ(unpack("'i9', string.rep('\\200', 9)"), "ok -56 10");
  EXPECT_EQ(unpack("'i0', ''"), "ok 0 1");
  EXPECT_EQ(unpack("'f>fd', '\\0\\0\\192\\63\\63\\192\\0\\0\\192\\0\\0\\0\\0\\0\\0\\0'"),
            "ok 1.5 1.5 -2 17");
  EXPECT_EQ(unpack("'sxcc2s', 'ab\\0_cde\\0'"), "ok \"ab\" \"c\" \"de\" \"\" 9");
}

TEST_F(Struct, TakesASizeFromTheValueBefore) {
  EXPECT_EQ(unpack("'bc0b', '\\2abc'"), "ok \"ab\" 99 5");
  EXPECT_EQ(unpack("'Bc0', '\\0abc'"), "ok \"\" 2");
  EXPECT_EQ(unpack("'sc0', '5\\0abcdefgh'"), "ok \"abcde\" 8");
  EXPECT_EQ(unpack("'bc0', '\\5abc'"), "ERR \"bad argument #2 to '?' (data string too short)\"");
  EXPECT_EQ(unpack("'c0', 'abc', 2"), "ERR \"format 'c0' needs a previous size\"");
  EXPECT_EQ(unpack("'sc0', 'x\\0abc'"), "ERR \"format 'c0' needs a previous size\"");
  for (const char* number : {"-1", "2^32 + 1", "2^63", "-2^63", "0/0", "-1/0"}) {
    EXPECT_EQ(unpack("'dc0', struct.pack('d', " + std::string(number) + ") .. 'abc'"),
              "ERR \"bad argument #2 to '?' (data string too short)\"")
        << number;
  }
}

TEST_F(Struct, ReadsNothingBehindTheEnd) {
  const std::string too_short = "ERR \"bad argument #2 to '?' (data string too short)\"";
  for (const char* format : {"b", "x", "h", "i", "l", "f", "d", "c", "i32", "c2147483647"}) {
    EXPECT_EQ(unpack("'" + std::string(format) + "', ''"), too_short) << format;
    EXPECT_EQ(unpack("'" + std::string(format) + "', 'abc', 4"), too_short) << format;
  }
  EXPECT_EQ(unpack("'c2147483647c2147483647', 'abc'"), too_short);
  EXPECT_EQ(unpack("'s', 'abc'"), "ERR \"unfinished string in data\"");
  EXPECT_EQ(unpack("'s', 'abc\\0', 5"), "ERR \"unfinished string in data\"");
  EXPECT_EQ(unpack("'s', 'abc\\0', 6"), too_short);
}

TEST_F(Struct, TakesOffsets) {
  const std::string too_short = "ERR \"bad argument #2 to '?' (data string too short)\"";
  EXPECT_EQ(unpack("'b', 'ab', 2"), "ok 98 3");
  EXPECT_EQ(unpack("'b', 'ab', 1.9"), "ok 97 2");
  EXPECT_EQ(unpack("'', 'ab', 9"), "ok 9");
  EXPECT_EQ(unpack("'b', 'ab', 0"), "ERR \"bad argument #3 to '?' (offset must be 1 or greater)\"");
  for (const char* offset : {"3", "2^31", "2^32 + 1", "2^53", "2^63", "-1", "-7", "-2^63"}) {
    EXPECT_EQ(unpack("'b', 'ab', " + std::string(offset)), too_short) << offset;
    EXPECT_EQ(unpack("'!d', 'abcdefgh', " + std::string(offset)), too_short) << offset;
    EXPECT_EQ(unpack("'s', 'ab\\0', " + std::string(offset)).substr(0, 3),
              offset == std::string("3") ? "ok " : "ERR")
        << offset;
  }
}

TEST_F(Struct, EndsTooManyResultsWithAnError) {
  EXPECT_EQ(unpack("string.rep('b', 9000), string.rep('a', 9000)"),
            "ERR \"stack overflow (too many results)\"");
  EXPECT_EQ(state.run("return tostring(select('#', struct.unpack(string.rep('b', 7000), "
                      "string.rep('a', 7000))))"),
            "7001");
}

TEST_F(Struct, PacksMoreThanItsBuffer) {
  EXPECT_EQ(state.run(R"(
    local text = string.rep('x', 5000)
    local all = struct.pack('c0!8dc0s', text, 2, text, text)
    local a, number, b, c = struct.unpack('c5000!8dc5000s', all)
    return #all .. ' ' .. number .. tostring(a == text and b == text and c == text))"),
            "15009 2true");
}

}  // namespace
}  // namespace sorrel::script
