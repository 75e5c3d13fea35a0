// SPDX-License-Identifier: BSD-3-Clause
//
// From replies of commands to values of Lua and back, as Redis documents it:
//
//   :1 <-> number            $ <-> string                  * <-> table, 1 to n
//   + <-> {ok=}              - <-> {err=}                  null -> false (RESP2), nil (RESP3)
//   true <-> :1 (RESP2), boolean (RESP3)                   , <-> {double=}
//   % <-> {map={}}           ~ <-> {set={x=true}}          ( <-> {big_number=}
//   = <-> {verbatim_string={string=, format=}}             nil, false -> null; numbers -> integers
#pragma once

#include <string_view>

#include <sorrel/exec/context.h>
#include <sorrel/resp/reply_writer.h>

#include "lua_api.h"

namespace sorrel::script {

// Pushes the value of a whole reply. The names "ok" and "err" are upvalues 1 and 2 of the function
// that runs. Requires: the bytes are a reply that this server wrote. May raise.
void push_reply(lua_State* lua, std::string_view reply);

// Replies with the value at the top, which it pops. `protocol`: what the script has chosen; that of
// the client is the writer's. Errors within are counted. Requires: the slots of an interpreter.
exec::Outcome reply_from_lua(lua_State* lua, exec::Context& context, resp::Protocol protocol);

// Replies with an error whose first word is its code. `counted`: it was counted where it arose.
exec::Outcome reply_error_text(exec::Context& context, std::string_view text, bool counted);

}  // namespace sorrel::script
