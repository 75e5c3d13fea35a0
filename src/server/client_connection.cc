// SPDX-License-Identifier: BSD-3-Clause
//
// Everything that one read brought is cut into batches and run, one batch after the other.
#include "client_connection.h"

#include <algorithm>

#include "log.h"
#include "server_state.h"

namespace sorrel::server {

ClientConnection::ClientConnection(Server& server, net::Connection& connection)
    : server_(server), connection_(connection) {
  session_.address = connection.address();
  session_.local_address = connection.local_address();
  session_.protected_commands = Server::may(server.options().debug_command, session_.address);
  session_.descriptor = connection.descriptor();
  session_.transport = this;
  session_.created_ms = session_.last_interaction_ms = server.clock().wall_ms();
  server.executor().open_session(session_);
  server.executor().sessions().add(session_);
}

void ClientConnection::on_closed() {
  server_.client_memory().forget(*this);
  server_.executor().close_session(session_);
  server_.forget(*this);
}

void ClientConnection::on_secured() {
  if (server_.refuse_foreign(connection_)) {
    session_.close_after_reply = true;
    connection_.close_after_output();
  }
}

void ClientConnection::on_tls_failure(std::string_view why) {
  log_verbose("TLS with client {} failed: {}", session_.address, why);
}

void ClientConnection::on_output_limit() {
  session_.close_after_reply = true;
  log_warning(
      "Client id={} addr={} laddr={} name={} db={} sub={} psub={} ssub={} user={} omem={} "
      "scheduled to be closed ASAP for overcoming of output buffer limits.",
      session_.id, session_.address, session_.local_address, session_.name, session_.database,
      session_.subscriptions.channels, session_.subscriptions.patterns,
      session_.subscriptions.shard_channels, session_.user_name(), connection_.output().size());
}

void ClientConnection::choose_output_limit() {
  connection_.set_output_class(session_.subscriptions.any() ? net::OutputClass::kPubsub
                                                            : net::OutputClass::kNormal);
}

// A message may tell of what the same command has changed: it must not leave before that is safe.
void ClientConnection::send_soon() {
  if (!server_.executor().effect_log().bytes().empty()) {
    server_.note_log_user(*this, server_.executor().effect_log().end());
  }
  choose_output_limit();
  connection_.send_soon();
  server_.client_memory().note(*this);
}

std::size_t ClientConnection::on_input(std::string_view unread) {
  if (unread.size() > server_.options().query_buffer_limit) {
    log_warning("Closing client that reached max query buffer length: {}", session_.address);
    ++server_.statistics().queries_too_long;
    connection_.close_after_output();
    return unread.size();
  }
  server_.client_memory().note(*this);
  exec::Executor& executor = server_.executor();
  const std::size_t logged_before = executor.effect_log().bytes().size();
  const std::uint64_t told_before = session_.told_end;
  resp::RequestLimits limits;
  limits.max_bulk_bytes = server_.options().max_bulk_bytes;
  resp::BatchRoom& room = server_.batch_room();
  std::size_t used = 0;
  while (used < unread.size() && !session_.close_after_reply) {
    limits.authenticated = !session_.needs_login();
    const auto batch = parser_.parse(unread.substr(used), limits,
                                     limits.authenticated ? exec::Executor::kMaxBatch : 1, room);
    const std::size_t done = executor.run(session_, batch.requests, connection_.output());
    if (server_.hot_keys().due(done)) [[unlikely]] {
      server_.hot_keys().sample(session_, batch.requests.first(done));
    }
    choose_output_limit();
    connection_.check_output_limit();
    if (session_.parked != nullptr || session_.postponed) {
      // What stands behind the command that waits is handed in again when it was answered, and one
      // that was not run yet with it.
      used += done == 0 ? 0 : batch.requests[done - 1].end;
      parser_.restart();
      connection_.pause_input();
      break;
    }
    used += batch.consumed;
    if (!batch.error.empty() && !session_.close_after_reply) {
      protocol_error(batch.error);
    }
    if (batch.consumed == 0) {
      break;
    }
  }
  if (executor.effect_log().bytes().size() != logged_before) {
    server_.note_log_user(*this, executor.effect_log().end());
  } else if (session_.told_end != told_before && server_.may_be_lost(session_.told_end)) {
    server_.note_log_user(*this, session_.told_end);
  }
  if (session_.speaks_http) {
    log_warning(
        "Possible SECURITY ATTACK: {} sent HTTP (a POST or a Host: line), as a page in a "
        "browser can be made to do. Closing the connection.",
        session_.address);
    connection_.close_now();
    return unread.size();
  }
  if (session_.close_after_reply) {
    connection_.close_after_output();
    return unread.size();
  }
  return used;
}

void ClientConnection::resume(bool logged) {
  server_.client_memory().note(*this);
  connection_.resume_input();
  if (logged) {
    server_.note_log_user(*this, server_.executor().effect_log().end());
  } else if (server_.may_be_lost(session_.told_end)) {
    server_.note_log_user(*this, session_.told_end);
  }
}

void ClientConnection::evict() {
  session_.close_after_reply = true;
  connection_.close_now();
}

bool ClientConnection::note(std::uint64_t log_end) {
  connection_.keep_to_turn_end(true);
  return std::exchange(noted_end_, std::max(noted_end_, log_end)) == 0;
}

void ClientConnection::hold_for(persist::LogWriter::Ticket ticket) {
  held_for_ = std::max(held_for_, ticket);
  connection_.hold();
}

void ClientConnection::release_from(persist::LogWriter::Ticket ticket) {
  if (ticket == held_for_) {
    held_for_ = 0;
    connection_.release();
  }
}

void ClientConnection::protocol_error(std::string_view text) {
  if (session_.reply_mode == exec::ReplyMode::kOn) {
    resp::ReplyWriter(connection_.output(), session_.protocol).error("ERR", text);
  }
  server_.executor().count_error("ERR");
  log_verbose("Protocol error ({}) from client {}", text, session_.address);
  session_.close_after_reply = true;
}

exec::TransportStatistics ClientConnection::statistics() const {
  exec::TransportStatistics statistics;
  statistics.query_buffer_used = connection_.input_pending();
  statistics.query_buffer_free = connection_.input_capacity() - connection_.input_pending();
  statistics.output_pending = connection_.output().size();
  statistics.output_capacity = connection_.output().capacity();
  statistics.bytes_in = connection_.bytes_read();
  statistics.bytes_out = connection_.bytes_written();
  statistics.total_memory = sizeof *this + connection_.memory() + session_.kept_bytes();
  return statistics;
}

}  // namespace sorrel::server
