// SPDX-License-Identifier: BSD-3-Clause
//
// The commands that are about the connection itself: greeting, login, choice of the database,
// goodbye; and the rows of CLIENT, whose handlers stand in client.cc and client_list.cc.
//
// HELLO reads all of its options before it acts, so that a refused one changes nothing: neither the
// protocol nor the name nor the login. READONLY and READWRITE answer OK although there is no
// cluster (Redis answers an error that clients ignore), because tools send them before they read.
// One thread.
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include <sorrel/commands/families.h>
#include <sorrel/exec/argument_reader.h>
#include <sorrel/exec/executor.h>
#include <sorrel/exec/identity.h>

#include "client.h"

namespace sorrel::commands {
namespace {

using exec::Context;
using exec::Outcome;

// A RESP2 client that is subscribed expects nothing but arrays.
Outcome ping_subscribed(Context& context) {
  context.reply.array(2);
  context.reply.bulk("pong");
  return exec::reply_bulk(context, context.argument_count() == 1 ? "" : context.argument(1));
}

Outcome ping(Context& context) {
  if (context.argument_count() > 2) {
    return context.fail_arity();
  }
  if (context.session.subscriptions.any() && !context.reply.resp3()) [[unlikely]] {
    return ping_subscribed(context);
  }
  if (context.argument_count() == 1) [[likely]] {
    context.reply.simple("PONG");
    return Outcome::kOk;
  }
  return exec::reply_bulk(context, context.argument(1));
}

Outcome echo(Context& context) { return exec::reply_bulk(context, context.argument(1)); }

Outcome auth(Context& context) {
  for (std::size_t i = 1; i < context.argument_count(); ++i) {
    context.executor.redact(i);
  }
  if (context.argument_count() > 3) {
    return context.fail_syntax();
  }
  const bool named = context.argument_count() == 3;
  exec::Access& access = context.executor.access();
  if (!named && access.default_user().any_password) {
    return context.fail_with("ERR",
                             "AUTH <password> called without any password configured for the "
                             "default user. Are you sure your configuration is correct?");
  }
  const std::string_view user = named ? context.argument(1) : "default";
  const std::string_view password = context.argument(named ? 2 : 1);
  if (!access.authenticate(context.session, user, password, context.argument(0),
                           context.now_ms())) {
    return context.fail(exec::errors::kWrongPass);
  }
  return exec::reply_ok(context);
}

struct Greeting {
  std::optional<resp::Protocol> protocol;
  std::optional<std::string_view> name;
  std::optional<std::string_view> user;
  std::string_view password;
};

// The options behind the protocol. Returns: kOk, or what the failure returned.
Outcome read_greeting(Context& context, Greeting& greeting) {
  exec::ArgumentReader read(context, 2);
  while (read.more()) {
    if (read.word_with("auth", 2)) {
      context.executor.redact(read.position());
      context.executor.redact(read.position() + 1);
      greeting.user = read.text();
      greeting.password = read.text();
    } else if (read.word_with("setname", 1)) {
      greeting.name = read.text();
      if (!is_client_word(*greeting.name)) {
        return context.fail(kBadClientName);
      }
    } else {
      return context.fail_with(
          "ERR", "Syntax error in HELLO option '" + exec::errors::shown(read.text()) + "'");
    }
  }
  return Outcome::kOk;
}

void reply_greeting(Context& context) {
  context.reply.map(7);
  context.reply.bulk("server");
  context.reply.bulk(exec::kServerName);
  context.reply.bulk("version");
  context.reply.bulk(exec::kRedisVersion);
  context.reply.bulk("proto");
  context.reply.integer(static_cast<int>(context.session.protocol));
  context.reply.bulk("id");
  context.reply.integer(static_cast<std::int64_t>(context.session.id));
  context.reply.bulk("mode");
  context.reply.bulk(exec::kServerMode);
  context.reply.bulk("role");
  context.reply.bulk("master");
  context.reply.bulk("modules");
  context.reply.array(0);
}

Outcome hello(Context& context) {
  static constexpr base::Error kNoNumber{"ERR",
                                         "Protocol version is not an integer or out of range"};
  Greeting greeting;
  if (context.argument_count() > 1) {
    const auto version = base::parse_integer(context.argument(1));
    if (!version) {
      return context.fail(kNoNumber);
    }
    if (*version != 2 && *version != 3) {
      return context.fail(exec::errors::kNoProto);
    }
    greeting.protocol = static_cast<resp::Protocol>(*version);
    if (const Outcome outcome = read_greeting(context, greeting); outcome != Outcome::kOk) {
      return outcome;
    }
  }
  exec::Session& session = context.session;
  if (greeting.user &&
      !context.executor.access().authenticate(session, *greeting.user, greeting.password,
                                              context.argument(0), context.now_ms())) {
    return context.fail(exec::errors::kWrongPass);
  }
  if (session.needs_login()) {
    return context.fail_with(
        "NOAUTH",
        "HELLO must be called with the client already authenticated, otherwise the HELLO <proto> "
        "AUTH <user> <pass> option can be used to authenticate the client and select the RESP "
        "protocol version at the same time");
  }
  if (greeting.name) {
    session.name = *greeting.name;
  }
  if (greeting.protocol) {
    session.protocol = *greeting.protocol;
    exec::refresh_gate(session);
    context.reply.set_protocol(session.protocol);
  }
  reply_greeting(context);
  return Outcome::kOk;
}

Outcome select(Context& context) {
  static constexpr base::Error kNoInt{
      "ERR", "value is out of range, value must between -2147483648 and 2147483647"};
  exec::ArgumentReader read(context, 1);
  const std::int64_t number = read.integer();
  if (number < std::numeric_limits<std::int32_t>::min() ||
      number > std::numeric_limits<std::int32_t>::max()) {
    read.fail(kNoInt);
  }
  if (!read.ok()) {
    return context.fail(read.error());
  }
  if (number < 0 || number >= static_cast<std::int64_t>(context.keyspace.database_count())) {
    return context.fail(exec::errors::kDatabaseOutOfRange);
  }
  context.session.database = static_cast<std::uint32_t>(number);
  return exec::reply_ok(context);
}

Outcome quit(Context& context) {
  context.session.close_after_reply = true;
  return exec::reply_ok(context);
}

Outcome reset(Context& context) {
  context.executor.reset_session(context.session);
  context.reply.set_protocol(context.session.protocol);
  context.reply.simple("RESET");
  return Outcome::kOk;
}

Outcome answer_ok(Context& context) { return exec::reply_ok(context); }

using namespace exec::traits;

constexpr exec::AclCategories kFastConnection = exec::acl::kConnection | exec::acl::kFast;
constexpr exec::AclCategories kSlowConnection = exec::acl::kConnection | exec::acl::kSlow;
constexpr exec::AclCategories kOperator =
    kSlowConnection | exec::acl::kAdmin | exec::acl::kDangerous;

// What may be said before a login, while loading, and while a script runs too long.
constexpr exec::Traits kAlways = kNoscript | kLoading | kStale | kFast | kNoAuth | kAllowBusy;
constexpr exec::Traits kClient = kNoscript | kLoading | kStale;

constexpr exec::CommandSpec kRows[] = {
    {"auth", -2, kAlways, {}, kFastConnection, &auth},
    {"client", -2, kContainer, {}, exec::acl::kSlow, nullptr},
    {"client|capa", -3, kClient | kAllowBusy, {}, kSlowConnection, &client_capa},
    {"client|getname", 2, kClient, {}, kSlowConnection, &client_getname},
    {"client|help", 2, kLoading | kStale, {}, kSlowConnection, &client_help},
    {"client|id", 2, kClient, {}, kSlowConnection, &client_id},
    {"client|import-source", 3, kClient, {}, kSlowConnection, &client_import_source},
    {"client|info", 2, kClient, {}, kSlowConnection, &client_info},
    {"client|kill", -3, kClient | kAdmin, {}, kOperator, &client_kill},
    {"client|list", -2, kClient | kAdmin, {}, kOperator, &client_list},
    {"client|no-evict", 3, kClient | kAdmin, {}, kOperator, &client_no_evict},
    {"client|no-touch", 3, kClient, {}, kSlowConnection, &client_no_touch},
    {"client|pause", -3, kClient | kAdmin, {}, kOperator, &client_pause},
    {"client|reply", 3, kClient, {}, kSlowConnection, &client_reply},
    {"client|setinfo", 4, kClient, {}, kSlowConnection, &client_setinfo},
    {"client|setname", 3, kClient, {}, kSlowConnection, &client_setname},
    {"client|unblock", -3, kClient | kAdmin, {}, kOperator, &client_unblock},
    {"client|unpause", 2, kClient | kAdmin, {}, kOperator, &client_unpause},
    {"echo", 2, kLoading | kStale | kFast, {}, kFastConnection, &echo},
    {"hello", -1, kAlways, {}, kFastConnection, &hello},
    {"ping", -1, kFast | kInRespPubsub, {}, kFastConnection, &ping},
    {"quit", -1, kAlways | kInRespPubsub | kUnqueued, {}, kFastConnection, &quit},
    {"readonly", 1, kLoading | kStale | kFast, {}, kFastConnection, &answer_ok},
    {"readwrite", 1, kLoading | kStale | kFast, {}, kFastConnection, &answer_ok},
    {"reset", 1, kAlways | kInRespPubsub | kUnqueued, {}, kFastConnection, &reset},
    {"select", 2, kLoading | kStale | kFast, {}, kFastConnection, &select},
};

}  // namespace

void add_connection_commands(exec::CommandTable& table) { table.add(kRows); }

}  // namespace sorrel::commands
