// SPDX-License-Identifier: BSD-3-Clause
//
// FUNCTION and its subcommands. Those that change the libraries are repeated by the log as they
// came, for they change no key by which that would be seen; while the log is replayed, loading has
// no limit, since what was loaded once must be loaded again.
#include <sorrel/base/text.h>
#include <sorrel/exec/errors.h>

#include "parts.h"
#include "run_checks.h"
#include "shebang.h"

namespace sorrel::script {
namespace {

using exec::Context;
using exec::Outcome;
using exec::reply_ok;

using namespace exec::traits;

constexpr base::Error kNoLibrary{"ERR", "Library not found"};
constexpr base::Error kNoPattern{"ERR", "library name argument was not given"};
constexpr base::Error kFlushOption{"ERR", "FUNCTION FLUSH only supports SYNC|ASYNC option"};
constexpr base::Error kPolicy{
    "ERR", "Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE."};
constexpr base::Error kNoPayloads{"ERR", "this server has no format for libraries"};

Scripting::Parts& parts(const Context& context) { return context.state<Scripting>().parts(); }
FunctionStore& functions(const Context& context) { return parts(context).functions; }

const base::Clock* load_clock(const Context& context) {
  return context.session.replay ? nullptr : &context.executor.clock();
}

Outcome load(Context& context) {
  bool replace = false;
  const std::size_t last = context.argument_count() - 1;
  for (std::size_t i = 2; i < last; ++i) {
    if (!context.argument_is(i, "replace")) {
      return context.fail_with("ERR", "Unknown option given: " + std::string(context.argument(i)));
    }
    replace = true;
  }
  const auto loaded = functions(context).load(context.argument(last), replace, load_clock(context));
  if (!loaded.error.empty()) {
    return context.fail_with("ERR", loaded.error);
  }
  context.effects.force();
  return exec::reply_bulk(context, loaded.name);
}

Outcome erase(Context& context) {
  if (!functions(context).erase(context.argument(2))) {
    return context.fail(kNoLibrary);
  }
  context.effects.force();
  return reply_ok(context);
}

Outcome flush(Context& context) {
  if (context.argument_count() > 3) {
    return context.fail_subcommand();
  }
  if (context.argument_count() == 3 && !context.argument_is(2, "sync") &&
      !context.argument_is(2, "async")) {
    return context.fail(kFlushOption);
  }
  functions(context).flush();
  context.effects.force();
  return reply_ok(context);
}

Outcome kill(Context& context) {
  return reply_killed(context, parts(context).control, RunKind::kFunction);
}

// ---- FUNCTION LIST ------------------------------------------------------------------------------

struct ListOptions {
  std::optional<std::string_view> pattern;
  bool with_code = false;
};

// Returns: false when the reply is an error already.
bool read_options(Context& context, ListOptions& options) {
  for (std::size_t i = 2; i < context.argument_count(); ++i) {
    if (!options.with_code && context.argument_is(i, "withcode")) {
      options.with_code = true;
    } else if (!options.pattern && context.argument_is(i, "libraryname")) {
      if (++i == context.argument_count()) {
        context.fail(kNoPattern);
        return false;
      }
      options.pattern = context.argument(i);
    } else {
      context.fail_with("ERR", "Unknown argument " + std::string(context.argument(i)));
      return false;
    }
  }
  return true;
}

void write_flags(std::uint32_t flags, resp::ReplyWriter& reply) {
  const auto mark = reply.defer();
  std::size_t count = 0;
  for (const FlagName& known : flag_names()) {
    if ((flags & known.flag) != 0) {
      reply.simple(known.name);
      ++count;
    }
  }
  reply.settle(mark, resp::ReplyWriter::Aggregate::kSet, count);
}

void write_function(const Function& function, resp::ReplyWriter& reply) {
  reply.map(3);
  reply.bulk("name");
  reply.bulk(function.name);
  reply.bulk("description");
  if (function.description) {
    reply.bulk(*function.description);
  } else {
    reply.null();
  }
  reply.bulk("flags");
  write_flags(function.flags, reply);
}

void write_library(const Library& library, bool with_code, resp::ReplyWriter& reply) {
  reply.map(with_code ? 4 : 3);
  reply.bulk("library_name");
  reply.bulk(library.name);
  reply.bulk("engine");
  reply.bulk("LUA");
  reply.bulk("functions");
  reply.array(library.functions.size());
  for (const auto& [name, function] : library.functions) {
    write_function(function, reply);
  }
  if (with_code) {
    reply.bulk("library_code");
    reply.bulk(library.source);
  }
}

Outcome list(Context& context) {
  ListOptions options;
  if (!read_options(context, options)) {
    return Outcome::kError;
  }
  resp::ReplyWriter& reply = context.reply;
  const auto mark = reply.defer();
  std::size_t count = 0;
  for (const auto& [name, library] : functions(context).set().libraries()) {
    if (!options.pattern || base::glob_match(*options.pattern, name, /*ignore_case=*/true)) {
      write_library(*library, options.with_code, reply);
      ++count;
    }
  }
  reply.settle(mark, resp::ReplyWriter::Aggregate::kArray, count);
  return Outcome::kOk;
}

// ---- FUNCTION STATS -----------------------------------------------------------------------------

void write_running(const RunControl& control, resp::ReplyWriter& reply) {
  const Run* const run = control.running();
  if (run == nullptr) {
    return reply.null();
  }
  reply.map(3);
  reply.bulk("name");
  reply.bulk(run->name);
  reply.bulk("command");
  reply.array(run->context.argument_count());
  for (const std::string_view word : run->context.arguments) {
    reply.bulk(word);
  }
  reply.bulk("duration_ms");
  reply.integer(control.running_ms());
}

Outcome stats(Context& context) {
  const RunControl& control = parts(context).control;
  if (control.running() != nullptr && control.running()->kind != RunKind::kFunction) {
    return reply_other_kind(context);
  }
  const LibrarySet& set = functions(context).set();
  resp::ReplyWriter& reply = context.reply;
  reply.map(2);
  reply.bulk("running_script");
  write_running(control, reply);
  reply.bulk("engines");
  reply.map(1);
  reply.bulk("LUA");
  reply.map(2);
  reply.bulk("libraries_count");
  reply.integer(static_cast<std::int64_t>(set.libraries().size()));
  reply.bulk("functions_count");
  reply.integer(static_cast<std::int64_t>(set.functions()));
  return Outcome::kOk;
}

// ---- FUNCTION DUMP and RESTORE ------------------------------------------------------------------

Outcome dump(Context& context) {
  const auto& seal = parts(context).shell.seal_libraries;
  if (!seal) {
    return context.fail(kNoPayloads);
  }
  return exec::reply_bulk(context, seal(context.state<Scripting>().library_sources()));
}

std::optional<RestorePolicy> read_policy(const Context& context) {
  if (context.argument_count() == 3 || context.argument_is(3, "append")) {
    return RestorePolicy::kAppend;
  }
  if (context.argument_is(3, "replace")) {
    return RestorePolicy::kReplace;
  }
  if (context.argument_is(3, "flush")) {
    return RestorePolicy::kFlush;
  }
  return std::nullopt;
}

Outcome restore(Context& context) {
  if (context.argument_count() > 4) {
    return context.fail_subcommand();
  }
  const auto policy = read_policy(context);
  if (!policy) {
    return context.fail(kPolicy);
  }
  const auto& open = parts(context).shell.open_libraries;
  if (!open) {
    return context.fail(kNoPayloads);
  }
  OpenedLibraries opened = open(context.argument(2));
  if (opened.error.empty()) {
    opened.error = functions(context).restore(opened.sources, *policy, load_clock(context));
  }
  if (!opened.error.empty()) {
    return context.fail_with("ERR", opened.error);
  }
  context.effects.force();
  return reply_ok(context);
}

Outcome help(Context& context) {
  static constexpr std::string_view kLines[] = {
      "DELETE <library>",
      "    Forget a library with all its functions.",
      "DUMP",
      "    All libraries as bytes that RESTORE takes.",
      "FLUSH [ASYNC|SYNC]",
      "    Forget all libraries. Both options do the same.",
      "KILL",
      "    End the function that runs, unless it has written.",
      "LIST [LIBRARYNAME <pattern>] [WITHCODE]",
      "    The libraries whose names fit the pattern, their functions and, if wanted, their code.",
      "LOAD [REPLACE] <code>",
      "    Run the code of a library, which registers its functions, and answer with its name.",
      "RESTORE <bytes> [FLUSH|APPEND|REPLACE]",
      "    Load what DUMP gave, all of it or nothing. The libraries that are there go (FLUSH),",
      "    must not be met again (APPEND, which is the default), or are replaced where they are.",
      "STATS",
      "    Which function runs, by which command and for how long; how many there are."};
  return exec::reply_help(context, kLines);
}

constexpr exec::AclCategories kScript = exec::acl::kScripting | exec::acl::kSlow;
constexpr exec::AclCategories kChange = kScript | exec::acl::kWrite;

constexpr exec::CommandSpec kRows[] = {
    {"function", -2, kContainer, {}, exec::acl::kSlow, nullptr},
    {"function|delete", 3, kNoscript | kWrite, {}, kChange, &erase},
    {"function|dump", 2, kNoscript, {}, kScript, &dump},
    {"function|flush", -2, kNoscript | kWrite, {}, kChange, &flush},
    {"function|help", 2, kLoading | kStale, {}, kScript, &help},
    {"function|kill", 2, kNoscript | kAllowBusy, {}, kScript, &kill},
    {"function|list", -2, kNoscript, {}, kScript, &list},
    {"function|load", -3, kNoscript | kWrite | kDenyOom, {}, kChange, &load},
    {"function|restore", -3, kNoscript | kWrite | kDenyOom, {}, kChange, &restore},
    {"function|stats", 2, kNoscript | kAllowBusy, {}, kScript, &stats},
};

}  // namespace

void add_function_commands(exec::CommandTable& table, Scripting& scripting) {
  table.add(kRows, &scripting);
}

}  // namespace sorrel::script
