// SPDX-License-Identifier: BSD-3-Clause
//
// One client's socket: what has been read and not understood yet, what is to be written, and how
// it ends. It knows nothing of commands: bytes go to a ConnectionHandler, which says how many of
// them it has used.
//
// The socket is non-blocking and edge-triggered. A turn reads at most once and writes at most once.
// While nothing is left over from the last read the connection owns no input buffer; an idle
// client costs its socket and this object. Owned by the event loop; one thread.
//
// A connection that came by a TLS listener has a TlsStream besides, through which its bytes go
// (connection_tls.cc). One without pays a branch for that where it reads and where it writes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sorrel/base/output_buffer.h>

namespace sorrel::net {

class Connection;
class EventLoop;
class TlsStream;

// What a connection's owner does with its bytes.
class ConnectionHandler {
 public:
  virtual ~ConnectionHandler() = default;
  // Bytes that arrived, beginning with those not used before. Returns: how many are used now.
  // Lifetime: the bytes live until the call returns.
  virtual std::size_t on_input(std::string_view unread) = 0;
  // How many more bytes than those left over it needs before on_input() is worth calling; a hint.
  virtual std::size_t wanted() const { return 0; }
  // The connection is going; called once, whoever ended it. The handler is destroyed afterwards.
  virtual void on_closed() {}
  // The TLS handshake is done; input comes after that. Not called without TLS.
  virtual void on_secured() {}
  // TLS failed, in the handshake or later: the connection ends. `why` is for the log.
  virtual void on_tls_failure(std::string_view why) { static_cast<void>(why); }
  // Its output has passed the limit: the connection ends with this turn, without sending the rest.
  // Nothing is to be written to it any more.
  virtual void on_output_limit() {}
};

// Whom an output limit is for. What else is sent than replies piles up where it is not read.
enum class OutputClass : std::uint8_t { kNormal, kReplica, kPubsub };
inline constexpr std::size_t kOutputClasses = 3;

class Connection {
 public:
  Connection(EventLoop& loop, int descriptor, std::string address, std::string local_address);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int descriptor() const { return descriptor_; }
  const std::string& address() const { return address_; }
  const std::string& local_address() const { return local_address_; }
  bool uses_tls() const { return tls_ != nullptr; }

  // Replies go here and are sent at the end of the turn, in one write where the socket takes it.
  base::OutputBuffer& output() { return output_; }
  const base::OutputBuffer& output() const { return output_; }

  // Something was written to output() that does not follow from its own input: it is to be sent at
  // the end of this turn, or of the next. Ends the connection when the hard limit is passed, so
  // that many messages of one turn do not pile up.
  void send_soon();

  void set_output_class(OutputClass output_class) { output_class_ = output_class; }
  // Ends the connection when its output has passed the hard limit of its class.
  void check_output_limit();

  // Ends the connection at the end of this turn: after its output was sent (as far as the socket
  // takes it in time), or at once.
  void close_after_output();
  void close_now();
  bool closing() const { return close_after_output_ || closed_; }

  // While held, nothing is written and nothing more is read: the replies wait for something. When
  // released, both go on at the end of the turn.
  void hold() { held_ = true; }
  // What is in its output leaves at the end of the turn and not before, while others are served.
  void keep_to_turn_end(bool on) { waits_for_turn_end_ = on; }
  void release();
  bool held() const { return held_; }

  // While paused, what arrives is kept and not handed to the handler. When resumed, the bytes that
  // the handler left over are handed to it again in the next turn, with what came since.
  void pause_input() { paused_ = true; }
  void resume_input();

  // A pending output above `hard` bytes, or above `soft` bytes for `soft_seconds` without a break,
  // ends the connection; 0 stands for no limit.
  struct OutputLimit {
    std::size_t hard = 0;
    std::size_t soft = 0;
    std::int64_t soft_seconds = 0;
  };

  std::size_t input_pending() const { return input_end_ - input_begin_; }
  std::size_t input_capacity() const { return input_.capacity(); }
  // Heap bytes of it and its buffers; of OpenSSL's state about what it is when idle.
  std::size_t memory() const;
  // Bytes of commands and replies, before encryption.
  std::uint64_t bytes_read() const { return bytes_read_; }
  std::uint64_t bytes_written() const { return bytes_written_; }

 private:
  friend class EventLoop;
  // What a paused connection keeps; the rest waits in the socket.
  static constexpr std::size_t kMaxPaused = 1024 * 1024;

  void set_handler(std::unique_ptr<ConnectionHandler> handler) { handler_ = std::move(handler); }
  void set_tls(std::unique_ptr<TlsStream> stream, std::int64_t handshake_ends_ns);
  bool shakes_hands() const { return handshake_ends_ns_ != 0; }
  // Reads as recv(2) does, errno included: EINTR for "again", EAGAIN for "when there is news".
  ssize_t receive_by_tls(std::span<char> target);
  bool tls_has_more() const;
  bool write_by_tls();
  void end_by_tls_failure();
  // The handshake has not been done in time.
  void end_late_handshake();
  void say_farewell();
  // Whether nothing is left to be sent, encrypted or not.
  bool all_sent() const;
  // One read. Returns: whether more may be waiting in the socket.
  bool read_once(std::vector<char>& shared);
  // Hands what was left over to the handler again.
  void offer_again();
  std::size_t hand_over(std::string_view unread);
  bool has_room() const { return !paused_ || input_pending() < kMaxPaused; }
  // The peer sends no more, or the socket is broken.
  void on_end_of_input(bool broken);
  // Ends the socket so that the peer can still read what was sent.
  void shut_down();
  void keep_rest(std::string_view rest);
  std::span<char> read_target(std::vector<char>& shared);
  char* grow_input(std::size_t room);
  // One write. Returns: whether all of the output has gone.
  bool write_once();
  bool exceeds(const OutputLimit& limit, std::int64_t now_s);
  void end_over_limit();

  EventLoop& loop_;
  int descriptor_;
  std::string address_;
  std::string local_address_;
  std::unique_ptr<ConnectionHandler> handler_;
  std::unique_ptr<TlsStream> tls_;
  base::OutputBuffer output_;

  std::vector<char> input_;  // bytes left over are [input_begin_, input_end_)
  std::size_t input_begin_ = 0;
  std::size_t input_end_ = 0;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t bytes_written_ = 0;
  std::int64_t over_soft_since_s_ = 0;
  std::int64_t handshake_ends_ns_ = 0;  // at the latest; 0: it is done, or there is none

  OutputClass output_class_ = OutputClass::kNormal;
  bool readable_ = false;    // an edge was seen that is not read out yet
  bool peer_ended_ = false;  // the edge that told so is the last: read on until the end
  bool writable_ = true;     // the last write took everything
  bool queued_ = false;      // stands in the loop's list of connections to look at
  bool handled_ = false;     // its handler runs
  bool held_ = false;
  bool waits_for_turn_end_ = false;
  bool paused_ = false;
  bool offer_ = false;  // was resumed, and something is left over
  bool close_after_output_ = false;
  bool closed_ = false;
};

}  // namespace sorrel::net
