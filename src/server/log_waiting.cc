// SPDX-License-Identifier: BSD-3-Clause
//
// Clients that wait for the disk by WAITAOF. They are known by their numbers, so that one who was
// answered otherwise needs not be taken out: it is passed over the next time.
#include <utility>

#include "server_state.h"

namespace sorrel::server {

bool Server::synced(const exec::Session& session) const {
  return log_ != nullptr && session.log_end <= log_begin_ + log_->synced();
}

bool Server::may_be_lost(std::uint64_t log_end) const {
  return log_ != nullptr && log_end > log_begin_ + log_->synced() &&
         options_.append_sync == static_cast<int>(persist::SyncPolicy::kAlways) &&
         executor_.state().disk_error.empty();
}

void Server::note_waits_for_sync(const exec::Session& session) {
  waiting_for_sync_.insert(session.id);
  if (log_ != nullptr) {
    log_->watch_synced(true);
  }
}

// Each is run again by its handler; those that go on waiting stay.
void Server::serve_waiting_for_sync() {
  const exec::Command* const command = commands_.find("waitaof");
  for (const std::uint64_t id : std::exchange(waiting_for_sync_, {})) {
    exec::Session* session = executor_.sessions().find(id);
    if (session == nullptr || session->parked == nullptr || session->parked->command != command ||
        session->close_after_reply) {
      continue;
    }
    if (log_ == nullptr || synced(*session)) {
      executor_.retry(*session);
    }
    if (session->parked != nullptr) {
      waiting_for_sync_.insert(id);
    }
  }
  if (log_ != nullptr) {
    log_->watch_synced(!waiting_for_sync_.empty());
  }
}

}  // namespace sorrel::server
