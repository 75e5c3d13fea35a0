// SPDX-License-Identifier: BSD-3-Clause
//
// The subcommands of CLIENT. Their rows stand with those of the whole family in connection.cc; what
// concerns one's own connection is in client.cc, what looks at all of them in client_list.cc, what
// is done to others in client_control.cc. One thread.
#pragma once

#include <string_view>

#include <sorrel/exec/context.h>

namespace sorrel::commands {

// Own connection (client.cc).
exec::Outcome client_id(exec::Context& context);
exec::Outcome client_getname(exec::Context& context);
exec::Outcome client_setname(exec::Context& context);
exec::Outcome client_setinfo(exec::Context& context);
exec::Outcome client_no_evict(exec::Context& context);
exec::Outcome client_no_touch(exec::Context& context);
exec::Outcome client_reply(exec::Context& context);
exec::Outcome client_capa(exec::Context& context);
exec::Outcome client_import_source(exec::Context& context);
exec::Outcome client_help(exec::Context& context);

// All connections (client_list.cc).
exec::Outcome client_info(exec::Context& context);
exec::Outcome client_list(exec::Context& context);

// Other connections (client_control.cc).
exec::Outcome client_kill(exec::Context& context);
exec::Outcome client_unblock(exec::Context& context);
exec::Outcome client_pause(exec::Context& context);
exec::Outcome client_unpause(exec::Context& context);

// Whether `text` may stand in a line of CLIENT LIST: printable ASCII and no blank. As in Redis only
// what precedes the first zero byte counts, which is also all that CLIENT LIST shows of it.
bool is_client_word(std::string_view text);

inline constexpr base::Error kBadClientName{
    "ERR", "Client names cannot contain spaces, newlines or special characters."};

}  // namespace sorrel::commands
