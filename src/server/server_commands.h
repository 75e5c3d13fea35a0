// SPDX-License-Identifier: BSD-3-Clause
//
// Commands that look at the server itself. Their rows carry the Server as their state.
#pragma once

#include <sorrel/exec/command_table.h>

namespace sorrel::server {

class Server;

// CONFIG, INFO, SHUTDOWN, TIME, LASTSAVE, DEBUG, HOTKEYS, BIGKEYS, LATENCY, MEMORY, SLOWLOG,
// MIGRATE, WAIT, WAITAOF.
void add_server_commands(exec::CommandTable& table, Server& server);
// The parts, each at the end of its file.
void add_config_commands(exec::CommandTable& table, Server& server);
void add_info_command(exec::CommandTable& table, Server& server);
void add_debug_commands(exec::CommandTable& table, Server& server);
void add_key_watch_commands(exec::CommandTable& table, Server& server);
void add_latency_commands(exec::CommandTable& table, Server& server);
void add_memory_commands(exec::CommandTable& table, Server& server);
void add_saving_commands(exec::CommandTable& table, Server& server);
void add_slow_log_commands(exec::CommandTable& table, Server& server);
void add_migrate_command(exec::CommandTable& table, Server& server);
void add_wait_commands(exec::CommandTable& table, Server& server);

}  // namespace sorrel::server
