// SPDX-License-Identifier: BSD-3-Clause
//
// TLS of the event loop where it cannot be seen from outside: its bounds, and that no byte is
// forgotten between OpenSSL's buffers, the connection's and the socket's. Certificates are made
// here. The peer is the client's side of the same TlsStream, on a socket that is waited for by
// poll(2). What the server does as a whole is in tests/server/tls_test.py.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <sorrel/net/event_loop.h>
#include <sorrel/net/tls_context.h>
#include <sorrel/net/tls_stream.h>

#include "net/peer.h"

namespace sorrel::net {
namespace {

using namespace std::chrono_literals;
using test::Peer;

// A folder with a certificate that its own key has signed: cert.pem and key.pem.
class Certificate {
 public:
  Certificate()
      : folder_(std::filesystem::temp_directory_path() /
                ("sorrel-tls-" + std::to_string(::getpid()))) {
    std::filesystem::create_directory(folder_);
    EVP_PKEY* const key = ::EVP_EC_gen("P-256");
    X509* const certificate = ::X509_new();
    ::ASN1_INTEGER_set(::X509_get_serialNumber(certificate), 0x1234);
    ::X509_gmtime_adj(::X509_getm_notBefore(certificate), -3600);
    ::X509_gmtime_adj(::X509_getm_notAfter(certificate), 2 * 86'400);
    X509_NAME* const name = ::X509_get_subject_name(certificate);
    ::X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                 reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    ::X509_set_issuer_name(certificate, name);
    ::X509_set_pubkey(certificate, key);
    ::X509_sign(certificate, key, ::EVP_sha256());
    write("cert.pem", [&](BIO* to) { ::PEM_write_bio_X509(to, certificate); });
    write("key.pem", [&](BIO* to) {
      ::PEM_write_bio_PrivateKey(to, key, nullptr, nullptr, 0, nullptr, nullptr);
    });
    ::X509_free(certificate);
    ::EVP_PKEY_free(key);
  }
  ~Certificate() { std::filesystem::remove_all(folder_); }

  TlsSettings settings() const {
    TlsSettings settings;
    settings.cert_file = (folder_ / "cert.pem").string();
    settings.key_file = (folder_ / "key.pem").string();
    settings.ca_cert_file = settings.cert_file;
    return settings;
  }

 private:
  void write(const std::string& name, const std::function<void(BIO*)>& what) const {
    BIO* const file = ::BIO_new_file((folder_ / name).c_str(), "w");
    what(file);
    ::BIO_free(file);
  }
  std::filesystem::path folder_;
};

// Echoes; the line "B<n>" is answered with n bytes, "Q" with an end.
class Echo final : public ConnectionHandler {
 public:
  struct Counts {
    std::atomic<int> secured = 0;
    std::atomic<int> failed = 0;
    std::atomic<int> closed = 0;
  };
  Echo(Connection& connection, Counts& counts, bool refuse)
      : connection_(connection), counts_(counts), refuse_(refuse) {}

  std::size_t on_input(std::string_view unread) override {
    const std::size_t end = unread.rfind('\n');
    if (end == std::string_view::npos) {
      return 0;
    }
    const std::string_view lines = unread.substr(0, end + 1);
    if (lines[0] == 'B') {
      connection_.output().append(std::string(std::stoul(std::string(lines.substr(1))), 'b'));
    } else {
      connection_.output().append(lines);
    }
    if (lines[0] == 'Q') {
      connection_.close_after_output();
    }
    return lines.size();
  }
  void on_secured() override {
    ++counts_.secured;
    if (refuse_) {
      connection_.output().append("no room\n");
      connection_.close_after_output();
    }
  }
  void on_tls_failure(std::string_view why) override {
    EXPECT_NE(why, "");
    ++counts_.failed;
  }
  void on_closed() override { ++counts_.closed; }

 private:
  Connection& connection_;
  Counts& counts_;
  bool refuse_;
};

// A blocking client: gives up after a while, so that a lost wake-up fails a test.
class TlsPeer {
 public:
  TlsPeer(std::uint16_t port, const TlsContext& context) : socket_(Peer::tcp(port)) {
    ::fcntl(socket_.descriptor(), F_SETFL, O_NONBLOCK);
    stream_ = TlsStream::connect(context, socket_.descriptor(), "localhost");
  }

