// SPDX-License-Identifier: BSD-3-Clause
//
// Reading into the loop's shared buffer, keeping only what was left over, and gathering writes.
#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

#include <sorrel/net/connection.h>
#include <sorrel/net/event_loop.h>
#include <sorrel/net/tls_stream.h>

namespace sorrel::net {
namespace {

constexpr std::size_t kReadRoom = 16 * 1024;
// A handler's hint is followed up to this, so that a lie of a client costs no memory.
constexpr std::size_t kMaxWanted = 1024 * 1024;
constexpr std::size_t kMaxVectors = 64;
// What was left over is moved to the shared buffer up to this, with what is still to come.
constexpr std::size_t kMaxMoved = 16 * 1024;

// recv and send of the C library are points where a thread can be cancelled, which they pay for
// when a process has several threads. Nobody cancels here.
ssize_t receive(int descriptor, std::span<char> target) {
  return ::syscall(SYS_recvfrom, descriptor, target.data(), target.size(), 0, nullptr, nullptr);
}
ssize_t transmit(int descriptor, const iovec& bytes) {
  return ::syscall(SYS_sendto, descriptor, bytes.iov_base, bytes.iov_len, MSG_NOSIGNAL, nullptr, 0);
}

}  // namespace

Connection::Connection(EventLoop& loop, int descriptor, std::string address,
                       std::string local_address)
    : loop_(loop),
      descriptor_(descriptor),
      address_(std::move(address)),
      local_address_(std::move(local_address)) {}

Connection::~Connection() {
  if (handler_ != nullptr) {
    handler_->on_closed();
  }
  loop_.input_bytes_ -= input_.capacity();
  ::close(descriptor_);
}

void Connection::send_soon() {
  check_output_limit();
  loop_.queue(*this);
}

void Connection::check_output_limit() {
  const std::size_t hard = loop_.output_limit(output_class_).hard;
  // What fits the first chunk costs nothing more: however low the limit, one can still be answered.
  const std::size_t most = std::max(hard, base::OutputBuffer::kChunkBytes);
  if (hard != 0 && output_.size() > most && !closed_) {
    end_over_limit();
    loop_.queue(*this);
  }
}

void Connection::end_over_limit() {
  closed_ = true;
  ++loop_.statistics_.connections_over_limit;
  handler_->on_output_limit();
  if (!handled_) {  // else there may be marks in it
    output_.clear();
  }
}

void Connection::close_after_output() {
  close_after_output_ = true;
  loop_.queue(*this);
}

void Connection::close_now() {
  closed_ = true;
  loop_.queue(*this);
}

void Connection::release() {
  held_ = false;
  loop_.queue(*this);
}

void Connection::resume_input() {
  paused_ = false;
  offer_ = input_pending() != 0;
  loop_.queue(*this);
}

std::size_t Connection::hand_over(std::string_view unread) {
  handled_ = true;
  const std::size_t used = handler_->on_input(unread);
  handled_ = false;
  return used;
}

void Connection::offer_again() {
  offer_ = false;
  if (paused_ || input_pending() == 0) {
    return;
  }
  const std::string_view unread(input_.data() + input_begin_, input_pending());
  keep_rest(unread.substr(hand_over(unread)));
}

char* Connection::grow_input(std::size_t room) {
  if (input_begin_ > 0) {
    std::memmove(input_.data(), input_.data() + input_begin_, input_pending());
    input_end_ -= input_begin_;
    input_begin_ = 0;
  }
  if (input_.size() < input_end_ + room) {
    loop_.input_bytes_ -= input_.capacity();
    input_.resize(
        std::max(input_end_ + room, std::min(input_.size() * 2, input_end_ + kMaxWanted)));
    loop_.input_bytes_ += input_.capacity();
  }
  return input_.data() + input_end_;
}

// The rest lies in input_ or in the shared buffer.
void Connection::keep_rest(std::string_view rest) {
  if (rest.empty()) {
    if (input_.capacity() > 0) {
      loop_.input_bytes_ -= input_.capacity();
      std::vector<char>().swap(input_);
    }
    input_begin_ = input_end_ = 0;
    return;
  }
  const std::less_equal<const char*> not_behind;
  if (not_behind(input_.data(), rest.data()) &&
      not_behind(rest.data() + rest.size(), input_.data() + input_.size())) {
    input_begin_ = static_cast<std::size_t>(rest.data() - input_.data());
    input_end_ = input_begin_ + rest.size();
    return;
  }
  input_begin_ = input_end_ = 0;
  std::memcpy(grow_input(rest.size()), rest.data(), rest.size());
  input_end_ = rest.size();
}

// Where the next read goes: behind what was left over, which moves to the shared buffer when it is
// short, so that a request cut in two costs no buffer of its own size class for the whole read.
std::span<char> Connection::read_target(std::vector<char>& shared) {
  const std::size_t pending = input_pending();
  const std::size_t wanted = paused_ ? kReadRoom : handler_->wanted();
  if (paused_ || pending + wanted > kMaxMoved) {
    // What is enough for a long argument need not double for its last bytes.
    const std::size_t left = input_.size() - pending;
    const bool enough = wanted != 0 && wanted <= left;
    const std::size_t room = enough ? left : std::clamp(wanted, kReadRoom, kMaxWanted);
    char* const target = grow_input(room);
    return {target, room};
  }
  if (pending != 0) {
    std::memcpy(shared.data(), input_.data() + input_begin_, pending);
  }
  return std::span(shared).subspan(pending);
}

bool Connection::read_once(std::vector<char>& shared) {
  const std::size_t pending = input_pending();
  const std::span<char> target = read_target(shared);
  const ssize_t got = tls_ == nullptr ? receive(descriptor_, target) : receive_by_tls(target);
  if (got <= 0) {
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
      return errno == EINTR;
    }
    on_end_of_input(got < 0);
    return false;
  }
  const auto bytes = static_cast<std::size_t>(got);
  const bool more = bytes == target.size() || peer_ended_ || (tls_ != nullptr && tls_has_more());
  bytes_read_ += bytes;
  loop_.statistics_.bytes_read += bytes;
  ++loop_.statistics_.reads;
  if (paused_) {
    input_end_ += bytes;
    return more;
  }
  const std::string_view unread(target.data() - pending, pending + bytes);
  keep_rest(unread.substr(hand_over(unread)));
  return more;
}

