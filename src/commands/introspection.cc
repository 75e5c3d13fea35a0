// SPDX-License-Identifier: BSD-3-Clause
//
// COMMAND, COMMAND COUNT, INFO, LIST and HELP, and the rows of the family.
//
// An entry of COMMAND INFO is put together from three places: the row (arity, flags, positions, ACL
// categories), the documentation (tips, key specifications) and the row's subcommands. Flags and
// categories stand in the order in which Redis prints them, for tests compare them as texts.
// One thread.
#include "introspection.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

#include <sorrel/commands/families.h>
#include <sorrel/exec/categories.h>
#include <sorrel/exec/command_doc.h>
#include <sorrel/exec/executor.h>

namespace sorrel::commands {
namespace {

using exec::Command;
using exec::Context;
using exec::Outcome;
using exec::Traits;

struct Word {
  std::uint32_t bit;
  std::string_view name;
};

// Traits that are not listed here are hidden: kProtected, kContainer, kInRespPubsub,
// kMayReplicate.
constexpr std::array kFlagWords = std::to_array<Word>({
    {exec::traits::kWrite, "write"},
    {exec::traits::kReadonly, "readonly"},
    {exec::traits::kDenyOom, "denyoom"},
    {exec::traits::kAdmin, "admin"},
    {exec::traits::kPubsub, "pubsub"},
    {exec::traits::kNoscript, "noscript"},
    {exec::traits::kBlocking, "blocking"},
    {exec::traits::kLoading, "loading"},
    {exec::traits::kStale, "stale"},
    {exec::traits::kSkipMonitor, "skip_monitor"},
    {exec::traits::kSkipSlowlog, "skip_slowlog"},
    {exec::traits::kAsking, "asking"},
    {exec::traits::kFast, "fast"},
    {exec::traits::kNoAuth, "no_auth"},
    {exec::traits::kNoMandatoryKeys, "no_mandatory_keys"},
    {exec::traits::kNoAsyncLoading, "no_async_loading"},
    {exec::traits::kNoMulti, "no_multi"},
    {exec::traits::kMovableKeys, "movablekeys"},
    {exec::traits::kAllowBusy, "allow_busy"},
});

template <class Named>
std::vector<std::string_view> words_of(std::uint32_t bits, const Named& words) {
  std::vector<std::string_view> names;
  for (const auto& word : words) {
    if ((bits & word.bit) != 0) {
      names.push_back(word.name);
    }
  }
  return names;
}

void reply_begin_search(resp::ReplyWriter& reply, const exec::KeySpecBegin& begin) {
  using Kind = exec::KeySpecBegin::Kind;
  reply.map(2);
  reply.bulk("type");
  if (begin.kind == Kind::index) {
    reply.bulk("index");
    reply.bulk("spec");
    reply.map(1);
    reply.bulk("index");
    reply.integer(begin.index);
  } else if (begin.kind == Kind::keyword) {
    reply.bulk("keyword");
    reply.bulk("spec");
    reply.map(2);
    reply.bulk("keyword");
    reply.bulk(begin.keyword);
    reply.bulk("startfrom");
    reply.integer(begin.start_from);
  } else {
    reply.bulk("unknown");
    reply.bulk("spec");
    reply.map(0);
  }
}

void reply_find_keys(resp::ReplyWriter& reply, const exec::KeySpecFind& find) {
  using Kind = exec::KeySpecFind::Kind;
  reply.map(2);
  reply.bulk("type");
  if (find.kind == Kind::range) {
    reply.bulk("range");
    reply.bulk("spec");
    reply.map(3);
    reply.bulk("lastkey");
    reply.integer(find.last_key);
    reply.bulk("keystep");
    reply.integer(find.key_step);
    reply.bulk("limit");
    reply.integer(find.limit);
  } else if (find.kind == Kind::keynum) {
    reply.bulk("keynum");
    reply.bulk("spec");
    reply.map(3);
    reply.bulk("keynumidx");
    reply.integer(find.key_num_index);
    reply.bulk("firstkey");
    reply.integer(find.first_key);
    reply.bulk("keystep");
    reply.integer(find.key_step);
  } else {
    reply.bulk("unknown");
    reply.bulk("spec");
    reply.map(0);
  }
}

void reply_key_specs(resp::ReplyWriter& reply, std::span<const exec::KeySpec> specs) {
  reply.set(specs.size());
  for (const exec::KeySpec& spec : specs) {
    reply.map(spec.notes.empty() ? 3 : 4);
    if (!spec.notes.empty()) {
      reply.bulk("notes");
      reply.bulk(spec.notes);
    }
    reply.bulk("flags");
    reply_words(reply, spec.flags);
    reply.bulk("begin_search");
    reply_begin_search(reply, spec.begin_search);
    reply.bulk("find_keys");
    reply_find_keys(reply, spec.find_keys);
  }
}

Outcome command(Context& context) {
  const auto& commands = context.executor.table().commands();
  context.reply.array(commands.size());
  for (const Command* command : commands) {
    reply_command_info(context.reply, *command);
  }
  return Outcome::kOk;
}

Outcome command_count(Context& context) {
  const std::size_t count = context.executor.table().commands().size();
  return exec::reply_integer(context, static_cast<std::int64_t>(count));
}

Outcome command_info(Context& context) {
  if (context.argument_count() == 2) {
    return command(context);
  }
  context.reply.array(context.argument_count() - 2);
  for (const std::string_view name : context.arguments.subspan(2)) {
    if (const Command* found = context.executor.table().find_full(name)) {
      reply_command_info(context.reply, *found);
    } else {
      context.reply.null();
    }
  }
  return Outcome::kOk;
}

// What COMMAND LIST lets through. No command belongs to a module, so that filter passes none.
struct ListFilter {
  enum class Kind { kNone, kModule, kCategory, kPattern };
  Kind kind = Kind::kNone;
  std::string_view pattern;
  exec::AclCategories category = 0;

