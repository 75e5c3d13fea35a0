// SPDX-License-Identifier: BSD-3-Clause
//
// ACL SETUSER, DELUSER, LOG, LOAD and SAVE, and the rows of the family. What they are given is
// secret: it names users and holds passwords.
#include <algorithm>
#include <string>

#include <sorrel/acl/acl_commands.h>
#include <sorrel/exec/context.h>

#include "acl_asking.h"

namespace sorrel::acl {
namespace {

using exec::AccessLog;
using exec::Context;
using exec::Outcome;

constexpr std::int64_t kShownEntries = 10;

void redact_all(Context& context) {
  for (std::size_t i = 2; i < context.argument_count(); ++i) {
    context.executor.redact(i);
  }
}

Outcome acl_setuser(Context& context) {
  redact_all(context);
  const std::string error = context.state<Acl>().set_user(
      context.argument(2), context.arguments.subspan(3), &context.session);
  return error.empty() ? exec::reply_ok(context) : context.fail_with("ERR", error);
}

Outcome acl_deluser(Context& context) {
  redact_all(context);
  std::int64_t deleted = 0;
  const auto names = context.arguments.subspan(2);
  if (std::ranges::find(names, std::string_view("default")) != names.end()) {
    return context.fail_with("ERR", "The 'default' user cannot be removed");
  }
  for (const std::string_view name : names) {
    deleted += context.state<Acl>().delete_user(name, &context.session) ? 1 : 0;
  }
  return exec::reply_integer(context, deleted);
}

void reply_entry(Context& context, const AccessLog::Entry& entry) {
  resp::ReplyWriter& reply = context.reply;
  const auto age_ms = static_cast<double>(context.now_ms() - entry.updated_ms);
  reply.map(10);
  reply.bulk("count");
  reply.integer(static_cast<std::int64_t>(entry.count));
  reply.bulk("reason");
  reply.bulk(name_of(entry.reason));
  reply.bulk("context");
  reply.bulk(name_of(entry.context));
  reply.bulk("object");
  reply.bulk(entry.object);
  reply.bulk("username");
  reply.bulk(entry.user);
  reply.bulk("age-seconds");
  reply.real(age_ms / 1000);
  reply.bulk("client-info");
  reply.bulk(entry.client);
  reply.bulk("entry-id");
  reply.integer(static_cast<std::int64_t>(entry.id));
  reply.bulk("timestamp-created");
  reply.integer(entry.created_ms);
  reply.bulk("timestamp-last-updated");
  reply.integer(entry.updated_ms);
}

Outcome acl_log(Context& context) {
  AccessLog& log = context.executor.access().log();
  std::int64_t count = kShownEntries;
  if (context.argument_count() > 3) {
    return context.fail_subcommand();
  }
  if (context.argument_count() == 3) {
    if (context.argument_is(2, "reset")) {
      log.clear();
      return exec::reply_ok(context);
    }
    const auto number = base::parse_integer(context.argument(2));
    if (!number) {
      return context.fail(exec::errors::kNotInteger);
    }
    count = std::max<std::int64_t>(*number, 0);
  }
  const auto shown = std::min<std::size_t>(log.entries().size(), static_cast<std::size_t>(count));
  context.reply.array(shown);
  for (std::size_t i = 0; i < shown; ++i) {
    reply_entry(context, log.entries()[i]);
  }
  return Outcome::kOk;
}

Outcome fail_without_file(Context& context) {
  return context.fail_with(
      "ERR",
      "This Redis instance is not configured to use an ACL file. You may want to specify users via "
      "the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis "
      "configuration file set) in order to store users in the Redis configuration.");
}

Outcome acl_load(Context& context) {
  Acl& acl = context.state<Acl>();
  if (acl.shell().file_name.empty()) {
    return fail_without_file(context);
  }
  const std::string error = acl.load_file(&context.session);
  return error.empty() ? exec::reply_ok(context) : context.fail_with("ERR", error);
}

Outcome acl_save(Context& context) {
  Acl& acl = context.state<Acl>();
  if (acl.shell().file_name.empty()) {
    return fail_without_file(context);
  }
  if (const std::string failure = acl.save_file(); !failure.empty()) {
    acl.shell().log("Saving the users to '" + acl.shell().file_name + "' failed: " + failure);
    return context.fail_with("ERR",
                             "There was an error trying to save the ACLs. Please check the server "
                             "logs for more information");
  }
  return exec::reply_ok(context);
}

namespace traits = exec::traits;

constexpr exec::Traits kAnybody = traits::kLoading | traits::kNoscript | traits::kStale;
constexpr exec::Traits kOperator = kAnybody | traits::kAdmin;
constexpr exec::AclCategories kSlow = exec::acl::kSlow;
constexpr exec::AclCategories kAdmin = kSlow | exec::acl::kAdmin | exec::acl::kDangerous;

constexpr exec::CommandSpec kRows[] = {
    {"acl", -2, traits::kContainer, {}, kSlow, nullptr},
    {"acl|cat", -2, kAnybody, {}, kSlow, &acl_cat},
    {"acl|deluser", -3, kOperator, {}, kAdmin, &acl_deluser},
    {"acl|dryrun", -4, kOperator, {}, kAdmin, &acl_dryrun},
    {"acl|genpass", -2, kAnybody, {}, kSlow, &acl_genpass},
    {"acl|getuser", 3, kOperator, {}, kAdmin, &acl_getuser},
    {"acl|help", 2, traits::kLoading | traits::kStale, {}, kSlow, &acl_help},
    {"acl|list", 2, kOperator, {}, kAdmin, &acl_list},
    {"acl|load", 2, kOperator, {}, kAdmin, &acl_load},
    {"acl|log", -2, kOperator, {}, kAdmin, &acl_log},
    {"acl|save", 2, kOperator, {}, kAdmin, &acl_save},
    {"acl|setuser", -3, kOperator, {}, kAdmin, &acl_setuser},
    {"acl|users", 2, kOperator, {}, kAdmin, &acl_users},
    {"acl|whoami", 2, kAnybody, {}, kSlow, &acl_whoami},
};

}  // namespace

void add_acl_commands(exec::CommandTable& table, Acl& acl) { table.add(kRows, &acl); }

}  // namespace sorrel::acl