// A peer that has only closed its sending side (`printf ... | nc -N`) still reads its replies; one
// that said farewell by TLS may wait for ours.
void Connection::on_end_of_input(bool broken) {
  if (broken || (output_.empty() && tls_ == nullptr)) {
    close_now();
  } else {
    close_after_output();
  }
}

// Unread input makes close(2) send a reset, on which the peer's kernel may throw away replies that
// the peer has not read yet. So the end is announced first, and what has arrived is read and
// dropped.
void Connection::shut_down() {
  constexpr int kMaxReads = 64;
  char dropped[kReadRoom];
  say_farewell();
  ::shutdown(descriptor_, SHUT_WR);
  for (int i = 0; i<kMaxReads&& ::recv(descriptor_, dropped, sizeof dropped, 0)> 0; ++i) {
  }
}

bool Connection::write_once() {
  if (tls_ != nullptr) {
    return write_by_tls();
  }
  iovec vectors[kMaxVectors];
  const std::size_t count = output_.gather(vectors);
  if (count == 0) {
    return true;
  }
  msghdr message{};
  message.msg_iov = vectors;
  message.msg_iovlen = count;
  const ssize_t sent = count == 1 ? transmit(descriptor_, vectors[0])
                                  : ::sendmsg(descriptor_, &message, MSG_NOSIGNAL);
  if (sent < 0) {
    if (errno == EAGAIN || errno == EINTR) {
      writable_ = errno == EINTR;
      return false;
    }
    closed_ = true;
    return true;
  }
  const auto bytes = static_cast<std::size_t>(sent);
  bytes_written_ += bytes;
  loop_.statistics_.bytes_written += bytes;
  ++loop_.statistics_.writes;
  output_.consume(bytes);
  return output_.empty();
}

bool Connection::exceeds(const OutputLimit& limit, std::int64_t now_s) {
  const std::size_t pending = output_.size();
  if (limit.hard != 0 && pending > limit.hard) {
    return true;
  }
  if (limit.soft == 0 || pending <= limit.soft) {
    over_soft_since_s_ = 0;
    return false;
  }
  if (over_soft_since_s_ == 0) {
    over_soft_since_s_ = now_s;
  }
  return now_s - over_soft_since_s_ > limit.soft_seconds;
}

}  // namespace sorrel::net
