// SPDX-License-Identifier: BSD-3-Clause
//
// From settings to an SSL_CTX, step by step; each step returns an empty text or what is wrong.
#include <algorithm>
#include <memory>
#include <string_view>
#include <system_error>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <sorrel/base/text.h>
#include <sorrel/net/tls_context.h>

#include "tls_error.h"

namespace sorrel::net {

std::string take_tls_error() {
  const unsigned long code = ::ERR_get_error();
  ::ERR_clear_error();
  if (code == 0) {
    return "unknown error";
  }
  if (ERR_SYSTEM_ERROR(code)) {
    return std::generic_category().message(ERR_GET_REASON(code));
  }
  const char* const reason = ::ERR_reason_error_string(code);
  return reason != nullptr ? reason : "error " + std::to_string(code);
}

namespace {

template <auto kFree>
struct FreedBy {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using File = std::unique_ptr<BIO, FreedBy<&::BIO_free>>;
using Key = std::unique_ptr<EVP_PKEY, FreedBy<&::EVP_PKEY_free>>;
using Handle = std::unique_ptr<SSL_CTX, FreedBy<&::SSL_CTX_free>>;

std::string bad_file(std::string_view option, const std::string& file) {
  return std::string(option) + " '" + file + "': " + take_tls_error();
}

std::string use_certificate(SSL_CTX* context, std::string_view option, const std::string& file) {
  if (file.empty()) {
    return std::string(option) + " is not set";
  }
  return ::SSL_CTX_use_certificate_chain_file(context, file.c_str()) == 1 ? std::string()
                                                                          : bad_file(option, file);
}

struct PasswordRequest {
  const std::string& password;
  bool asked = false;
};

// OpenSSL's pem_password_cb. It is always given: without one OpenSSL would ask at the terminal.
int give_password(char* target, int size, int, void* user) {
  auto& request = *static_cast<PasswordRequest*>(user);
  request.asked = true;
  const std::size_t length = request.password.size();
  if (length == 0 || length > static_cast<std::size_t>(size)) {
    return -1;
  }
  std::copy_n(request.password.data(), length, target);
  return static_cast<int>(length);
}

std::string use_key(SSL_CTX* context, std::string_view option, const std::string& file,
                    const std::string& password) {
  if (file.empty()) {
    return std::string(option) + " is not set";
  }
  const File source(::BIO_new_file(file.c_str(), "r"));
  if (source == nullptr) {
    return bad_file(option, file);
  }
  PasswordRequest request{password};
  const Key key(::PEM_read_bio_PrivateKey(source.get(), nullptr, &give_password, &request));
  if (key == nullptr && request.asked) {
    ::ERR_clear_error();
    return std::string(option) + " '" + file + "': it is encrypted, and " + std::string(option) +
           (password.empty() ? "-pass is not set" : "-pass does not open it");
  }
  if (key == nullptr || ::SSL_CTX_use_PrivateKey(context, key.get()) != 1 ||
      ::SSL_CTX_check_private_key(context) != 1) {
    return bad_file(option, file);
  }
  return {};
}

std::string trust(SSL_CTX* context, const TlsSettings& settings) {
  const auto or_null = [](const std::string& text) {
    return text.empty() ? nullptr : text.c_str();
  };
  const char* const file = or_null(settings.ca_cert_file);
  const char* const directory = or_null(settings.ca_cert_dir);
  if (file != nullptr && ::SSL_CTX_load_verify_file(context, file) != 1) {
    return bad_file("tls-ca-cert-file", settings.ca_cert_file);
  }
  if (directory != nullptr && ::SSL_CTX_load_verify_dir(context, directory) != 1) {
    return bad_file("tls-ca-cert-dir", settings.ca_cert_dir);
  }
  return {};
}

struct Protocol {
  std::string_view name;
  int version;
  std::uint64_t off;
};
constexpr Protocol kProtocols[] = {{"TLSv1", TLS1_VERSION, SSL_OP_NO_TLSv1},
                                   {"TLSv1.1", TLS1_1_VERSION, SSL_OP_NO_TLSv1_1},
                                   {"TLSv1.2", TLS1_2_VERSION, SSL_OP_NO_TLSv1_2},
                                   {"TLSv1.3", TLS1_3_VERSION, SSL_OP_NO_TLSv1_3}};

// The range is set, too, because the system's own configuration of OpenSSL may have narrowed it.
std::string choose_protocols(SSL_CTX* context, const std::string& text) {
  const auto words = base::split_quoted(text.empty() ? "TLSv1.2 TLSv1.3" : text);
  std::uint64_t off = 0;
  int least = 0;
  int most = 0;
  std::size_t known = 0;
  for (const Protocol& protocol : kProtocols) {
    const auto count = !words ? 0 : std::count_if(words->begin(), words->end(), [&](auto& word) {
      return base::equals_ignoring_case(word, protocol.name);
    });
    known += static_cast<std::size_t>(count);
    if (count == 0) {
      off |= protocol.off;
      continue;
    }
    least = least == 0 ? protocol.version : least;
    most = protocol.version;
  }
  if (least == 0 || known != words->size()) {
    return "tls-protocols '" + text + "': known are TLSv1, TLSv1.1, TLSv1.2 and TLSv1.3";
  }
  ::SSL_CTX_set_options(context, off);
  ::SSL_CTX_set_min_proto_version(context, least);
  ::SSL_CTX_set_max_proto_version(context, most);
  return {};
}

std::string choose_ciphers(SSL_CTX* context, const TlsSettings& settings) {
  if (!settings.ciphers.empty() &&
      ::SSL_CTX_set_cipher_list(context, settings.ciphers.c_str()) != 1) {
    return bad_file("tls-ciphers", settings.ciphers);
  }
  if (!settings.ciphersuites.empty() &&
      ::SSL_CTX_set_ciphersuites(context, settings.ciphersuites.c_str()) != 1) {
    return bad_file("tls-ciphersuites", settings.ciphersuites);
  }
  return {};
}

std::string use_dh_parameters(SSL_CTX* context, const std::string& file) {
  if (file.empty()) {
    ::SSL_CTX_set_dh_auto(context, 1);
    return {};
  }
  const File source(::BIO_new_file(file.c_str(), "r"));
  Key parameters(source == nullptr ? nullptr : ::PEM_read_bio_Parameters(source.get(), nullptr));
  if (parameters == nullptr || ::SSL_CTX_set0_tmp_dh_pkey(context, parameters.get()) != 1) {
    return bad_file("tls-dh-params-file", file);
  }
  static_cast<void>(parameters.release());  // the context has it
  return {};
}

void cache_sessions(SSL_CTX* context, const TlsSettings& settings) {
  static constexpr unsigned char kName[] = "sorrel";
  if (!settings.session_caching) {
    ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    ::SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    ::SSL_CTX_set_num_tickets(context, 0);
    return;
  }
  ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER);
  ::SSL_CTX_sess_set_cache_size(context, static_cast<long>(settings.session_cache_size));
  ::SSL_CTX_set_timeout(context, static_cast<long>(settings.session_cache_timeout_s));
  ::SSL_CTX_set_session_id_context(context, kName, sizeof kName - 1);
}

std::string verify_clients(SSL_CTX* context, const TlsSettings& settings) {
  const auto wanted = static_cast<ClientCertificates>(settings.auth_clients);
  if (wanted == ClientCertificates::kNone) {
    ::SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
    return {};
  }
  if (settings.ca_cert_file.empty() && settings.ca_cert_dir.empty()) {
    return "tls-auth-clients asks for certificates, and neither tls-ca-cert-file nor "
           "tls-ca-cert-dir is set";
  }
  const int must = wanted == ClientCertificates::kRequired ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
  ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER | must, nullptr);
  return {};
}

Handle new_handle(const SSL_METHOD* method) {
  ::ERR_clear_error();
  Handle handle(::SSL_CTX_new(method));
  if (handle != nullptr) {
    ::SSL_CTX_set_options(handle.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                            SSL_OP_IGNORE_UNEXPECTED_EOF);
    ::SSL_CTX_set_mode(handle.get(), SSL_MODE_RELEASE_BUFFERS);
    ::SSL_CTX_set_read_ahead(handle.get(), 1);
  }
  return handle;
}

std::string configure_server(SSL_CTX* context, const TlsSettings& settings) {
  std::string error = use_certificate(context, "tls-cert-file", settings.cert_file);
  const auto then = [&](auto step) { error = error.empty() ? step() : error; };
  then([&] { return use_key(context, "tls-key-file", settings.key_file, settings.key_file_pass); });
  then([&] { return trust(context, settings); });
  then([&] { return verify_clients(context, settings); });
  then([&] { return choose_protocols(context, settings.protocols); });
  then([&] { return choose_ciphers(context, settings); });
  then([&] { return use_dh_parameters(context, settings.dh_params_file); });
  cache_sessions(context, settings);
  if (settings.prefer_server_ciphers) {
    ::SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
  }
  return error;
}

// Without a certificate of its own a client shows none.
std::string use_client_certificate(SSL_CTX* context, const TlsSettings& settings) {
  if (!settings.client_cert_file.empty()) {
    std::string error = use_certificate(context, "tls-client-cert-file", settings.client_cert_file);
    return !error.empty() ? error
                          : use_key(context, "tls-client-key-file", settings.client_key_file,
                                    settings.client_key_file_pass);
  }
  if (settings.cert_file.empty()) {
    return {};
  }
  std::string error = use_certificate(context, "tls-cert-file", settings.cert_file);
  return !error.empty()
             ? error
             : use_key(context, "tls-key-file", settings.key_file, settings.key_file_pass);
}

std::string configure_client(SSL_CTX* context, const TlsSettings& settings) {
  std::string error = use_client_certificate(context, settings);
  error = error.empty() ? trust(context, settings) : error;
  error = error.empty() ? choose_protocols(context, settings.protocols) : error;
  error = error.empty() ? choose_ciphers(context, settings) : error;
  if (settings.ca_cert_file.empty() && settings.ca_cert_dir.empty()) {
    ::SSL_CTX_set_default_verify_paths(context);
  }
  ::SSL_CTX_set_verify(context, settings.verify_server ? SSL_VERIFY_PEER : SSL_VERIFY_NONE,
                       nullptr);
  return error;
}

TlsContext::Made make(const SSL_METHOD* method, const TlsSettings& settings,
                      std::string (*configure)(SSL_CTX*, const TlsSettings&)) {
  Handle handle = new_handle(method);
  if (handle == nullptr) {
    return {nullptr, take_tls_error()};
  }
  if (std::string error = configure(handle.get(), settings); !error.empty()) {
    return {nullptr, std::move(error)};
  }
  ::ERR_clear_error();
  return {std::make_shared<TlsContext>(handle.release()), {}};
}

}  // namespace

