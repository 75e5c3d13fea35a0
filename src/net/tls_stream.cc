// SPDX-License-Identifier: BSD-3-Clause
//
// OpenSSL reads and writes through a BIO of our own (TlsWire), which is where it is bounded: how
// often it may read the socket in a turn, and how much before the handshake is done.
#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>

#include <algorithm>
#include <system_error>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <sorrel/net/tls_context.h>
#include <sorrel/net/tls_stream.h>

#include "tls_error.h"

namespace sorrel::net {
namespace {

constexpr int kReadsOfSocket = 4;  // of up to 16 KiB, OpenSSL's buffer
constexpr std::size_t kMostEncrypted = 128 * 1024;
// A chain of certificates may be long; OpenSSL itself takes none above 100 KiB.
constexpr std::size_t kMostHandshakeBytes = 128 * 1024;
// What an idle stream may keep of its buffer.
constexpr std::size_t kKeptCapacity = 4 * 1024;

bool is_address(const std::string& host) {
  in6_addr ignored;
  return ::inet_pton(AF_INET, host.c_str(), &ignored) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

}  // namespace

struct TlsWire {
  static TlsStream& stream(BIO* bio) { return *static_cast<TlsStream*>(::BIO_get_data(bio)); }

  static int read(BIO* bio, char* target, int size) {
    TlsStream& stream = TlsWire::stream(bio);
    ::BIO_clear_retry_flags(bio);
    if (stream.drained_ || stream.reads_left_ == 0) {
      ::BIO_set_retry_read(bio);
      return -1;
    }
    --stream.reads_left_;
    const ssize_t got =
        ::recv(stream.descriptor_, target, static_cast<std::size_t>(size), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
      stream.drained_ = errno == EAGAIN;
      ::BIO_set_retry_read(bio);
      return -1;
    }
    if (got <= 0) {
      stream.socket_ended_ = got == 0;
      stream.socket_error_ = got == 0 ? 0 : errno;
      return static_cast<int>(got);
    }
    stream.drained_ = got < size;
    if (!stream.established_) {
      stream.handshake_bytes_ += static_cast<std::size_t>(got);
    }
    return static_cast<int>(got);
  }

  static int write(BIO* bio, const char* bytes, int size) {
    TlsStream& stream = TlsWire::stream(bio);
    stream.outgoing_.insert(stream.outgoing_.end(), bytes, bytes + size);
    return size;
  }

  static long control(BIO* bio, int command, long, void*) {
    switch (command) {
      case BIO_CTRL_FLUSH:
        return 1;
      case BIO_CTRL_EOF:
        return stream(bio).socket_ended_ ? 1 : 0;
      default:
        return 0;
    }
  }

