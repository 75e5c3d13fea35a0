// SPDX-License-Identifier: BSD-3-Clause
//
// What a client says who wants to be told of others' commands: of keys that it keeps copies of
// (CLIENT TRACKING and what belongs to it), or of all commands (MONITOR). One thread.
#include "observing_commands.h"

#include <string>
#include <vector>

#include <sorrel/exec/argument_reader.h>
#include <sorrel/exec/context.h>

namespace sorrel::pubsub {
namespace {

using exec::Context;
using exec::Outcome;
using exec::TrackingState;
using Prefixes = std::vector<std::string_view>;

namespace traits = exec::traits;
namespace acl = exec::acl;

constexpr base::Error kTwoRedirects{"ERR", "A client can only redirect to a single other client"};
constexpr base::Error kNoSuchTarget{"ERR", "The client ID you want redirect to does not exist"};
constexpr base::Error kPrefixNeedsBroadcast{"ERR",
                                            "PREFIX option requires BCAST mode to be enabled"};
constexpr base::Error kSwitchesBroadcast{
    "ERR",
    "You can't switch BCAST mode on/off before disabling tracking for this client, and then "
    "re-enabling it with a different mode."};
constexpr base::Error kChoiceWithBroadcast{"ERR", "OPTIN and OPTOUT are not compatible with BCAST"};
constexpr base::Error kBothChoices{"ERR", "You can't specify both OPTIN mode and OPTOUT mode"};
constexpr base::Error kSwitchesChoice{
    "ERR",
    "You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then "
    "re-enabling it with a different mode."};
constexpr base::Error kNotTracking{
    "ERR",
    "CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT "
    "mode enabled"};
constexpr base::Error kYesNeedsOptIn{
    "ERR", "CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode."};
constexpr base::Error kNoNeedsOptOut{
    "ERR", "CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode."};
constexpr base::Error kMonitorInside{"ERR", "MONITOR isn't allowed for DENY BLOCKING client"};

struct Wish {
  TrackingState mode;
  Prefixes prefixes;
};

// REDIRECT: the number of a client that is there now.
Outcome read_target(Context& context, std::size_t position, TrackingState& mode) {
  if (mode.redirect != 0) {
    return context.fail(kTwoRedirects);
  }
  const auto number = base::parse_integer(context.argument(position));
  if (!number) {
    return context.fail(exec::errors::kNotInteger);
  }
  mode.redirect = static_cast<std::uint64_t>(*number);
  return context.executor.sessions().find(mode.redirect) == nullptr ? context.fail(kNoSuchTarget)
                                                                    : Outcome::kOk;
}

// Reads the options behind ON or OFF. Returns: kOk, or what the failure returned.
Outcome read_wish(Context& context, Wish& wish) {
  for (std::size_t i = 3; i < context.argument_count(); ++i) {
    const bool more = i + 1 < context.argument_count();
    if (context.argument_is(i, "redirect") && more) {
      if (const Outcome outcome = read_target(context, ++i, wish.mode); outcome != Outcome::kOk) {
        return outcome;
      }
    } else if (context.argument_is(i, "bcast")) {
      wish.mode.broadcast = true;
    } else if (context.argument_is(i, "optin")) {
      wish.mode.opt_in = true;
    } else if (context.argument_is(i, "optout")) {
      wish.mode.opt_out = true;
    } else if (context.argument_is(i, "noloop")) {
      wish.mode.no_loop = true;
    } else if (context.argument_is(i, "prefix") && more) {
      wish.prefixes.push_back(context.argument(++i));
    } else {
      return context.fail_syntax();
    }
  }
  return Outcome::kOk;
}

// Why the mode contradicts itself, or the one that the client is in; null when it does not.
const base::Error* objection(const Wish& wish, const TrackingState& now) {
  const TrackingState& mode = wish.mode;
  if (!mode.broadcast && !wish.prefixes.empty()) {
    return &kPrefixNeedsBroadcast;
  }
  if (now.on && now.broadcast != mode.broadcast) {
    return &kSwitchesBroadcast;
  }
  if (mode.broadcast && (mode.opt_in || mode.opt_out)) {
    return &kChoiceWithBroadcast;
  }
  if (mode.opt_in && mode.opt_out) {
    return &kBothChoices;
  }
  if ((mode.opt_in && now.opt_out) || (mode.opt_out && now.opt_in)) {
    return &kSwitchesChoice;
  }
  return nullptr;
}

bool overlap(std::string_view a, std::string_view b) {
  return a.starts_with(b) || b.starts_with(a);
}

// Two prefixes of one client that a key could have both. Returns: the error's text, or an empty
// one.
std::string find_overlap(const Prefixes& wanted, const Prefixes& present) {
  const auto text = [](std::string_view prefix, std::string_view what, std::string_view other) {
    return "Prefix '" + exec::errors::shown(prefix) + "' overlaps with " + std::string(what) +
           " prefix '" + exec::errors::shown(other) +
           "'. Prefixes for a single client must not overlap.";
  };
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    for (const std::string_view other : present) {
      if (overlap(wanted[i], other)) {
        return text(wanted[i], "an existing", other);
      }
    }
    for (std::size_t j = i + 1; j < wanted.size(); ++j) {
      if (overlap(wanted[i], wanted[j])) {
        return text(wanted[i], "another provided", wanted[j]);
      }
    }
  }
  return {};
}

Outcome client_tracking(Context& context) {
  Wish wish;
  if (const Outcome outcome = read_wish(context, wish); outcome != Outcome::kOk) {
    return outcome;
  }
  Hub& hub = context.state<Hub>();
  exec::Session& session = context.session;
  if (context.argument_is(2, "on")) {
    if (const base::Error* error = objection(wish, session.tracking); error != nullptr) {
      return context.fail(*error);
    }
    const std::string text = find_overlap(wish.prefixes, hub.tracking().prefixes_of(session));
    if (!text.empty()) {
      return context.fail_with("ERR", text);
    }
    hub.tracking().begin(session, wish.mode, wish.prefixes);
  } else if (context.argument_is(2, "off")) {
    hub.tracking().end(session);
  } else {
    return context.fail_syntax();
  }
  hub.refresh();
  return exec::reply_ok(context);
}

Outcome client_caching(Context& context) {
  TrackingState& state = context.session.tracking;
  if (!state.on) {
    return context.fail(kNotTracking);
  }
  const bool yes = context.argument_is(2, "yes");
  if (!yes && !context.argument_is(2, "no")) {
    return context.fail_syntax();
  }
  if (yes ? !state.opt_in : !state.opt_out) {
    return context.fail(yes ? kYesNeedsOptIn : kNoNeedsOptOut);
  }
  state.caching = true;
  return exec::reply_ok(context);
}

std::int64_t shown_redirect(const TrackingState& state) {
  return state.on ? static_cast<std::int64_t>(state.redirect) : -1;
}

Outcome client_getredir(Context& context) {
  return exec::reply_integer(context, shown_redirect(context.session.tracking));
}

Outcome client_trackinginfo(Context& context) {
  const TrackingState& state = context.session.tracking;
  Prefixes flags{state.on ? "on" : "off"};
  const auto add = [&](bool set, std::string_view flag) {
    if (set) {
      flags.push_back(flag);
    }
  };
  add(state.broadcast, "bcast");
  add(state.opt_in, "optin");
  add(state.opt_in && state.caching, "caching-yes");
  add(state.opt_out, "optout");
  add(state.opt_out && state.caching, "caching-no");
  add(state.no_loop, "noloop");
  add(state.broken, "broken_redirect");
  const Prefixes prefixes = context.state<Hub>().tracking().prefixes_of(context.session);
  resp::ReplyWriter& reply = context.reply;
  reply.map(3);
  reply.bulk("flags");
  reply.set(flags.size());
  for (const std::string_view flag : flags) {
    reply.bulk(flag);
  }
  reply.bulk("redirect");
  reply.integer(shown_redirect(state));
  reply.bulk("prefixes");
  reply.array(prefixes.size());
  for (const std::string_view prefix : prefixes) {
    reply.bulk(prefix);
  }
  return Outcome::kOk;
}

// One that monitors already is not answered, as in Redis.
Outcome monitor(Context& context) {
  if (!context.session.may_wait) {
    return context.fail(kMonitorInside);
  }
  if (context.session.monitor) {
    return Outcome::kOk;
  }
  Hub& hub = context.state<Hub>();
  hub.monitors().add(context.session);
  hub.refresh();
  return exec::reply_ok(context);
}

constexpr exec::Traits kClient = traits::kNoscript | traits::kLoading | traits::kStale;
constexpr exec::AclCategories kConnection = acl::kConnection | acl::kSlow;
constexpr exec::AclCategories kOperator = acl::kAdmin | acl::kSlow | acl::kDangerous;

constexpr exec::CommandSpec kRows[] = {
    {"client|caching", 3, kClient, {}, kConnection, &client_caching},
    {"client|getredir", 2, kClient, {}, kConnection, &client_getredir},
    {"client|tracking", -3, kClient, {}, kConnection, &client_tracking},
    {"client|trackinginfo", 2, kClient, {}, kConnection, &client_trackinginfo},
    {"monitor", 1, kClient | traits::kAdmin, {}, kOperator, &monitor},
};

}  // namespace

void add_observing_commands(exec::CommandTable& table, Hub& hub) { table.add(kRows, &hub); }

}  // namespace sorrel::pubsub
