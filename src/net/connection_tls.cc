// SPDX-License-Identifier: BSD-3-Clause
//
// What a connection does otherwise when it has a TlsStream. The turn is the same: what has been
// decrypted and does not fit is handed out in the next one, and what is written is encrypted and
// sent when the turn ends, never before. A handshake has its own bounds: its time is limited here,
// its length by the stream, and how many go on in one turn by the event loop.
#include <errno.h>

#include <array>

#include <sorrel/net/connection.h>
#include <sorrel/net/event_loop.h>
#include <sorrel/net/tls_stream.h>

namespace sorrel::net {
namespace {

constexpr std::size_t kMaxVectors = 64;

}  // namespace

void Connection::set_tls(std::unique_ptr<TlsStream> stream, std::int64_t handshake_ends_ns) {
  tls_ = std::move(stream);
  handshake_ends_ns_ = handshake_ends_ns;
}

ssize_t Connection::receive_by_tls(std::span<char> target) {
  const std::size_t got = tls_->read(target);
  if (shakes_hands() && tls_->established()) {
    handshake_ends_ns_ = 0;
    loop_.end_handshake();
    ++loop_.statistics_.tls_handshakes;
    handler_->on_secured();
  }
  errno = EAGAIN;
  if (closing()) {
    return -1;  // refused, now that it can be told so: nothing of its input counts
  }
  if (got != 0) {
    return static_cast<ssize_t>(got);
  }
  switch (tls_->end()) {
    case TlsStream::End::kInOrder:
      return 0;
    case TlsStream::End::kBroken:
      ++loop_.statistics_.tls_failures;
      handler_->on_tls_failure(tls_->failure());
      end_by_tls_failure();
      break;
    default:
      // The edge that told of the end is the last one: it is looked for until it is seen.
      errno = tls_->has_more() || peer_ended_ ? EINTR : EAGAIN;
  }
  return -1;
}

bool Connection::tls_has_more() const { return tls_->has_more(); }

// Ends it so that the alert which says why reaches the other side.
void Connection::end_by_tls_failure() {
  output_.clear();
  close_after_output();
}

void Connection::end_late_handshake() {
  ++loop_.statistics_.tls_failures;
  handler_->on_tls_failure("no handshake in time");
  close_now();
}

std::size_t Connection::memory() const {
  return sizeof *this + input_.capacity() + output_.capacity() +
         (tls_ == nullptr ? 0 : tls_->memory());
}

bool Connection::all_sent() const {
  return output_.empty() && (tls_ == nullptr || !tls_->unsent());
}

void Connection::say_farewell() {
  if (tls_ != nullptr) {
    tls_->say_farewell();
  }
}

// What is encrypted goes first; only when all of it has gone more is encrypted.
bool Connection::write_by_tls() {
  if (tls_->established() && !tls_->unsent() && !output_.empty()) {
    std::array<iovec, kMaxVectors> vectors;
    const std::size_t count = output_.gather(vectors);
    const std::size_t taken = tls_->encrypt(std::span(vectors).first(count));
    bytes_written_ += taken;
    loop_.statistics_.bytes_written += taken;
    output_.consume(taken);
    if (tls_->end() == TlsStream::End::kBroken) {
      closed_ = true;
      return true;
    }
  }
  switch (tls_->send()) {
    case TlsStream::Sent::kBlocked:
      writable_ = false;
      break;
    case TlsStream::Sent::kBroken:
      closed_ = true;
      return true;
    default:
      break;
  }
  if (tls_->end() == TlsStream::End::kBroken && !writable_) {
    closed_ = true;  // it does not even take the alert
  }
  return all_sent();
}

}  // namespace sorrel::net