  static BIO_METHOD* method() {
    static BIO_METHOD* const kMethod = [] {
      BIO_METHOD* const made =
          ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
      ::BIO_meth_set_read(made, &TlsWire::read);
      ::BIO_meth_set_write(made, &TlsWire::write);
      ::BIO_meth_set_ctrl(made, &TlsWire::control);
      return made;
    }();
    return kMethod;
  }
};

std::unique_ptr<TlsStream> TlsStream::make(const TlsContext& context, int descriptor) {
  std::unique_ptr<TlsStream> stream(new TlsStream(descriptor));
  BIO* const wire = ::BIO_new(TlsWire::method());
  stream->ssl_ = wire == nullptr ? nullptr : ::SSL_new(context.handle());
  if (stream->ssl_ == nullptr) {
    ::BIO_free(wire);
    ::ERR_clear_error();
    return nullptr;
  }
  ::BIO_set_data(wire, stream.get());
  ::BIO_set_init(wire, 1);
  ::SSL_set_bio(stream->ssl_, wire, wire);
  return stream;
}

std::unique_ptr<TlsStream> TlsStream::accept(const TlsContext& context, int descriptor) {
  std::unique_ptr<TlsStream> stream = make(context, descriptor);
  if (stream != nullptr) {
    ::SSL_set_accept_state(stream->ssl_);
  }
  return stream;
}

std::unique_ptr<TlsStream> TlsStream::connect(const TlsContext& context, int descriptor,
                                              const std::string& host) {
  std::unique_ptr<TlsStream> stream = make(context, descriptor);
  if (stream != nullptr) {
    ::SSL_set_connect_state(stream->ssl_);
    if (!host.empty() && !is_address(host)) {
      ::SSL_set_tlsext_host_name(stream->ssl_, host.c_str());
    }
  }
  return stream;
}

TlsStream::~TlsStream() { ::SSL_free(ssl_); }

void TlsStream::break_off(std::string reason) {
  end_ = End::kBroken;
  failure_ = std::move(reason);
  has_more_ = true;
}

void TlsStream::note_result(int result) {
  const int error = ::SSL_get_error(ssl_, result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
    has_more_ = !drained_;
    return;
  }
  // Who connects and goes without a word has only looked whether somebody listens.
  const bool may_end = established_ || handshake_bytes_ == 0;
  if (may_end && (error == SSL_ERROR_ZERO_RETURN || socket_ended_)) {
    end_ = End::kInOrder;
    has_more_ = true;
  } else if (socket_ended_) {
    break_off("the other side left during the handshake");
  } else if (socket_error_ != 0) {
    break_off(std::generic_category().message(socket_error_));
  } else {
    break_off(take_tls_error());
  }
}

// Returns: whether it is done.
bool TlsStream::shake_hands() {
  ::ERR_clear_error();
  const int result = ::SSL_do_handshake(ssl_);
  established_ = result == 1;
  if (!established_) {
    note_result(result);
  }
  if (!established_ && end_ == End::kNone && handshake_bytes_ > kMostHandshakeBytes) {
    break_off("the handshake is too long");
  }
  return established_;
}

std::size_t TlsStream::read(std::span<char> target) {
  drained_ = false;
  reads_left_ = kReadsOfSocket;
  if (end_ != End::kNone || (!established_ && !shake_hands())) {
    return 0;
  }
  std::size_t filled = 0;
  has_more_ = true;
  ::ERR_clear_error();
  while (filled < target.size()) {
    std::size_t got = 0;
    const int result = ::SSL_read_ex(ssl_, target.data() + filled, target.size() - filled, &got);
    if (result != 1) {
      note_result(result);
      break;
    }
    filled += got;
    if (drained_ && ::SSL_has_pending(ssl_) == 0) {
      has_more_ = false;
      break;
    }
  }
  return filled;
}

std::size_t TlsStream::encrypt(std::span<const iovec> plain) {
  std::size_t taken = 0;
  ::ERR_clear_error();
  for (const iovec& bytes : plain) {
    const std::size_t size = std::min(bytes.iov_len, kMostEncrypted - taken);
    std::size_t done = 0;
    if (size == 0) {
      continue;
    }
    if (const int result = ::SSL_write_ex(ssl_, bytes.iov_base, size, &done); result != 1) {
      note_result(result);
      break;
    }
    taken += done;
  }
  return taken;
}

TlsStream::Sent TlsStream::send() {
  if (!unsent()) {
    return Sent::kAll;
  }
  const ssize_t sent = ::send(descriptor_, outgoing_.data() + sent_, outgoing_.size() - sent_,
                              MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) {
    return errno == EAGAIN ? Sent::kBlocked : errno == EINTR ? Sent::kSome : Sent::kBroken;
  }
  sent_ += static_cast<std::size_t>(sent);
  if (unsent()) {
    return Sent::kSome;
  }
  outgoing_.clear();
  sent_ = 0;
  if (outgoing_.capacity() > kKeptCapacity) {
    std::vector<char>().swap(outgoing_);
  }
  return Sent::kAll;
}

void TlsStream::say_farewell() {
  if (established_ && end_ != End::kBroken) {
    ::ERR_clear_error();
    ::SSL_shutdown(ssl_);
    ::ERR_clear_error();
  }
  send();
}

}  // namespace sorrel::net
