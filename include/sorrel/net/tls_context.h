// SPDX-License-Identifier: BSD-3-Clause
//
// What TLS connections of one side have in common: certificate, key, whom to trust, protocols and
// ciphers, read once from files. It is made whole or not at all: who changes the settings makes a
// new one and puts it in the place of the old one, which lives on in the connections that began
// with it. A session of an old one is not resumed by a new one, so that a certificate authority
// that was taken out is out.
//
// OpenSSL does the work and is seen in this layer alone. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

struct ssl_ctx_st;

namespace sorrel::net {

// Whether clients show a certificate (tls-auth-clients).
enum class ClientCertificates : int { kNone, kRequired, kOptional };

// As redis.conf names them, each with tls- in front. Empty: none, or OpenSSL's own choice.
struct TlsSettings {
  std::string cert_file;
  std::string key_file;
  std::string key_file_pass;
  std::string client_cert_file;  // for connections that are made; empty: cert_file and its key
  std::string client_key_file;
  std::string client_key_file_pass;
  std::string ca_cert_file;
  std::string ca_cert_dir;
  int auth_clients = static_cast<int>(ClientCertificates::kRequired);
  std::string protocols;     // "TLSv1.2 TLSv1.3"
  std::string ciphers;       // up to TLS 1.2
  std::string ciphersuites;  // of TLS 1.3
  bool prefer_server_ciphers = false;
  bool session_caching = true;
  std::int64_t session_cache_size = 20'480;
  std::int64_t session_cache_timeout_s = 300;
  std::string dh_params_file;
  bool verify_server = true;  // of connections that are made
};

class TlsContext {
 public:
  // A context, or a text that says what is wrong and names the option.
  struct Made {
    std::shared_ptr<const TlsContext> context;
    std::string error;
  };
  // For connections that are accepted. Errors: no certificate or key; a file that cannot be read,
  // or is not what it should be; a key that does not fit; clients are to be verified and there is
  // no authority; an unknown protocol or cipher.
  static Made for_server(const TlsSettings& settings);
  // For connections that are made. The other side is verified by the authorities of the settings,
  // or those of the system when they name none, but not by its name, as Redis does it.
  static Made for_client(const TlsSettings& settings);

  explicit TlsContext(ssl_ctx_st* handle) : handle_(handle) {}
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  ssl_ctx_st* handle() const { return handle_; }

  // Of the own certificate: its number in hexadecimal digits, and how long it is still valid (less
  // than 0: it was). Requires: there is one.
  std::string certificate_serial() const;
  std::int64_t certificate_expires_in_s() const;

 private:
  ssl_ctx_st* handle_;
};

}  // namespace sorrel::net
