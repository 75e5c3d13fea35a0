// SPDX-License-Identifier: BSD-3-Clause
//
// The rows of the option table: every directive by its name in redis.conf, bound to the variable
// that holds it.
#pragma once

#include <sorrel/config/option_table.h>

#include "options.h"

namespace sorrel::server {

class Server;

// What exists before the server: everything that the command line and the file may set.
// Lifetime: `options` must outlive the table.
void add_options(config::OptionTable& table, Options& options);
void add_inert_options(config::OptionTable& table);

// Options that live in parts of the server (types, slow log), and what changing an option at run
// time does. Called once the server is built; values set before are handed over.
void connect_options(config::OptionTable& table, Server& server);

}  // namespace sorrel::server