  bool shake_hands() {
    while (!stream_->established()) {
      static_cast<void>(stream_->read({}));
      if (!flush() || stream_->end() != TlsStream::End::kNone) {
        return false;
      }
      if (!stream_->established() && !wait(POLLIN)) {
        return false;
      }
    }
    return true;
  }
  // Sends and receives at a time, as who pipelines must. Returns: what came, up to `expected`.
  std::string exchange(std::string_view bytes, std::size_t expected) {
    std::string received;
    while (!bytes.empty() || stream_->unsent() || received.size() < expected) {
      if (!stream_->unsent() && !bytes.empty()) {
        const iovec plain{const_cast<char*>(bytes.data()), bytes.size()};
        bytes.remove_prefix(stream_->encrypt({&plain, 1}));
      }
      if (stream_->send() == TlsStream::Sent::kBroken) {
        return received + "(broken)";
      }
      char part[50'000];
      const std::size_t got = stream_->read(part);
      received.append(part, got);
      if (got == 0 && stream_->end() != TlsStream::End::kNone) {
        return received + "(end)";
      }
      const bool writes = !bytes.empty() || stream_->unsent();
      if (got == 0 && !stream_->has_more() &&
          !wait(static_cast<short>(writes ? POLLIN | POLLOUT : POLLIN))) {
        return received + "(nothing came)";
      }
    }
    return received;
  }
  void send_raw(std::string_view bytes) { socket_.send(bytes); }
  std::string receive_raw_to_end() {
    ::fcntl(socket_.descriptor(), F_SETFL, 0);
    return socket_.receive_to_end();
  }

 private:
  bool flush() {
    for (;;) {
      switch (stream_->send()) {
        case TlsStream::Sent::kAll:
          return true;
        case TlsStream::Sent::kBroken:
          return false;
        default:
          wait(POLLOUT);
      }
    }
  }
  bool wait(short events) {
    pollfd entry{socket_.descriptor(), events, 0};
    return ::poll(&entry, 1, 20'000) > 0;
  }

  Peer socket_;
  std::unique_ptr<TlsStream> stream_;
};

class Tls : public testing::Test {
 protected:
  Tls() : certificate_(std::make_unique<Certificate>()) {
    client_ = TlsContext::for_client(certificate_->settings()).context;
    loop_.on_accept([this](Connection& connection) {
      EXPECT_TRUE(connection.uses_tls());
      return std::make_unique<Echo>(connection, counts_, refuse_);
    });
    loop_.every(5ms, [this] {
      if (stopping_) {
        loop_.stop();
      }
    });
  }
  ~Tls() override { stop(); }

  void start() {
    const TlsContext::Made made = TlsContext::for_server(certificate_->settings());
    ASSERT_EQ(made.error, "");
    loop_.set_tls(made.context);
    ASSERT_EQ(loop_.listen_tcp("127.0.0.1", 0, 511, Security::kTls), "");
    EXPECT_EQ(loop_.port(), 0);
    port_ = loop_.port(Security::kTls);
    thread_ = std::thread([this] { loop_.run(); });
  }
  void stop() {
    stopping_ = true;
    if (thread_.joinable()) {
      thread_.join();
    }
  }
  static bool wait_for(const std::function<bool()>& condition) {
    for (const auto end = std::chrono::steady_clock::now() + 20s; !condition();) {
      if (std::chrono::steady_clock::now() > end) {
        return false;
      }
      std::this_thread::yield();
    }
    return true;
  }

  std::unique_ptr<Certificate> certificate_;
  std::shared_ptr<const TlsContext> client_;
  EventLoop loop_;
  Echo::Counts counts_;
  bool refuse_ = false;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

TEST_F(Tls, TellsItsCertificate) {
  const auto context = TlsContext::for_server(certificate_->settings()).context;
  ASSERT_NE(context, nullptr);
  EXPECT_EQ(context->certificate_serial(), "1234");
  EXPECT_GT(context->certificate_expires_in_s(), 86'400);
  EXPECT_LE(context->certificate_expires_in_s(), 2 * 86'400);
}

TEST_F(Tls, EchoesInOneTurnOrMany) {
  start();
  TlsPeer peer(port_, *client_);
  ASSERT_TRUE(peer.shake_hands());
  EXPECT_EQ(peer.exchange("hello\n", 6), "hello\n");
  const std::string line = std::string(300'000, 'x') + "\n";
  EXPECT_TRUE(peer.exchange(line, line.size()) == line);
  EXPECT_TRUE(wait_for([&] { return counts_.secured == 1; }));
}

TEST_F(Tls, BigPipelinesBothWays) {
  start();
  TlsPeer peer(port_, *client_);
  ASSERT_TRUE(peer.shake_hands());
  std::string lines;
  for (int i = 0; lines.size() < 8'000'000; ++i) {
    lines += std::to_string(i) + std::string(static_cast<std::size_t>(i % 3000), 'p') + "\n";
  }
  EXPECT_TRUE(peer.exchange(lines, lines.size()) == lines);
}

// Most of it is encrypted in later turns, when the peer begins to read.
TEST_F(Tls, ALongReplyReachesWhoReadsLate) {
  start();
  TlsPeer peer(port_, *client_);
  ASSERT_TRUE(peer.shake_hands());
  EXPECT_EQ(peer.exchange("B20000000\n", 0), "");
  TlsPeer other(port_, *client_);
  ASSERT_TRUE(other.shake_hands());
  EXPECT_EQ(other.exchange("x\n", 2), "x\n");
  EXPECT_TRUE(peer.exchange({}, 20'000'000) == std::string(20'000'000, 'b'));
  EXPECT_EQ(peer.exchange("Q\n", 7), "Q\n(end)");
}

TEST_F(Tls, OutputOverTheLimitEndsIt) {
  loop_.set_output_limits({{{1'000'000, 0, 0}, {}, {}}});
  start();
  TlsPeer peer(port_, *client_);
  ASSERT_TRUE(peer.shake_hands());
  EXPECT_EQ(peer.exchange("B50000000\n", 0), "");
  EXPECT_TRUE(wait_for([&] { return counts_.closed == 1; }));
}

TEST_F(Tls, WhoIsRefusedAfterTheHandshakeIsToldAndNotHeard) {
  refuse_ = true;
  start();
  TlsPeer peer(port_, *client_);
  ASSERT_TRUE(peer.shake_hands());
  EXPECT_EQ(peer.exchange("echo\n", 100), "no room\n(end)");
}

TEST_F(Tls, AHandshakeThatTakesTooLongEnds) {
  loop_.set_handshake_time(20ms);
  start();
  Peer silent = Peer::tcp(port_);
  Peer slow = Peer::tcp(port_);
  slow.send("\x16\x03\x01");
  EXPECT_EQ(silent.receive_to_end(), "");
  EXPECT_EQ(slow.receive_to_end(), "");
  EXPECT_TRUE(wait_for([&] { return counts_.failed == 2 && counts_.closed == 2; }));
  EXPECT_EQ(counts_.secured, 0);
}

TEST_F(Tls, PlainTextEndsIt) {
  start();
  TlsPeer peer(port_, *client_);
  peer.send_raw("*1\r\n$4\r\nPING\r\n");
  EXPECT_EQ(peer.receive_raw_to_end().find("PONG"), std::string::npos);
  EXPECT_TRUE(wait_for([&] { return counts_.failed == 1 && counts_.closed == 1; }));
}

TEST_F(Tls, ManyAtOnceAreAllServed) {
  start();
  std::vector<std::unique_ptr<TlsPeer>> peers;
  for (int i = 0; i < 60; ++i) {
    peers.push_back(std::make_unique<TlsPeer>(port_, *client_));
  }
  std::vector<std::thread> threads;
  std::atomic<int> served = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (std::size_t at = static_cast<std::size_t>(i); at < peers.size(); at += 4) {
        if (peers[at]->shake_hands() && peers[at]->exchange("hello\n", 6) == "hello\n") {
          ++served;
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(served, 60);
}

TEST_F(Tls, WithoutAContextNobodyIsLetIn) {
  start();
  stop();
  stopping_ = false;
  loop_.set_tls(nullptr);
  thread_ = std::thread([this] { loop_.run(); });
  EXPECT_FALSE(TlsPeer(port_, *client_).shake_hands());
}

TEST(TlsContext, SaysWhatIsWrong) {
  TlsSettings settings;
  EXPECT_EQ(TlsContext::for_server(settings).error, "tls-cert-file is not set");
  settings.cert_file = "/no/such/file";
  EXPECT_EQ(TlsContext::for_server(settings).error,
            "tls-cert-file '/no/such/file': No such file or directory");
  TlsSettings client;
  EXPECT_NE(TlsContext::for_client(client).context, nullptr);
  client.protocols = "TLSv2";
  EXPECT_EQ(TlsContext::for_client(client).context, nullptr);
}

}  // namespace
}  // namespace sorrel::net