  bool passes(const exec::CommandSpec& spec) const {
    switch (kind) {
      case Kind::kNone:
        return true;
      case Kind::kModule:
        return false;
      case Kind::kCategory:
        return (spec.categories & category) != 0;
      case Kind::kPattern:
        return base::glob_match(pattern, spec.name, true);
    }
    return false;
  }
};

std::optional<ListFilter> read_list_filter(const Context& context) {
  ListFilter filter;
  if (context.argument_count() == 2) {
    return filter;
  }
  if (context.argument_count() != 5 || !context.argument_is(2, "filterby")) {
    return std::nullopt;
  }
  if (context.argument_is(3, "module")) {
    filter.kind = ListFilter::Kind::kModule;
  } else if (context.argument_is(3, "aclcat")) {
    filter.kind = ListFilter::Kind::kCategory;
    filter.category = exec::category_named(context.argument(4));
  } else if (context.argument_is(3, "pattern")) {
    filter.kind = ListFilter::Kind::kPattern;
    filter.pattern = context.argument(4);
  } else {
    return std::nullopt;
  }
  return filter;
}

std::size_t list_names(resp::ReplyWriter& reply, std::span<Command* const> commands,
                       const ListFilter& filter) {
  std::size_t count = 0;
  for (const Command* command : commands) {
    if (filter.passes(*command->spec)) {
      reply.bulk(command->spec->name);
      ++count;
    }
    count += list_names(reply, command->subcommands, filter);
  }
  return count;
}

Outcome command_list(Context& context) {
  const auto filter = read_list_filter(context);
  if (!filter) {
    return context.fail_syntax();
  }
  const auto head = context.reply.defer();
  const std::size_t count = list_names(context.reply, context.executor.table().commands(), *filter);
  context.reply.settle(head, resp::ReplyWriter::Aggregate::kArray, count);
  return Outcome::kOk;
}

Outcome command_help(Context& context) {
  static constexpr std::array kLines = std::to_array<std::string_view>({
      "(no subcommand)",
      "    The table of all commands.",
      "COUNT",
      "    How many commands there are.",
      "DOCS [<command-name> ...]",
      "    The documentation of these commands, or of all.",
      "GETKEYS <full-command>",
      "    The keys in a command as it would be sent.",
      "GETKEYSANDFLAGS <full-command>",
      "    The same, with what the command does to each key.",
      "INFO [<command-name> ...]",
      "    The table's entries of these commands, or of all.",
      "LIST [FILTERBY (MODULE <name>|ACLCAT <category>|PATTERN <glob>)]",
      "    The names of commands and subcommands, all or those that fit.",
  });
  return exec::reply_help(context, kLines);
}

constexpr Traits kTraits = exec::traits::kLoading | exec::traits::kStale;
constexpr exec::AclCategories kCategories = exec::acl::kConnection | exec::acl::kSlow;

constexpr exec::CommandSpec kRows[] = {
    {"command", -1, kTraits, {}, kCategories, &command},
    {"command|count", 2, kTraits, {}, kCategories, &command_count},
    {"command|docs", -2, kTraits, {}, kCategories, &command_docs},
    {"command|getkeys", -3, kTraits, {}, kCategories, &command_getkeys},
    {"command|getkeysandflags", -3, kTraits, {}, kCategories, &command_getkeysandflags},
    {"command|help", 2, kTraits, {}, kCategories, &command_help},
    {"command|info", -2, kTraits, {}, kCategories, &command_info},
    {"command|list", -2, kTraits, {}, kCategories, &command_list},
};

}  // namespace

void reply_words(resp::ReplyWriter& reply, std::span<const std::string_view> words) {
  reply.set(words.size());
  for (const std::string_view word : words) {
    reply.simple(word);
  }
}

void reply_bulk_words(resp::ReplyWriter& reply, std::span<const std::string_view> words) {
  reply.set(words.size());
  for (const std::string_view word : words) {
    reply.bulk(word);
  }
}

void reply_command_info(resp::ReplyWriter& reply, const Command& command) {
  const exec::CommandSpec& spec = *command.spec;
  const exec::CommandDoc* doc = exec::find_command_doc(spec.name);
  static constexpr exec::CommandDoc kUndocumented{};
  const exec::CommandDoc& facts = doc != nullptr ? *doc : kUndocumented;
  reply.array(10);
  reply.bulk(spec.name);
  reply.integer(spec.arity);
  reply_words(reply, words_of(spec.traits, kFlagWords));
  reply.integer(spec.keys.first);
  reply.integer(spec.keys.last);
  reply.integer(spec.keys.step);
  reply_words(reply, words_of(spec.categories, exec::category_names()));
  reply_bulk_words(reply, exec::parse_words(facts.tips));
  reply_key_specs(reply, exec::parse_key_specs(facts.key_specs));
  if (command.subcommands.empty()) {
    reply.set(0);
    return;
  }
  reply.array(command.subcommands.size());
  for (const Command* subcommand : command.subcommands) {
    reply_command_info(reply, *subcommand);
  }
}

void add_introspection_commands(exec::CommandTable& table) { table.add(kRows); }

}  // namespace sorrel::commands
