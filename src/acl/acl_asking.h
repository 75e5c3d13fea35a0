// SPDX-License-Identifier: BSD-3-Clause
//
// The subcommands of ACL that only tell something. Their rows stand with the others' in
// acl_commands.cc. One thread.
#pragma once

#include <sorrel/exec/context.h>

namespace sorrel::acl {

exec::Outcome acl_cat(exec::Context& context);
exec::Outcome acl_dryrun(exec::Context& context);
exec::Outcome acl_genpass(exec::Context& context);
exec::Outcome acl_getuser(exec::Context& context);
exec::Outcome acl_help(exec::Context& context);
exec::Outcome acl_list(exec::Context& context);
exec::Outcome acl_users(exec::Context& context);
exec::Outcome acl_whoami(exec::Context& context);

}  // namespace sorrel::acl