TlsContext::Made TlsContext::for_server(const TlsSettings& settings) {
  return make(::TLS_server_method(), settings, &configure_server);
}

TlsContext::Made TlsContext::for_client(const TlsSettings& settings) {
  return make(::TLS_client_method(), settings, &configure_client);
}

TlsContext::~TlsContext() { ::SSL_CTX_free(handle_); }

std::string TlsContext::certificate_serial() const {
  const X509* const certificate = ::SSL_CTX_get0_certificate(handle_);
  const ASN1_INTEGER* const serial = ::X509_get0_serialNumber(certificate);
  const std::unique_ptr<BIGNUM, FreedBy<&::BN_free>> number(::ASN1_INTEGER_to_BN(serial, nullptr));
  char* const digits = number == nullptr ? nullptr : ::BN_bn2hex(number.get());
  std::string text = digits == nullptr ? "" : digits;
  ::OPENSSL_free(digits);
  return text;
}

std::int64_t TlsContext::certificate_expires_in_s() const {
  constexpr std::int64_t kDay = 86'400;
  int days = 0;
  int seconds = 0;
  const X509* const certificate = ::SSL_CTX_get0_certificate(handle_);
  ::ASN1_TIME_diff(&days, &seconds, nullptr, ::X509_get0_notAfter(certificate));
  return days * kDay + seconds;
}

}  // namespace sorrel::net
