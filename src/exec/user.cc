// SPDX-License-Identifier: BSD-3-Clause
//
// The check of a command. Which of its words are keys, and what it does to them, its key
// specifications say; the few that have to do with channels stand in a table here.
#include <algorithm>
#include <iterator>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <sorrel/base/text.h>
#include <sorrel/exec/user.h>

namespace sorrel::exec {
namespace {

using Words = std::span<const std::string_view>;

// Channels at the first word, and at all behind it if there may be many.
struct ChannelWords {
  std::string_view command;
  bool many;
  bool patterns;
};
constexpr ChannelWords kChannelWords[] = {{"psubscribe", true, true},
                                          {"publish", false, false},
                                          {"spublish", false, false},
                                          {"ssubscribe", true, false},
                                          {"subscribe", true, false}};

const ChannelWords* channel_words(const CommandSpec& spec) {
  if ((spec.traits & traits::kPubsub) == 0) {
    return nullptr;
  }
  const auto* const found = std::ranges::find(kChannelWords, spec.name, &ChannelWords::command);
  return found == std::end(kChannelWords) ? nullptr : found;
}

// A pattern stands for channels that nobody can list: it is granted only as it was given.
bool grants_channel(const Selector& selector, std::string_view channel, bool pattern) {
  return selector.all_channels || std::ranges::any_of(selector.channels, [&](const auto& granted) {
           return pattern ? granted == channel : base::glob_match(granted, channel);
         });
}

// One that is neither read nor changed (EXISTS) needs a pattern of any kind.
bool grants_key(const Selector& selector, std::string_view key, const KeyUse& use) {
  return selector.all_keys || std::ranges::any_of(selector.keys, [&](const KeyPattern& pattern) {
           return (pattern.read || !use.reads()) && (pattern.write || !use.writes()) &&
                  base::glob_match(pattern.glob, key);
         });
}

Denial check_selector(const Selector& selector, const Command& command, Words arguments,
                      std::span<const KeyUse> keys) {
  using Reason = Denial::Reason;
  if ((command.spec->traits & traits::kNoAuth) == 0 &&
      !selector.commands.contains(command, arguments)) {
    return {Reason::kCommand, 0};
  }
  for (const KeyUse& key : keys) {
    if (!grants_key(selector, arguments[key.position], key)) {
      return {Reason::kKey, key.position};
    }
  }
  if (const ChannelWords* words = channel_words(*command.spec);
      words != nullptr && !selector.all_channels) {
    const std::size_t end = words->many ? arguments.size() : 2;
    for (std::size_t i = 1; i < end; ++i) {
      if (!grants_channel(selector, arguments[i], words->patterns)) {
        return {Reason::kChannel, i};
      }
    }
  }
  return {};
}

bool nearer(const Denial& a, const Denial& b) {
  return a.reason != b.reason ? a.reason > b.reason : a.position > b.position;
}

template <class Holds>
bool any_selector(const User& user, Holds&& holds) {
  return holds(user.root) || std::ranges::any_of(user.selectors, holds);
}

}  // namespace

void CommandSet::set_all(bool allowed) {
  all_ = allowed;
  exceptions_.clear();
  first_arguments_.clear();
}

void CommandSet::put(const Command& command, bool allowed) {
  first_arguments_.erase(command.number);
  if (allowed == contains(command)) {
    return;
  }
  if (exceptions_.size() <= command.number) {
    exceptions_.resize(command.number + 1);
  }
  exceptions_[command.number] = allowed != all_;
  if (std::ranges::find(exceptions_, true) == exceptions_.end()) {
    exceptions_.clear();
  }
}

void CommandSet::set(const Command& command, bool allowed) {
  put(command, allowed);
  for (const Command* subcommand : command.subcommands) {
    put(*subcommand, allowed);
  }
}

void CommandSet::allow_with(const Command& command, std::string_view first_argument) {
  std::vector<std::string>& words = first_arguments_[command.number];
  if (std::ranges::none_of(words, [&](const std::string& word) {
        return base::equals_ignoring_case(word, first_argument);
      })) {
    words.emplace_back(first_argument);
  }
}

bool CommandSet::contains(const Command& command) const {
  return all_ != (command.number < exceptions_.size() && exceptions_[command.number]);
}

bool CommandSet::contains(const Command& command, Words arguments) const {
  if (contains(command)) {
    return true;
  }
  const auto found = first_arguments_.find(command.number);
  return found != first_arguments_.end() && arguments.size() > 1 &&
         std::ranges::any_of(found->second, [&](const std::string& word) {
           return base::equals_ignoring_case(word, arguments[1]);
         });
}

bool User::unrestricted() const {
  return any_selector(*this, [](const Selector& selector) { return selector.everything(); });
}

// Takes as long for every password and every place at which a hash differs.
bool User::accepts(std::string_view password) const {
  const std::string hash = hash_password(password);
  bool right = any_password;
  for (const std::string& known : password_hashes) {
    right = CRYPTO_memcmp(known.data(), hash.data(), hash.size()) == 0 || right;
  }
  return right;
}

// Of several denials that counts which came furthest.
Denial User::check(const Command& command, Words arguments) const {
  if (unrestricted()) {
    return {};
  }
  const bool needs_keys =
      any_selector(*this, [](const Selector& selector) { return !selector.all_keys; });
  const std::vector<KeyUse> keys =
      needs_keys ? find_key_uses(command, arguments) : std::vector<KeyUse>();
  Denial denial = check_selector(root, command, arguments, keys);
  for (const Selector& selector : selectors) {
    if (!denial) {
      break;
    }
    const Denial other = check_selector(selector, command, arguments, keys);
    if (!other || nearer(other, denial)) {
      denial = other;
    }
  }
  return denial;
}

bool User::reads_all_keys(const Command& command, Words arguments) const {
  return any_selector(*this, [&](const Selector& selector) {
    return selector.commands.contains(command, arguments) &&
           (selector.all_keys || std::ranges::any_of(selector.keys, [](const KeyPattern& pattern) {
              return pattern.read && pattern.glob == "*";
            }));
  });
}

bool User::may_listen(std::string_view channel, bool pattern) const {
  return any_selector(
      *this, [&](const Selector& selector) { return grants_channel(selector, channel, pattern); });
}

std::string hash_password(std::string_view password) {
  static constexpr char kDigits[] = "0123456789abcdef";
  unsigned char digest[32] = {};
  EVP_Digest(password.data(), password.size(), digest, nullptr, EVP_sha256(), nullptr);
  std::string text;
  text.reserve(2 * sizeof digest);
  for (const unsigned char byte : digest) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

}  // namespace sorrel::exec
