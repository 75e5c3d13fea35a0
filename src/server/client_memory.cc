// SPDX-License-Identifier: BSD-3-Clause
//
// Every session of the registry that has a transport has a ClientConnection: the server makes no
// other.
#include "client_memory.h"

#include <algorithm>

#include "log.h"
#include "server_state.h"

namespace sorrel::server {
namespace {

// Calls visit(ClientConnection&) for each client.
template <class Visit>
void for_each_client(Server& server, Visit&& visit) {
  for (const auto& [id, session] : server.executor().sessions().sessions()) {
    if (auto* const client = dynamic_cast<ClientConnection*>(session->transport);
        client != nullptr) {
      visit(*client);
    }
  }
}

bool may_go(ClientConnection& client) {
  return !client.session().no_evict && !client.connection().closing();
}

}  // namespace

void ClientMemory::count(ClientConnection& client) {
  const std::size_t bytes = client.statistics().total_memory;
  total_ += bytes - client.counted().bytes;
  client.counted() = {bytes, false};
}

void ClientMemory::count_all() {
  noted_.clear();
  for_each_client(server_, [this](ClientConnection& client) { count(client); });
  in_vain_ = false;
}

void ClientMemory::apply() {
  limit_ = server_.options().client_memory.limit(server_.options().max_memory);
  count_all();
}

void ClientMemory::forget(ClientConnection& client) {
  total_ -= client.counted().bytes;
  if (client.counted().noted) {
    std::erase(noted_, &client);
  }
}

void ClientMemory::tick() {
  if (limit_ != 0) {
    count_all();
  }
}

bool ClientMemory::end_turn() {
  for (ClientConnection* client : noted_) {
    count(*client);
    in_vain_ = in_vain_ && !may_go(*client);
  }
  noted_.clear();
  if (limit_ == 0 || total_ <= limit_ || in_vain_) {
    return false;
  }
  count_all();
  return total_ > limit_ && evict();
}

bool ClientMemory::evict() {
  std::vector<ClientConnection*> candidates;
  for_each_client(server_, [&](ClientConnection& client) {
    if (may_go(client)) {
      candidates.push_back(&client);
    }
  });
  std::sort(candidates.begin(), candidates.end(),
            [](ClientConnection* left, ClientConnection* right) {
              return left->counted().bytes > right->counted().bytes;
            });
  std::size_t left = total_;
  std::size_t gone = 0;
  for (; gone < candidates.size() && left > limit_; ++gone) {
    ClientConnection& client = *candidates[gone];
    const exec::Session& session = client.session();
    log_notice("Evicting client: id={} addr={} name={} user={} tot-mem={}", session.id,
               session.address, session.name, session.user_name(), client.counted().bytes);
    left -= client.counted().bytes;
    client.evict();
  }
  evicted_ += gone;
  in_vain_ = gone == 0;
  return gone != 0;
}

}  // namespace sorrel::server
