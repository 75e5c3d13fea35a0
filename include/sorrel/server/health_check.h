// SPDX-License-Identifier: BSD-3-Clause
//
// `sorrel healthcheck [--host H] [--port P] [--socket PATH] [--password X] [--timeout SECONDS]
// [--tls [--cacert FILE] [--cacertdir DIR] [--cert FILE --key FILE] [--insecure]]`: one PING to a
// running server, for containers and supervisors. The password may also come from the environment:
// SORREL_PASSWORD, or REDISCLI_AUTH as redis-cli reads it. The options of TLS are redis-cli's, too:
// the server's certificate is verified by its authority, not by its name.
#pragma once

#include <string>
#include <vector>

namespace sorrel::server {

// Returns: 0 only when the server answered PONG; 1 otherwise (no answer, NOAUTH, LOADING ...), with
// one line on standard error; 2 for unusable arguments.
int health_check(const std::vector<std::string>& arguments);

}  // namespace sorrel::server
