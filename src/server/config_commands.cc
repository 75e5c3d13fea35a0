// SPDX-License-Identifier: BSD-3-Clause
//
// CONFIG: the commands over the option table (sorrel/config/option_table.h), which knows the
// options and words their errors; and REWRITE, which replaces the configuration file atomically and
// keeps its permissions, for it may hold a password. One thread.
#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <sorrel/base/text.h>
#include <sorrel/exec/context.h>
#include <sorrel/exec/executor.h>

#include "log.h"
#include "replace_file.h"
#include "server_commands.h"
#include "server_state.h"

namespace sorrel::server {
namespace {

using exec::Context;
using exec::Outcome;
namespace acl = exec::acl;
namespace traits = exec::traits;

Outcome config_get(Context& context) {
  const auto found = context.state<Server>().option_table().get(context.arguments.subspan(2));
  context.reply.map(found.size());
  for (const auto& [name, value] : found) {
    context.reply.bulk(name);
    context.reply.bulk(value);
  }
  return Outcome::kOk;
}

// Whether the value is to be kept out of SLOWLOG and MONITOR.
bool is_secret(std::string_view name) {
  constexpr std::string_view kSecrets[] = {"requirepass", "tls-key-file-pass",
                                           "tls-client-key-file-pass"};
  return std::any_of(std::begin(kSecrets), std::end(kSecrets), [&](std::string_view secret) {
    return base::equals_ignoring_case(name, secret);
  });
}

Outcome config_set(Context& context) {
  if (context.argument_count() % 2 != 0) {
    return context.fail_syntax();
  }
  std::vector<std::pair<std::string, std::string>> pairs;
  for (std::size_t i = 2; i < context.argument_count(); i += 2) {
    pairs.emplace_back(context.argument(i), context.argument(i + 1));
    if (is_secret(context.argument(i))) {
      context.executor.redact(i + 1);
    }
  }
  Server& server = context.state<Server>();
  const auto must_wait = [&](const auto& pair) {
    const config::Option* const option = server.option_table().find(pair.first);
    return option != nullptr && option->not_while_loading;
  };
  if (server.loading() && std::any_of(pairs.begin(), pairs.end(), must_wait)) {
    return context.fail(exec::errors::kLoading);
  }
  const bool trusted = Server::may(server.options().protected_configs, context.session.address);
  const std::string error = server.option_table().set(pairs, trusted);
  return error.empty() ? exec::reply_ok(context) : context.fail_with("ERR", error);
}

Outcome config_resetstat(Context& context) {
  context.state<Server>().reset_statistics();
  return exec::reply_ok(context);
}

Outcome config_rewrite(Context& context) {
  Server& server = context.state<Server>();
  if (server.options().config_file.empty()) {
    return context.fail_with("ERR", "The server is running without a config file");
  }
  const std::string& path = server.options().config_file;
  std::string before;
  if (std::error_code unresolved; std::filesystem::exists(path, unresolved)) {
    std::ifstream file(path);
    if (!file) {
      return context.fail_with("ERR",
                               "Rewriting config file: " + std::generic_category().message(errno));
    }
    before.assign(std::istreambuf_iterator<char>(file), {});
  }
  if (const int error = replace_file(path, server.option_table().rewrite(before)); error != 0) {
    const std::string reason = std::generic_category().message(error);
    log_warning("CONFIG REWRITE failed: {}", reason);
    return context.fail_with("ERR", "Rewriting config file: " + reason);
  }
  log_notice("CONFIG REWRITE executed with success.");
  return exec::reply_ok(context);
}

Outcome config_help(Context& context) {
  static constexpr std::array kLines = std::to_array<std::string_view>({
      "GET <pattern> [<pattern> ...]",
      "    Options whose names fit one of the glob patterns, with their values.",
      "SET <option> <value> [<option> <value> ...]",
      "    Give options new values: all of them, or on an error none.",
      "RESETSTAT",
      "    Begin the counters that INFO shows anew.",
      "REWRITE",
      "    Write the present values into the configuration file.",
  });
  return exec::reply_help(context, kLines);
}

constexpr exec::Traits kAdminTraits =
    traits::kAdmin | traits::kLoading | traits::kNoscript | traits::kStale;
constexpr exec::AclCategories kAdminAcl = acl::kAdmin | acl::kDangerous | acl::kSlow;

constexpr exec::CommandSpec kRows[] = {
    {"config", -2, traits::kContainer, {}, acl::kSlow, nullptr},
    {"config|get", -3, kAdminTraits, {}, kAdminAcl, &config_get},
    {"config|help", 2, traits::kLoading | traits::kStale, {}, acl::kSlow, &config_help},
    {"config|resetstat", 2, kAdminTraits, {}, kAdminAcl, &config_resetstat},
    {"config|rewrite", 2, kAdminTraits, {}, kAdminAcl, &config_rewrite},
    {"config|set", -4, kAdminTraits, {}, kAdminAcl, &config_set},
};

}  // namespace

void add_config_commands(exec::CommandTable& table, Server& server) { table.add(kRows, &server); }

}  // namespace sorrel::server
