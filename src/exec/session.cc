// SPDX-License-Identifier: BSD-3-Clause
//
// The registry of clients, and RESET.
#include <sorrel/exec/session.h>
#include <sorrel/exec/user.h>

namespace sorrel::exec {

void SessionRegistry::add(Session& session) {
  session.id = next_id_++;
  sessions_.emplace_hint(sessions_.end(), session.id, &session);
}

void SessionRegistry::remove(Session& session) { sessions_.erase(session.id); }

Session* SessionRegistry::find(std::uint64_t id) const {
  const auto place = sessions_.find(id);
  return place == sessions_.end() ? nullptr : place->second;
}

std::size_t Session::kept_bytes() const {
  std::size_t bytes = subscriptions.bytes + tracking.prefixes_bytes;
  bytes += transaction == nullptr ? 0 : transaction->bytes();
  bytes += watch == nullptr ? 0 : watch->bytes();
  bytes += parked == nullptr ? 0 : parked->words.bytes();
  return bytes;
}

bool Session::user_needs_no_login() const { return user != nullptr && user->needs_no_login(); }

std::string_view Session::user_name() const {
  return user == nullptr ? std::string_view("(superuser)") : std::string_view(user->name);
}

void refresh_gate(Session& session) {
  session.gate = Gate{};
  if (session.needs_login()) {
    session.gate.require |= traits::kNoAuth;
  }
  if (session.user != nullptr && !session.user->unrestricted()) {
    session.gate.require |= traits::kNever;
  }
  if (session.transaction != nullptr) {
    session.gate.require |= traits::kUnqueued;
  }
  if (session.subscriptions.any() && session.protocol == resp::Protocol::kResp2) {
    session.gate.require |= traits::kInRespPubsub;
  }
  if (session.monitor) {
    session.gate.forbid |= traits::kTouchesKeyspace;
  }
}

void refresh_gates(const SessionRegistry& sessions) {
  for (const auto& [id, session] : sessions.sessions()) {
    refresh_gate(*session);
  }
}

void reset(Session& session) {
  session.database = 0;
  session.protocol = resp::Protocol::kResp2;
  // A reply that CLIENT REPLY SKIP has taken away stays away, that of RESET too.
  if (session.reply_mode != ReplyMode::kSkipThis) {
    session.reply_mode = ReplyMode::kOn;
  }
  session.no_evict = false;
  session.no_touch = false;
  session.name.clear();
}

}  // namespace sorrel::exec
