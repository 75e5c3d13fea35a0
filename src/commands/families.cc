// SPDX-License-Identifier: BSD-3-Clause
//
// The one list of the families: a new one is added here, and to the header.
#include <sorrel/commands/families.h>

namespace sorrel::commands {

void add_all_commands(exec::CommandTable& table) {
  add_string_commands(table);
  add_key_commands(table);
  add_list_commands(table);
  add_set_commands(table);
  add_sorted_set_commands(table);
  add_hash_commands(table);
  add_stream_commands(table);
  add_bitmap_commands(table);
  add_hyperloglog_commands(table);
  add_geo_commands(table);
  add_sort_commands(table);
  add_transaction_commands(table);
  add_connection_commands(table);
  add_introspection_commands(table);
}

}  // namespace sorrel::commands
