// SPDX-License-Identifier: BSD-3-Clause
//
// FCALL and FCALL_RO.
#include <sorrel/exec/errors.h>

#include "parts.h"
#include "run_checks.h"

namespace sorrel::script {
namespace {

using exec::Context;
using exec::Outcome;

using namespace exec::traits;

constexpr base::Error kNoFunction{"ERR", "Function not found"};
constexpr base::Error kBadCount{"ERR", "Bad number of keys provided"};

FunctionStore& functions_of(const exec::Command& command) {
  return static_cast<Scripting*>(command.state)->parts().functions;
}

Outcome call(Context& context, bool read_only) {
  context.executor.tell_command(context.session, context.arguments);
  FunctionStore& store = functions_of(context.command);
  const Function* const function = store.set().find_function(context.argument(1));
  if (function == nullptr) {
    return context.fail(kNoFunction);
  }
  const auto words = split_words(context, kBadCount);
  if (!words) {
    return context.fail(words.error());
  }
  Run run{context, function->name, RunKind::kFunction};
  run.read_only = read_only;
  if (const auto refusal = apply_flags(run, function->flags); !refusal.text.empty()) {
    return context.fail_with(refusal.error.code, refusal.text);
  }
  return store.interpreter().run_function(run, function->callback, words->keys, words->arguments);
}

Outcome fcall(Context& context) { return call(context, /*read_only=*/false); }
Outcome fcall_ro(Context& context) { return call(context, /*read_only=*/true); }

exec::Traits fcall_traits(const exec::Command& command, std::span<const std::string_view> words) {
  const Function* const function = functions_of(command).set().find_function(words[1]);
  return function == nullptr ? command.spec->traits
                             : traits_with(command.spec->traits, function->flags);
}

constexpr exec::Traits kRuns =
    kNoscript | kSkipMonitor | kStale | kNoMandatoryKeys | kMovableKeys | kVaries;
constexpr exec::AclCategories kScript = exec::acl::kScripting | exec::acl::kSlow;

constexpr exec::CommandSpec kRows[] = {
    {"fcall", -3, kRuns | kMayReplicate, {}, kScript, &fcall, {}, &fcall_traits},
    {"fcall_ro", -3, kRuns | kReadonly, {}, kScript, &fcall_ro, {}, &fcall_traits},
};

}  // namespace

void add_function_calls(exec::CommandTable& table, Scripting& scripting) {
  table.add(kRows, &scripting);
}

}  // namespace sorrel::script
