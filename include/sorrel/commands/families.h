// SPDX-License-Identifier: BSD-3-Clause
//
// The families of commands that work on the keyspace alone. Each function adds the rows that stand
// at the end of the family's file. Features with a state of their own bring theirs themselves.
#pragma once

#include <sorrel/exec/command_table.h>

namespace sorrel::commands {

void add_string_commands(exec::CommandTable& table);
void add_key_commands(exec::CommandTable& table);
void add_list_commands(exec::CommandTable& table);
void add_set_commands(exec::CommandTable& table);
void add_sorted_set_commands(exec::CommandTable& table);
void add_hash_commands(exec::CommandTable& table);
void add_stream_commands(exec::CommandTable& table);
void add_bitmap_commands(exec::CommandTable& table);
void add_hyperloglog_commands(exec::CommandTable& table);
void add_geo_commands(exec::CommandTable& table);
// MULTI, EXEC, DISCARD, WATCH, UNWATCH.
void add_transaction_commands(exec::CommandTable& table);
// SORT and SORT_RO, which read lists, sets and sorted sets, and the keys that patterns name.
void add_sort_commands(exec::CommandTable& table);
// PING, ECHO, HELLO, AUTH, SELECT, QUIT, RESET, CLIENT.
void add_connection_commands(exec::CommandTable& table);
// COMMAND and its subcommands.
void add_introspection_commands(exec::CommandTable& table);
// All of these.
void add_all_commands(exec::CommandTable& table);

}  // namespace sorrel::commands
