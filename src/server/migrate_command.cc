// SPDX-License-Identifier: BSD-3-Clause
//
// MIGRATE: values move to another server as DUMP payloads, and go here once the other one has
// acknowledged them. As in Redis the server waits for the other one meanwhile, at most `timeout`
// milliseconds for each exchange of bytes: a command for operators, not for a busy server. A key is
// sent with its remaining time to live; what the other server refuses stays here. One thread.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <sorrel/exec/argument_reader.h>
#include <sorrel/exec/context.h>
#include <sorrel/exec/executor.h>
#include <sorrel/persist/rdb_value.h>

#include "client_link.h"
#include "log.h"
#include "server_commands.h"
#include "server_state.h"

namespace sorrel::server {
namespace {

using exec::Context;
using exec::Outcome;
namespace acl = exec::acl;
namespace traits = exec::traits;

constexpr base::Error kKeyAndKeys{
    "ERR", "When using MIGRATE KEYS option, the key argument must be set to the empty string"};

struct MigrateRequest {
  std::string host;
  std::string port;
  std::int64_t database = 0;
  std::int64_t timeout_ms = 0;
  bool copy = false;
  bool replace = false;
  std::vector<std::string_view> login;  // behind AUTH
  std::vector<std::string_view> keys;
};

void append_request(std::string& bytes, const std::vector<std::string_view>& words) {
  bytes += "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string_view word : words) {
    bytes += "$" + std::to_string(word.size()) + "\r\n";
    bytes.append(word).append("\r\n");
  }
}

// The options behind the timeout.
void read_options(Context& context, exec::ArgumentReader& read, MigrateRequest& request) {
  while (read.more()) {
    if (read.word("COPY")) {
      request.copy = true;
    } else if (read.word("REPLACE")) {
      request.replace = true;
    } else if (read.word_with("AUTH", 1)) {
      context.executor.redact(read.position());
      request.login = {read.text()};
    } else if (read.word_with("AUTH2", 2)) {
      context.executor.redact(read.position());
      context.executor.redact(read.position() + 1);
      const std::string_view user = read.text();
      request.login = {user, read.text()};
    } else if (read.word("KEYS")) {
      if (!context.argument(3).empty()) {
        read.fail(kKeyAndKeys);
      }
      request.keys.clear();
      while (read.more()) {
        request.keys.push_back(read.text());
      }
    } else {
      read.fail(exec::errors::kSyntax);
    }
  }
}

// Returns: the requests that restore the keys which are there; `present` gets those keys.
std::string restore_requests(Context& context, const MigrateRequest& request,
                             std::vector<std::string_view>& present) {
  std::string bytes;
  for (const std::string_view name : request.keys) {
    const keyspace::Record* record = context.database.peek(context.keyspace.key(name));
    if (record == nullptr) {
      continue;
    }
    const std::int64_t left_ms =
        record->has_deadline() ? std::max<std::int64_t>(record->deadline_ms() - context.now_ms(), 1)
                               : 0;
    const std::string ttl = std::to_string(left_ms);
    const std::string payload = persist::dump_payload(*record);
    std::vector<std::string_view> words = {"RESTORE", name, ttl, payload};
    if (request.replace) {
      words.emplace_back("REPLACE");
    }
    append_request(bytes, words);
    present.push_back(name);
  }
  return bytes;
}

Outcome fail_to(Context& context, std::string_view doing) {
  return context.fail_with("IOERR",
                           "error or timeout " + std::string(doing) + " to target instance");
}

// Returns: whether it is connected, by TLS if there is a context for it.
bool connect(ClientLink& link, const MigrateRequest& request, const net::TlsContext* tls) {
  std::string failure = link.connect_tcp(request.host, request.port);
  link.renew();
  if (failure.empty() && tls != nullptr) {
    failure = link.secure(*tls, request.host);
    link.renew();
  }
  if (!failure.empty()) {
    log_verbose("MIGRATE to {}:{}: {}", request.host, request.port, failure);
  }
  return failure.empty();
}

// Deletes what has arrived, and says so to the log.
void delete_moved(Context& context, const std::vector<std::string_view>& moved) {
  if (moved.empty()) {
    return;
  }
  std::vector<std::string_view> words = {"DEL"};
  for (const std::string_view name : moved) {
    context.database.erase(context.keyspace.key(name), keyspace::events::kDel);
    words.push_back(name);
  }
  context.effects.replace(words);
}

// Reads the answers: to AUTH and SELECT, then one for each key.
Outcome take_answers(Context& context, ClientLink& link, const MigrateRequest& request,
                     const std::vector<std::string_view>& present) {
  std::string refusal;
  std::vector<std::string_view> moved;
  bool silent = false;
  const std::size_t greetings = request.login.empty() ? 1 : 2;
  for (std::size_t i = 0; i < greetings + present.size() && !silent; ++i) {
    link.renew();
    const auto answer = link.read();
    silent = !answer;
    if (answer && answer->kind == resp::Reply::Kind::kError) {
      refusal = refusal.empty() ? answer->text : refusal;
      if (i < greetings) {
        break;
      }
    } else if (answer && i >= greetings) {
      moved.push_back(present[i - greetings]);
    }
  }
  if (!request.copy) {
    delete_moved(context, moved);
  }
  if (!refusal.empty()) {
    return context.fail_with("ERR", "Target instance replied with error: " + refusal);
  }
  return silent ? fail_to(context, "reading") : exec::reply_ok(context);
}

Outcome migrate(Context& context) {
  constexpr std::int64_t kDefaultTimeout = 1000;
  MigrateRequest request;
  request.keys = {context.argument(3)};
  exec::ArgumentReader read(context, 6);
  read_options(context, read, request);
  const auto timeout = base::parse_integer(context.argument(5));
  const auto database = base::parse_integer(context.argument(4));
  if (!timeout || !database) {
    read.fail(exec::errors::kNotInteger);
  }
  if (!read.ok()) {
    return context.fail(read.error());
  }
  request.host = context.argument(1);
  request.port = context.argument(2);
  request.database = *database;
  request.timeout_ms = *timeout > 0 ? *timeout : kDefaultTimeout;

  std::vector<std::string_view> present;
  const std::string values = restore_requests(context, request, present);
  if (present.empty()) {
    context.reply.simple("NOKEY");
    return Outcome::kOk;
  }
  std::string bytes;
  if (!request.login.empty()) {
    std::vector<std::string_view> words = {"AUTH"};
    words.insert(words.end(), request.login.begin(), request.login.end());
    append_request(bytes, words);
  }
  const std::string number = std::to_string(request.database);
  append_request(bytes, {"SELECT", number});
  constexpr std::int64_t kLongest = 24LL * 3600 * 1000;
  ClientLink link(std::chrono::milliseconds(std::min(request.timeout_ms, kLongest)));
  if (!connect(link, request, context.state<Server>().cluster_tls())) {
    return fail_to(context, "writing");
  }
  if (!link.send(bytes + values).empty()) {
    return fail_to(context, "writing");
  }
  return take_answers(context, link, request, present);
}

constexpr exec::CommandSpec kRows[] = {
    {"migrate",
     -6,
     traits::kWrite | traits::kMovableKeys,
     {3, 3, 1},
     acl::kKeyspace | acl::kWrite | acl::kSlow | acl::kDangerous,
     &migrate},
};

}  // namespace

void add_migrate_command(exec::CommandTable& table, Server& server) { table.add(kRows, &server); }

}  // namespace sorrel::server
