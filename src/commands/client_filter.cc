// SPDX-License-Identifier: BSD-3-Clause
//
// The conditions as a table: how each reads its value, and when a client meets it.
#include "client_filter.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <sorrel/exec/argument_reader.h>
#include <sorrel/exec/client_line.h>
#include <sorrel/exec/executor.h>

namespace sorrel::commands {
namespace {

using exec::ArgumentReader;
using exec::Context;
using exec::Outcome;
using exec::Session;
using Condition = ClientFilter::Condition;

enum ClientType : std::int64_t { kNormal, kReplica, kPubsub, kPrimary };

std::optional<ClientType> client_type(std::string_view name) {
  static constexpr std::array kTypes = std::to_array<std::pair<std::string_view, ClientType>>({
      {"normal", kNormal},
      {"slave", kReplica},
      {"replica", kReplica},
      {"pubsub", kPubsub},
      {"master", kPrimary},
      {"primary", kPrimary},
  });
  for (const auto& [known, type] : kTypes) {
    if (base::equals_ignoring_case(name, known)) {
      return type;
    }
  }
  return std::nullopt;
}

ClientType type_of(const Session& session) {
  return session.subscriptions.any() ? kPubsub : kNormal;
}

// Of "127.0.0.1:50000", "[::1]:50000" and "/path:0" what stands before the port.
std::string_view host_of(std::string_view address) {
  std::string_view host = address.substr(0, address.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  }
  return host;
}

bool all_in(std::string_view letters, std::string_view text) {
  return std::ranges::all_of(letters,
                             [&](char c) { return text.find(c) != std::string_view::npos; });
}

// The value of a condition: whatever is wrong with it fails the reader, or the command at once.
using Read = Outcome (*)(Context&, ArgumentReader&, Condition&);
using Holds = bool (*)(const Session&, std::int64_t now_ms, const Condition&);

Outcome read_text(Context&, ArgumentReader& read, Condition& condition) {
  condition.text = read.text();
  return Outcome::kOk;
}

Outcome read_type(Context& context, ArgumentReader& read, Condition& condition) {
  const std::string_view name = read.text();
  const auto type = client_type(name);
  if (!type) {
    return context.fail_with("ERR", "Unknown client type '" + exec::errors::shown(name) + "'");
  }
  condition.number = *type;
  return Outcome::kOk;
}

Outcome read_user(Context& context, ArgumentReader& read, Condition& condition) {
  condition.text = read.text();
  if (context.executor.access().find(condition.text) == nullptr) {
    return context.fail_with("ERR", "No such user '" + exec::errors::shown(condition.text) + "'");
  }
  return Outcome::kOk;
}

Outcome read_seconds(ArgumentReader& read, Condition& condition, const base::Error& no_number,
                     const base::Error& too_small) {
  condition.number = read.integer(no_number);
  if (condition.number <= 0) {
    read.fail(too_small);
  }
  return Outcome::kOk;
}

Outcome read_age(Context&, ArgumentReader& read, Condition& condition) {
  static constexpr base::Error kNoNumber{"ERR", "maxage is not an integer or out of range"};
  static constexpr base::Error kTooSmall{"ERR", "maxage should be greater than 0"};
  return read_seconds(read, condition, kNoNumber, kTooSmall);
}

Outcome read_idle(Context&, ArgumentReader& read, Condition& condition) {
  static constexpr base::Error kNoNumber{"ERR", "idle is not an integer or out of range"};
  static constexpr base::Error kTooSmall{"ERR", "idle should be greater than 0"};
  return read_seconds(read, condition, kNoNumber, kTooSmall);
}

Outcome read_letters(Context& context, ArgumentReader& read, Condition& condition,
                     std::string_view known, std::string_view name, std::string_view filter) {
  condition.text = read.text();
  if (all_in(condition.text, known)) {
    return Outcome::kOk;
  }
  return context.fail_with("ERR", "Unknown " + std::string(name) + " found in the " +
                                      (condition.negated ? std::string(filter) : "provided") +
                                      " filter: " + exec::errors::shown(condition.text));
}

Outcome read_flags(Context& context, ArgumentReader& read, Condition& condition) {
  return read_letters(context, read, condition, "AbBcdeEiIMNOPrRSTtuUx", "flags", "NOT-FLAGS");
}

Outcome read_capabilities(Context& context, ArgumentReader& read, Condition& condition) {
  return read_letters(context, read, condition, "r", "capa", "NOT-CAPA");
}

Outcome read_database(Context& context, ArgumentReader& read, Condition& condition) {
  const std::string name = condition.negated ? "NOT-DB" : "DB";
  const auto number = base::parse_integer(read.text());
  const auto most = static_cast<std::int64_t>(context.keyspace.database_count()) - 1;
  if (!number) {
    return context.fail_with("ERR", name + " is not an integer or out of range");
  }
  if (*number < 0 || *number > most) {
    return context.fail_with("ERR",
                             name + " number should be between 0 and " + std::to_string(most));
  }
  condition.number = *number;
  return Outcome::kOk;
}

std::int64_t seconds_since(std::int64_t then_ms, std::int64_t now_ms) {
  return now_ms / 1000 - then_ms / 1000;
}

bool names(std::string_view shown, std::string_view wanted) {
  return !shown.empty() && shown == wanted;
}

}  // namespace

struct ClientFilter::Row {
  std::string_view name;
  bool has_opposite;
  Read read;  // null: numbers of clients, read by the filter itself
  Holds holds;
};

namespace {

constexpr ClientFilter::Row kRows[] = {
    {"id", true, nullptr,
     [](const Session& s, std::int64_t, const Condition& c) {
       return std::ranges::find(c.ids, static_cast<std::int64_t>(s.id)) != c.ids.end();
     }},
    {"type", true, &read_type,
     [](const Session& s, std::int64_t, const Condition& c) { return type_of(s) == c.number; }},
    {"user", true, &read_user,
     [](const Session& s, std::int64_t, const Condition& c) { return s.user_name() == c.text; }},
    {"addr", true, &read_text,
     [](const Session& s, std::int64_t, const Condition& c) { return s.address == c.text; }},
    {"laddr", true, &read_text,
     [](const Session& s, std::int64_t, const Condition& c) { return s.local_address == c.text; }},
    {"maxage", false, &read_age,
     [](const Session& s, std::int64_t now_ms, const Condition& c) {
       return seconds_since(s.created_ms, now_ms) >= c.number;
     }},
    {"idle", false, &read_idle,
     [](const Session& s, std::int64_t now_ms, const Condition& c) {
       return seconds_since(s.last_interaction_ms, now_ms) >= c.number;
     }},
    {"name", true, &read_text,
     [](const Session& s, std::int64_t, const Condition& c) { return names(s.name, c.text); }},
    {"flags", true, &read_flags,
     [](const Session& s, std::int64_t, const Condition& c) {
       return all_in(c.text, exec::client_flags(s));
     }},
    {"lib-name", true, &read_text,
     [](const Session& s, std::int64_t, const Condition& c) {
       return names(s.library_name, c.text);
     }},
    {"lib-ver", true, &read_text,
     [](const Session& s, std::int64_t, const Condition& c) {
       return names(s.library_version, c.text);
     }},
    {"db", true, &read_database,
     [](const Session& s, std::int64_t, const Condition& c) { return s.database == c.number; }},
    {"capa", true, &read_capabilities,
     [](const Session& s, std::int64_t, const Condition& c) {
       return c.text.empty() || s.takes_redirects;
     }},
    {"ip", true, &read_text,
     [](const Session& s, std::int64_t, const Condition& c) {
       return host_of(s.address) == c.text;
     }},
};

// The condition of this name without a value yet; its row is null when there is none.
Condition condition_named(std::string_view name) {
  constexpr std::string_view kNot = "not-";
  const bool negated =
      name.size() > kNot.size() && base::equals_ignoring_case(name.substr(0, kNot.size()), kNot);
  if (negated) {
    name.remove_prefix(kNot.size());
  }
  for (const ClientFilter::Row& row : kRows) {
    if (base::equals_ignoring_case(name, row.name) && (row.has_opposite || !negated)) {
      return {.row = &row, .negated = negated, .text = {}, .number = 0, .ids = {}};
    }
  }
  return {};
}

// One number and those that follow it, up to the next condition.
void read_ids(Context& context, ArgumentReader& read, Condition& condition,
              const ClientFilter::IdRules& rules) {
  condition.ids.push_back(read.integer_in(rules.least, INT64_MAX, rules.bad));
  while (read.more() && !context.argument_is(read.position(), "skipme") &&
         condition_named(context.argument(read.position())).row == nullptr) {
    const std::int64_t id = read.integer(rules.unknown);
    if (id < rules.least) {
      read.fail(rules.bad);
    }
    condition.ids.push_back(id);
  }
}

}  // namespace

void ClientFilter::put(Condition condition) {
  std::erase_if(conditions_, [&](const Condition& other) {
    return other.row == condition.row && other.negated == condition.negated;
  });
  conditions_.push_back(std::move(condition));
}

void ClientFilter::add_address(std::string_view address) {
  Condition condition = condition_named("addr");
  condition.text = address;
  put(std::move(condition));
}

Outcome ClientFilter::read(Context& context, std::size_t first) {
  ArgumentReader read(context, first);
  while (read.more()) {
    if (read.word_with("skipme", 1)) {
      spare_asking_ = read.word("yes");
      if (!spare_asking_ && !read.word("no")) {
        read.fail(exec::errors::kSyntax);
      }
      continue;
    }
    Condition condition = condition_named(read.text());
    if (condition.row == nullptr || !read.more()) {
      read.fail(exec::errors::kSyntax);
    } else if (condition.row->read == nullptr) {
      read_ids(context, read, condition, rules_);
    } else if (const Outcome outcome = condition.row->read(context, read, condition);
               outcome != Outcome::kOk) {
      return outcome;
    }
    put(std::move(condition));
  }
  return read.ok() ? Outcome::kOk : context.fail(read.error());
}

bool ClientFilter::meets(const Session& session, const Context& context) const {
  if (session.close_after_reply || (spare_asking_ && &session == &context.session)) {
    return false;
  }
  return std::ranges::all_of(conditions_, [&](const Condition& condition) {
    return condition.row->holds(session, context.now_ms(), condition) != condition.negated;
  });
}

const std::vector<std::int64_t>* ClientFilter::ids() const {
  for (const Condition& condition : conditions_) {
    if (condition.row->read == nullptr && !condition.negated) {
      return &condition.ids;
    }
  }
  return nullptr;
}

}  // namespace sorrel::commands
