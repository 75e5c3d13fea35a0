// SPDX-License-Identifier: BSD-3-Clause
//
// COMMAND DOCS: what interactive clients make their hints and help from. One map for each command,
// in the order of fields that Redis 8.0 has; what a command does not have is left out.
//
// The tree of arguments is parsed anew for each answer: it costs microseconds, and nothing has to
// be kept for a command that clients send once, at their start. One thread.
#include <vector>

#include <sorrel/exec/command_doc.h>
#include <sorrel/exec/executor.h>

#include "introspection.h"

namespace sorrel::commands {
namespace {

using exec::Command;
using exec::CommandDoc;
using exec::Context;
using exec::DocArgument;
using exec::DocArgumentType;
using exec::Outcome;
using resp::ReplyWriter;

// Fields of a map whose number is known only at its end.
class Fields {
 public:
  explicit Fields(ReplyWriter& reply) : reply_(reply), head_(reply.defer()) {}
  Fields(const Fields&) = delete;
  Fields& operator=(const Fields&) = delete;
  ~Fields() { reply_.settle(head_, ReplyWriter::Aggregate::kMap, count_); }

  // The name of the next field; its value follows.
  void begin(std::string_view name) {
    reply_.bulk(name);
    ++count_;
  }
  void text(std::string_view name, std::string_view value) {
    if (!value.empty()) {
      begin(name);
      reply_.bulk(value);
    }
  }

 private:
  ReplyWriter& reply_;
  ReplyWriter::Mark head_;
  std::size_t count_ = 0;
};

std::vector<std::string_view> flags_of(const DocArgument& argument) {
  std::vector<std::string_view> flags;
  if (argument.optional) {
    flags.emplace_back("optional");
  }
  if (argument.multiple) {
    flags.emplace_back("multiple");
  }
  if (argument.multiple_token) {
    flags.emplace_back("multiple_token");
  }
  return flags;
}

void reply_arguments(ReplyWriter& reply, const std::vector<DocArgument>& arguments);

void reply_argument(ReplyWriter& reply, const DocArgument& argument) {
  const bool group =
      argument.type == DocArgumentType::one_of || argument.type == DocArgumentType::block;
  Fields fields(reply);
  fields.text("name", argument.name);
  fields.text("type", exec::type_name(argument.type));
  if (!group) {
    fields.text("display_text",
                argument.display_text.empty() ? argument.name : argument.display_text);
  }
  if (argument.key_spec_index >= 0) {
    fields.begin("key_spec_index");
    reply.integer(argument.key_spec_index);
  }
  if (argument.has_token) {
    fields.begin("token");
    reply.bulk(argument.token);
  }
  fields.text("since", argument.since);
  fields.text("deprecated_since", argument.deprecated_since);
  if (const auto flags = flags_of(argument); !flags.empty()) {
    fields.begin("flags");
    reply_words(reply, flags);
  }
  if (group) {
    fields.begin("arguments");
    reply_arguments(reply, argument.arguments);
  }
}

void reply_arguments(ReplyWriter& reply, const std::vector<DocArgument>& arguments) {
  reply.array(arguments.size());
  for (const DocArgument& argument : arguments) {
    reply_argument(reply, argument);
  }
}

void reply_history(ReplyWriter& reply, const std::vector<exec::DocHistory>& history) {
  reply.set(history.size());
  for (const exec::DocHistory& line : history) {
    reply.array(2);
    reply.bulk(line.version);
    reply.bulk(line.text);
  }
}

void reply_docs(ReplyWriter& reply, const Command& command) {
  Fields fields(reply);
  if (const CommandDoc* doc = exec::find_command_doc(command.spec->name); doc != nullptr) {
    fields.text("summary", doc->summary);
    fields.text("since", doc->since);
    fields.text("group", doc->group);
    fields.text("complexity", doc->complexity);
    if (!doc->doc_flags.empty()) {
      fields.begin("doc_flags");
      reply_words(reply, exec::parse_words(doc->doc_flags));
    }
    fields.text("deprecated_since", doc->deprecated_since);
    fields.text("replaced_by", doc->replaced_by);
    if (!doc->history.empty()) {
      fields.begin("history");
      reply_history(reply, exec::parse_history(doc->history));
    }
    if (!doc->arguments.empty()) {
      fields.begin("arguments");
      reply_arguments(reply, exec::parse_arguments(doc->arguments));
    }
  }
  if (!command.subcommands.empty()) {
    fields.begin("subcommands");
    reply.map(command.subcommands.size());
    for (const Command* subcommand : command.subcommands) {
      reply.bulk(subcommand->spec->name);
      reply_docs(reply, *subcommand);
    }
  }
}

}  // namespace

Outcome command_docs(Context& context) {
  const exec::CommandTable& table = context.executor.table();
  ReplyWriter& reply = context.reply;
  if (context.argument_count() == 2) {
    reply.map(table.commands().size());
    for (const Command* command : table.commands()) {
      reply.bulk(command->spec->name);
      reply_docs(reply, *command);
    }
    return Outcome::kOk;
  }
  std::vector<const Command*> found;
  for (const std::string_view name : context.arguments.subspan(2)) {
    if (const Command* command = table.find_full(name)) {
      found.push_back(command);
    }
  }
  reply.map(found.size());
  for (const Command* command : found) {
    reply.bulk(command->spec->name);
    reply_docs(reply, *command);
  }
  return Outcome::kOk;
}

}  // namespace sorrel::commands
