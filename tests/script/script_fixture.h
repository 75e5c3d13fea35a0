// SPDX-License-Identifier: BSD-3-Clause
//
// A server's core with commands that scripts can call, and scripting itself. One thread, one at a
// time: families are added by plain functions, so the one being built stands in a variable.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/commands/families.h>
#include <sorrel/script/scripting.h>

#include "support/command_fixture.h"

namespace sorrel::script {

class ScriptFixture : public testing::Test {
 protected:
  // Runs a script without keys. Returns: the reply.
  std::string eval(std::string_view source) { return server.run({"EVAL", source, "0"}); }

  static void add_scripting(exec::CommandTable& table) { add_script_commands(table, *building_); }

  Scripting scripting;
  Scripting* const built = building_ = &scripting;
  test::CommandFixture server{{&commands::add_string_commands, &commands::add_key_commands,
                               &commands::add_list_commands, &commands::add_set_commands,
                               &commands::add_hash_commands, &commands::add_sorted_set_commands,
                               &commands::add_connection_commands,
                               &commands::add_transaction_commands, &add_scripting}};

 private:
  static inline Scripting* building_ = nullptr;
};

}  // namespace sorrel::script
