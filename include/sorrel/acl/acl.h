// SPDX-License-Identifier: BSD-3-Clause
//
// The users of a server: changing them by rules, loading all of them at once, and closing the
// clients that lose by it. A change takes place as a whole or not at all.
//
// Who is closed: whoever is a user that goes, and whoever listens to a channel that his user may
// not listen to any more. Whoever is logged in otherwise stays so, with the new rights. One thread.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sorrel/acl/rules.h>
#include <sorrel/exec/executor.h>

namespace sorrel::acl {

// What is needed of the process.
struct Shell {
  // The file of users (aclfile): its name, empty when there is none; reading it whole and replacing
  // it at once. Both return an empty text, or why not.
  std::string file_name = {};
  std::function<std::string(std::string& text)> read_file = {};
  std::function<std::string(std::string_view text)> replace_file = {};
  // For the operator: why the file could not be used.
  std::function<void(std::string_view)> log = {};
  // Fills it with bytes that nobody can guess (ACL GENPASS).
  std::function<void(std::span<unsigned char>)> draw = {};
};

// A directive `user` of the configuration.
struct Directive {
  std::string origin;              // "redis.conf, line 7"
  std::vector<std::string> words;  // behind "user": the name and the rules
};

class Acl {
 public:
  explicit Acl(exec::Executor& executor) : executor_(executor) {}

  Shell& shell() { return shell_; }
  exec::Executor& executor() { return executor_; }
  // What users and selectors have from now on that are given no channels (acl-pubsub-default).
  void set_all_channels(bool all) { all_channels_ = all; }
  // The one password of the default user (requirepass).
  void set_password(std::string_view password);

  // Adds the user, or changes him, by these rules. Returns: an empty text, or what is wrong.
  // `asking`: whose command it is; of all that are closed it alone is answered first.
  std::string set_user(std::string_view name, std::span<const std::string_view> rules,
                       exec::Session* asking);
  // Requires: not the default user. Returns: whether there was one.
  bool delete_user(std::string_view name, exec::Session* asking);

  // The users that the configuration names. Returns: an empty text, or what is wrong.
  std::string add_configured(std::span<const Directive> directives);
  // In place of all users those of the file, and the default user as he is at first if the file
  // does not name him. Returns: an empty text, or all that is wrong with it.
  std::string load_file(exec::Session* asking);
  // Returns: an empty text, or why not.
  std::string save_file() const;
  // The users as lines of the configuration; `password` stands there by itself (requirepass).
  std::vector<std::string> directives(std::string_view password) const;
  // A line for each user, by name.
  std::vector<std::string> describe_all() const;

 private:
  std::string apply(exec::User& user, std::span<const std::string_view> words,
                    std::string_view where) const;
  std::string read_line(std::string_view line, exec::Access::Users& users) const;
  void put(exec::User user, exec::Session* asking);
  void replace_all(exec::Access::Users users, exec::Session* asking);
  template <class Loses>
  void close_those(exec::Session* asking, Loses&& loses);

  exec::Executor& executor_;
  Shell shell_;
  bool all_channels_ = false;
};

}  // namespace sorrel::acl
