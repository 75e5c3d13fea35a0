// SPDX-License-Identifier: BSD-3-Clause
//
// The handlers of the string family, by the file they stand in; strings.cc holds the rows. A
// handler parses first and in Redis' order of checks, then changes one key through a WriteRef.
// One thread.
#pragma once

#include "keys_lookup.h"

namespace sorrel::commands::strings {

// strings.cc: reading, and numbers.
Outcome get(Context& context);
Outcome strlen(Context& context);
Outcome getrange(Context& context);
Outcome incr(Context& context);
Outcome decr(Context& context);
Outcome incrby(Context& context);
Outcome decrby(Context& context);
Outcome incrbyfloat(Context& context);

// strings_edit.cc: changing a part.
Outcome append(Context& context);
Outcome setrange(Context& context);

// strings_set.cc: replacing, with conditions and deadlines.
Outcome set(Context& context);
Outcome setnx(Context& context);
Outcome setex(Context& context);
Outcome psetex(Context& context);
Outcome getset(Context& context);

// strings_take.cc: reading and then deleting or giving another deadline; conditional deletion.
Outcome getdel(Context& context);
Outcome getex(Context& context);
Outcome delifeq(Context& context);
Outcome delex(Context& context);

// strings_many.cc: several keys at once.
Outcome mget(Context& context);
Outcome mset(Context& context);
Outcome msetnx(Context& context);
Outcome msetex(Context& context);

// strings_lcs.cc
Outcome lcs(Context& context);

}  // namespace sorrel::commands::strings
