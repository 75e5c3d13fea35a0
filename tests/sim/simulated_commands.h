// SPDX-License-Identifier: BSD-3-Clause
//
// The commands that the simulation runs. Pure, but for the random numbers.
#pragma once

#include <string>
#include <vector>

#include <sorrel/base/random.h>

namespace sorrel::persist {

// Commands of every kind of effect: as they come, replaced, several as a unit, none.
inline std::vector<std::string> random_command(base::Random& random) {
  const auto key = [&](const char* kind) { return kind + std::to_string(random.below(5)); };
  const auto number = [&] { return std::to_string(random.below(100)); };
  const std::string future = std::to_string(1 + random.below(3000));
  switch (random.below(20)) {
    case 0:
      return {"SET", key("s"), std::string(random.below(90), 'v') + number()};
    case 1:
      return {"SET", key("s"), number(), "PX", future};
    case 2:
      return {"SET", key("s"), number(), "NX", "EX", "1"};
    case 3:
      return {"INCRBY", key("n"), number()};
    case 4:
      return {"INCRBYFLOAT", key("f"), "0.1"};
    case 5:
      return {"APPEND", key("s"), "+" + number()};
    case 6:
      return {"GETEX", key("s"), "PX", future};
    case 7:
      return {"PEXPIRE", key("n"), future};
    case 8:
      return {"PERSIST", key("n")};
    case 9:
      return {"DEL", key("s"), key("n"), key("z")};
    case 10:
      return {"ZADD", key("z"), number(), "m" + number(), number(), "m" + number()};
    case 11:
      return {"ZINCRBY", key("z"), "0.25", "m" + number()};
    case 12:
      return {"ZPOPMIN", key("z")};
    case 13:
      return {"ZUNIONSTORE", key("z"), "2", key("z"), key("z"), "WEIGHTS", "1", "2"};
    case 14:
      return {"PEXPIRE", key("z"), future};
    case 15:
      return {"RENAME", key("s"), key("s")};
    case 16:
      return {"SELECT", std::to_string(random.below(3))};
    case 17:
      return {"MSET", key("s"), number(), key("s"), std::string("\0\r\n", 3)};
    case 18:
      return {"GETDEL", key("s")};
    default:
      return {"COPY", key("z"), key("z"), "REPLACE"};
  }
}

}  // namespace sorrel::persist
