// SPDX-License-Identifier: BSD-3-Clause
//
// CLIENT INFO and CLIENT LIST: the connections of all clients, by the executor's registry. One
// thread.
#include <string>

#include <sorrel/exec/client_line.h>
#include <sorrel/exec/executor.h>

#include "client.h"
#include "client_filter.h"

namespace sorrel::commands {
namespace {

using exec::Context;
using exec::Outcome;
using exec::Session;

void append_line(std::string& out, const Context& context, const Session& session) {
  std::size_t argument_bytes = 0;
  for (const std::string_view word : context.arguments) {
    argument_bytes += word.size();
  }
  exec::append_client_line(out, session, {context.now_ms(), &context.session, argument_bytes});
  out.push_back('\n');
}

Outcome reply_text(Context& context, std::string_view text) {
  context.reply.verbatim("txt", text);
  return Outcome::kOk;
}

void append_listed(std::string& text, const Context& context, const ClientFilter& filter) {
  const exec::SessionRegistry& registry = context.executor.sessions();
  const auto append_if_meant = [&](const Session& session) {
    if (filter.meets(session, context)) {
      append_line(text, context, session);
    }
  };
  if (const auto* ids = filter.ids(); ids != nullptr) {
    for (const std::int64_t id : *ids) {
      const Session* session = id > 0 ? registry.find(static_cast<std::uint64_t>(id)) : nullptr;
      if (session != nullptr) {
        append_if_meant(*session);
      }
    }
    return;
  }
  for (const auto& [id, session] : registry.sessions()) {
    append_if_meant(*session);
  }
}

}  // namespace

Outcome client_info(Context& context) {
  std::string text;
  append_line(text, context, context.session);
  return reply_text(context, text);
}

Outcome client_list(Context& context) {
  static constexpr base::Error kInvalidId{"ERR", "Invalid client ID"};
  ClientFilter filter({INT64_MIN, kInvalidId, kInvalidId});
  if (const Outcome outcome = filter.read(context, 2); outcome != Outcome::kOk) {
    return outcome;
  }
  std::string text;
  append_listed(text, context, filter);
  return reply_text(context, text);
}

}  // namespace sorrel::commands
