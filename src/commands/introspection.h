// SPDX-License-Identifier: BSD-3-Clause
//
// COMMAND and its subcommands: the command table told to clients. The rows and what comes from the
// table alone are in introspection.cc; the answers made of the documentation in
// introspection_docs.cc; the keys of a given command in introspection_keys.cc. Cold paths, all of
// them; the documentation is parsed when it is asked for. One thread.
#pragma once

#include <span>
#include <string_view>

#include <sorrel/exec/context.h>

namespace sorrel::commands {

exec::Outcome command_docs(exec::Context& context);
exec::Outcome command_getkeys(exec::Context& context);
exec::Outcome command_getkeysandflags(exec::Context& context);

// The entry of COMMAND INFO: an array of ten, subcommands nested (introspection_docs.cc).
void reply_command_info(resp::ReplyWriter& reply, const exec::Command& command);

// A set of words; simple strings, or bulk strings.
void reply_words(resp::ReplyWriter& reply, std::span<const std::string_view> words);
void reply_bulk_words(resp::ReplyWriter& reply, std::span<const std::string_view> words);

}  // namespace sorrel::commands
