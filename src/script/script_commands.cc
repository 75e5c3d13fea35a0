// SPDX-License-Identifier: BSD-3-Clause
//
// EVAL, EVALSHA and their read-only forms; SCRIPT and its subcommands.
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

enum class Named : std::uint8_t { kByText, kByDigest };

Scripting::Parts& parts(const Context& context) { return context.state<Scripting>().parts(); }

// The script that is to run. Returns: null when the reply is an error already.
Script* find_script(Context& context, Named named) {
  ScriptCache& cache = parts(context).scripts;
  const std::string_view word = context.argument(1);
  if (named == Named::kByDigest) {
    const auto digest = parse_digest(word);
    Script* const script = digest ? cache.find(*digest) : nullptr;
    if (script == nullptr) {
      context.fail(kNoScript);
    }
    return script;
  }
  const Digest digest = sha1(word);
  if (Script* const script = cache.find(digest)) {
    return script;
  }
  const auto loaded = cache.add(digest, word, /*keep=*/false);
  if (loaded.script == nullptr) {
    context.fail_with("ERR", loaded.error);
  }
  return loaded.script;
}

Outcome evaluate(Context& context, Named named, bool read_only) {
  context.executor.tell_command(context.session, context.arguments);
  const auto words = split_words(context, exec::errors::kNotInteger);
  if (!words) {
    return context.fail(words.error());
  }
  Script* const script = find_script(context, named);
  if (script == nullptr) {
    return Outcome::kError;
  }
  ScriptCache& cache = parts(context).scripts;
  cache.touch(*script);
  Run run{context, script->name_text()};
  run.read_only = read_only;
  if (script->shebang) {
    if (const auto refusal = apply_flags(run, script->flags); !refusal.text.empty()) {
      return context.fail_with(refusal.error.code, refusal.text);
    }
  }
  return cache.interpreter().run_script(run, script->function, words->keys, words->arguments);
}

// As the flags of the script have it, if it names any.
exec::Traits traits_by_flags(const exec::Command& command, std::string_view source) {
  const ScriptHead head = parse_script_head(source);
  const bool flagged = head.shebang && head.error.empty();
  return flagged ? traits_with(command.spec->traits, head.flags) : command.spec->traits;
}

exec::Traits eval_traits(const exec::Command& command, std::span<const std::string_view> words) {
  return traits_by_flags(command, words[1]);
}

exec::Traits evalsha_traits(const exec::Command& command, std::span<const std::string_view> words) {
  const auto digest = parse_digest(words[1]);
  ScriptCache& cache = static_cast<Scripting*>(command.state)->parts().scripts;
  const Script* const script = digest ? cache.find(*digest) : nullptr;
  return script == nullptr ? command.spec->traits : traits_by_flags(command, script->source);
}

Outcome eval(Context& context) { return evaluate(context, Named::kByText, false); }
Outcome eval_ro(Context& context) { return evaluate(context, Named::kByText, true); }
Outcome evalsha(Context& context) { return evaluate(context, Named::kByDigest, false); }
Outcome evalsha_ro(Context& context) { return evaluate(context, Named::kByDigest, true); }

// There is no debugger to switch on.
Outcome script_debug(Context& context) {
  if (context.argument_is(2, "no")) {
    return reply_ok(context);
  }
  if (context.argument_is(2, "yes") || context.argument_is(2, "sync")) {
    return context.fail_with("ERR", "this server has no debugger of scripts");
  }
  return context.fail_with("ERR", "Use SCRIPT DEBUG YES/SYNC/NO");
}

Outcome script_exists(Context& context) {
  ScriptCache& cache = parts(context).scripts;
  context.reply.array(context.argument_count() - 2);
  for (const std::string_view word : context.arguments.subspan(2)) {
    const auto digest = parse_digest(word);
    context.reply.integer(digest && cache.find(*digest) != nullptr ? 1 : 0);
  }
  return Outcome::kOk;
}

Outcome script_flush(Context& context) {
  const bool known = context.argument_count() == 2 ||
                     (context.argument_count() == 3 &&
                      (context.argument_is(2, "sync") || context.argument_is(2, "async")));
  if (!known) {
    return context.fail_with("ERR", "SCRIPT FLUSH only support SYNC|ASYNC option");
  }
  parts(context).scripts.flush();
  return reply_ok(context);
}

Outcome script_kill(Context& context) {
  return reply_killed(context, parts(context).control, RunKind::kScript);
}

Outcome script_load(Context& context) {
  ScriptCache& cache = parts(context).scripts;
  const Digest digest = sha1(context.argument(2));
  Script* script = cache.find(digest);
  if (script != nullptr) {
    cache.keep(*script);
  } else {
    const auto loaded = cache.add(digest, context.argument(2), /*keep=*/true);
    if (loaded.script == nullptr) {
      return context.fail_with("ERR", loaded.error);
    }
    script = loaded.script;
  }
  return exec::reply_bulk(context, script->name_text());
}

Outcome script_show(Context& context) {
  const auto digest = parse_digest(context.argument(2));
  const Script* const script = digest ? parts(context).scripts.find(*digest) : nullptr;
  if (script == nullptr) {
    return context.fail(kNoScript);
  }
  return exec::reply_bulk(context, script->source);
}

Outcome script_help(Context& context) {
  static constexpr std::string_view kLines[] = {
      "DEBUG (YES|SYNC|NO)",
      "    Whether scripts are run in the debugger; there is none, so that only NO is taken.",
      "EXISTS <sha1> [<sha1> ...]",
      "    Whether each of these scripts is kept.",
      "FLUSH [ASYNC|SYNC]",
      "    Forget all scripts. Both options do the same.",
      "KILL",
      "    End the script that runs, unless it has written.",
      "LOAD <script>",
      "    Keep a script without running it, and answer with its SHA1.",
      "SHOW <sha1>",
      "    The text of a script that is kept."};
  return exec::reply_help(context, kLines);
}

constexpr exec::Traits kRuns =
    kNoscript | kSkipMonitor | kStale | kNoMandatoryKeys | kMovableKeys | kVaries;
constexpr exec::AclCategories kScript = exec::acl::kScripting | exec::acl::kSlow;

constexpr exec::CommandSpec kRows[] = {
    {"eval", -3, kRuns | kMayReplicate, {}, kScript, &eval, {}, &eval_traits},
    {"eval_ro", -3, kRuns | kReadonly, {}, kScript, &eval_ro, {}, &eval_traits},
    {"evalsha", -3, kRuns | kMayReplicate, {}, kScript, &evalsha, {}, &evalsha_traits},
    {"evalsha_ro", -3, kRuns | kReadonly, {}, kScript, &evalsha_ro, {}, &evalsha_traits},
    {"script", -2, kContainer, {}, exec::acl::kSlow, nullptr},
    {"script|debug", 3, kNoscript, {}, kScript, &script_debug},
    {"script|exists", -3, kNoscript, {}, kScript, &script_exists},
    {"script|flush", -2, kNoscript, {}, kScript, &script_flush},
    {"script|help", 2, kLoading | kStale, {}, kScript, &script_help},
    {"script|kill", 2, kNoscript | kAllowBusy, {}, kScript, &script_kill},
    {"script|load", 3, kNoscript | kStale, {}, kScript, &script_load},
    {"script|show", 3, kNoscript | kStale, {}, kScript, &script_show},
};

}  // namespace

void add_script_commands(exec::CommandTable& table, Scripting& scripting) {
  table.add(kRows, &scripting);
  add_function_calls(table, scripting);
  add_function_commands(table, scripting);
}

}  // namespace sorrel::script
