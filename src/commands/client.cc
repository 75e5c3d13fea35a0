// SPDX-License-Identifier: BSD-3-Clause
//
// CLIENT, as far as it concerns the connection that asks: its number, its names, and how it wants
// to be treated. All of it lives in exec::Session; nothing here touches a key or a socket.
//
// CLIENT REPLY only sets the mode; the executor takes replies back (Executor::silence). One thread.
#include "client.h"

#include <algorithm>
#include <array>
#include <string>

#include <sorrel/exec/session.h>

namespace sorrel::commands {

using exec::Context;
using exec::Outcome;

bool is_client_word(std::string_view text) {
  const std::string_view shown = text.substr(0, text.find('\0'));
  return std::ranges::all_of(shown, [](char c) { return c >= '!' && c <= '~'; });
}

Outcome client_id(Context& context) {
  return exec::reply_integer(context, static_cast<std::int64_t>(context.session.id));
}

Outcome client_getname(Context& context) {
  const std::string& name = context.session.name;
  return name.empty() ? exec::reply_null(context) : exec::reply_bulk(context, name);
}

Outcome client_setname(Context& context) {
  if (!is_client_word(context.argument(2))) {
    return context.fail(kBadClientName);
  }
  context.session.name = context.argument(2);
  return exec::reply_ok(context);
}

Outcome client_setinfo(Context& context) {
  const std::string_view option = context.argument(2);
  std::string* field = nullptr;
  if (context.argument_is(2, "lib-name")) {
    field = &context.session.library_name;
  } else if (context.argument_is(2, "lib-ver")) {
    field = &context.session.library_version;
  } else {
    return context.fail_with("ERR", "Unrecognized option '" + exec::errors::shown(option) + "'");
  }
  if (!is_client_word(context.argument(3))) {
    return context.fail_with("ERR", std::string(option) +
                                        " cannot contain spaces, newlines or "
                                        "special characters.");
  }
  *field = context.argument(3);
  return exec::reply_ok(context);
}

// What it is able to do beyond the protocol. Of what is said, redirection alone is known.
Outcome client_capa(Context& context) {
  for (std::size_t i = 2; i < context.argument_count(); ++i) {
    if (context.argument_is(i, "redirect")) {
      context.session.takes_redirects = true;
    }
  }
  return exec::reply_ok(context);
}

Outcome client_import_source(Context& context) {
  static constexpr base::Error kNoImport{"ERR", "Server is not in import mode"};
  return context.fail(kNoImport);
}

namespace {

// ON or OFF at position 2, into `flag`.
Outcome set_switch(Context& context, bool& flag) {
  const bool on = context.argument_is(2, "on");
  if (!on && !context.argument_is(2, "off")) {
    return context.fail_syntax();
  }
  flag = on;
  return exec::reply_ok(context);
}

}  // namespace

Outcome client_no_evict(Context& context) { return set_switch(context, context.session.no_evict); }

// The executor tells the keyspace at the start of each batch; the rest of this one follows too.
Outcome client_no_touch(Context& context) {
  const Outcome outcome = set_switch(context, context.session.no_touch);
  context.keyspace.set_touch(!context.session.no_touch);
  return outcome;
}

Outcome client_reply(Context& context) {
  exec::ReplyMode& mode = context.session.reply_mode;
  if (context.argument_is(2, "on")) {
    mode = exec::ReplyMode::kOn;
    return exec::reply_ok(context);
  }
  if (context.argument_is(2, "off")) {
    mode = exec::ReplyMode::kOff;
    return Outcome::kOk;
  }
  if (context.argument_is(2, "skip")) {
    if (mode != exec::ReplyMode::kOff) {
      mode = exec::ReplyMode::kSkipNext;
    }
    return Outcome::kOk;
  }
  return context.fail_syntax();
}

namespace {

constexpr std::array kHelp = std::to_array<std::string_view>({
    "CACHING (YES|NO)",
    "    What the next command reads is, or is not, to be tracked.",
    "CAPA <capability> [<capability> ...]",
    "    Tell what the client is able to do:",
    "    * REDIRECT: to go to another server when it is told so.",
    "GETNAME",
    "    The name of this connection.",
    "GETREDIR",
    "    The number of the connection that is told what this one tracks: 0 for none, -1 when",
    "    nothing is tracked.",
    "ID",
    "    The number of this connection.",
    "IMPORT-SOURCE (ON|OFF)",
    "    Mark this connection as the source of an import.",
    "INFO",
    "    The line of CLIENT LIST that describes this connection.",
    "KILL <ip:port>",
    "    Close the connection that comes from this address.",
    "KILL <option> <value> [<option> <value> [...]]",
    "    Close the connections that meet all of the conditions of LIST; this one is spared "
    "unless",
    "    SKIPME NO is among them.",
    "LIST [<option> <value> [<option> <value> [...]]]",
    "    One line for each connection that meets all of these conditions. Most of them may be",
    "    turned round, as in NOT-TYPE.",
    "    * ADDR (<ip:port>|<unixsocket>:0)",
    "      It comes from this address.",
    "    * CAPA <letters>",
    "      It is able to do this: r, to be redirected.",
    "    * DB <number>",
    "      It has selected this database.",
    "    * FLAGS <letters>",
    "      It has these flags.",
    "    * ID <client-id> [<client-id> ...]",
    "      It has one of these numbers.",
    "    * IDLE <seconds>",
    "      It has been idle for at least so long.",
    "    * IP <ip>",
    "      It comes from this host.",
    "    * LADDR (<ip:port>|<unixsocket>:0)",
    "      It arrived at this address of the server.",
    "    * LIB-NAME <name>, LIB-VER <version>",
    "      It has told this of its library.",
    "    * MAXAGE <seconds>",
    "      It is at least this old.",
    "    * NAME <name>",
    "      It has this name.",
    "    * SKIPME (YES|NO)",
    "      Whether this connection is left out.",
    "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
    "      It is of this type.",
    "    * USER <username>",
    "      It is logged in as this user.",
    "NO-EVICT (ON|OFF)",
    "    Whether this connection is spared when clients take too much memory.",
    "NO-TOUCH (ON|OFF)",
    "    Whether this connection reads without marking keys as used.",
    "PAUSE <milliseconds> [WRITE|ALL]",
    "    Let all commands, or those that write, wait for so long.",
    "REPLY (ON|OFF|SKIP)",
    "    Whether this connection gets replies; SKIP leaves the next one out.",
    "SETINFO <option> <value>",
    "    Tell about the client. Options:",
    "    * LIB-NAME: the name of its library.",
    "    * LIB-VER: the version of its library.",
    "SETNAME <name>",
    "    Name this connection.",
    "TRACKING (ON|OFF) [REDIRECT <client-id>] [BCAST] [PREFIX <prefix> [PREFIX <prefix> ...]]",
    "         [OPTIN] [OPTOUT] [NOLOOP]",
    "    Be told when a key changes that this connection has read, so that it can keep copies:",
    "    * REDIRECT: another connection is told.",
    "    * BCAST: of all keys with these prefixes, whether or not they were read.",
    "    * OPTIN, OPTOUT: CLIENT CACHING says what of it is tracked, or is not.",
    "    * NOLOOP: but not when this connection changes it.",
    "TRACKINGINFO",
    "    How this connection tracks.",
    "UNBLOCK <client-id> [TIMEOUT|ERROR]",
    "    Answer a client that waits for a key: as if its time were over, or with an error.",
    "UNPAUSE",
    "    End a pause.",
});

}  // namespace

Outcome client_help(Context& context) { return exec::reply_help(context, kHelp); }

}  // namespace sorrel::commands
