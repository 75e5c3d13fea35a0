// SPDX-License-Identifier: BSD-3-Clause
//
// The handlers of the commands on keys whatever they hold, by the file they stand in; keys.cc
// holds the rows, those of the commands on whole databases among them. One thread.
#pragma once

#include "keys_lookup.h"

namespace sorrel::commands::keys {

// keys.cc: existence and deletion.
Outcome del(Context& context);
Outcome exists(Context& context);
Outcome touch(Context& context);
Outcome type(Context& context);

// keys_move.cc: other names and other databases.
Outcome rename(Context& context);
Outcome renamenx(Context& context);
Outcome copy(Context& context);
Outcome move(Context& context);

// keys_expire.cc: deadlines.
Outcome expire(Context& context);
Outcome pexpire(Context& context);
Outcome expireat(Context& context);
Outcome pexpireat(Context& context);
Outcome ttl(Context& context);
Outcome pttl(Context& context);
Outcome expiretime(Context& context);
Outcome pexpiretime(Context& context);
Outcome persist(Context& context);

// keys_scan.cc: walking the database.
Outcome keys(Context& context);
Outcome scan(Context& context);
Outcome randomkey(Context& context);

// keys_object.cc
Outcome object_encoding(Context& context);
Outcome object_freq(Context& context);
Outcome object_help(Context& context);
Outcome object_idletime(Context& context);
Outcome object_refcount(Context& context);

// keyspace_wide.cc: whole databases.
Outcome dbsize(Context& context);
Outcome flushdb(Context& context);
Outcome flushall(Context& context);
Outcome swapdb(Context& context);

}  // namespace sorrel::commands::keys
