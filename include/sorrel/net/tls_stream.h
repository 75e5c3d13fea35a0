// SPDX-License-Identifier: BSD-3-Clause
//
// TLS over one non-blocking socket. It reads the socket itself, into OpenSSL's own buffer and
// decrypts from there to where the caller wants it; what it encrypts it keeps until send() has
// brought it out, so that OpenSSL never waits for the socket in the middle of a record. A read
// takes at most 64 KiB from the socket and a write encrypts at most 128 KiB, so that one stream
// keeps the loop from the others no longer than a plain connection does.
//
// The handshake goes on whenever read() is called. Renegotiation and compression are off. A stream
// that ended without a farewell is taken as ended in order: a request that was cut is never run, so
// nothing can be made of it.
//
// Owned by who owns the socket, which must outlive it. One thread.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct bio_st;
struct ssl_st;

namespace sorrel::net {

class TlsContext;

class TlsStream {
 public:
  // Null when there is no memory for it. The context may go before the stream.
  static std::unique_ptr<TlsStream> accept(const TlsContext& context, int descriptor);
  // `host` is told to the other side (SNI) unless it is an address.
  static std::unique_ptr<TlsStream> connect(const TlsContext& context, int descriptor,
                                            const std::string& host);
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  enum class End : std::uint8_t { kNone, kInOrder, kBroken };

  // Goes on with the handshake, then fills `target`. Returns: how many bytes; when 0, end() tells
  // whether any are still to come. May leave something to send().
  std::size_t read(std::span<char> target);
  // After a read: whether the next one may find more without news from the socket.
  bool has_more() const { return has_more_; }
  End end() const { return end_; }
  // Why it is broken, in OpenSSL's words or the system's.
  std::string_view failure() const { return failure_; }
  bool established() const { return established_; }

  // Encrypts the beginning of these bytes. Returns: how many bytes it has taken; less than there
  // are when it is enough for one turn. Requires: established(), !unsent().
  std::size_t encrypt(std::span<const iovec> plain);
  bool unsent() const { return sent_ != outgoing_.size(); }
  enum class Sent : std::uint8_t { kAll, kSome, kBlocked, kBroken };
  // One write of what is encrypted.
  Sent send();
  // Tells the other side that no more comes, as far as the socket takes it at once.
  void say_farewell();

  static constexpr std::size_t kIdleBytes = 24 * 1024;  // of OpenSSL, about
  std::size_t memory() const { return sizeof *this + outgoing_.capacity() + kIdleBytes; }

 private:
  friend struct TlsWire;  // OpenSSL's side of the socket

  explicit TlsStream(int descriptor) : descriptor_(descriptor) {}
  static std::unique_ptr<TlsStream> make(const TlsContext& context, int descriptor);
  bool shake_hands();
  // What an operation of OpenSSL that did not succeed means.
  void note_result(int result);
  void break_off(std::string reason);

  int descriptor_;
  ssl_st* ssl_ = nullptr;
  std::vector<char> outgoing_;  // encrypted bytes; those before sent_ are gone
  std::size_t sent_ = 0;
  std::size_t handshake_bytes_ = 0;
  int reads_left_ = 0;    // of the socket, within one read()
  int socket_error_ = 0;  // errno of a broken socket
  bool drained_ = false;  // the socket had less than was asked for
  bool socket_ended_ = false;
  bool has_more_ = false;
  bool established_ = false;
  End end_ = End::kNone;
  std::string failure_;
};

}  // namespace sorrel::net
