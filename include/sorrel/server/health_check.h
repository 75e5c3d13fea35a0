// SPDX-License-Identifier: BSD-3-Clause
//
// `sorrel healthcheck [--host H] [--port P] [--socket PATH] [--password X] [--timeout SECONDS]`:
// one PING to a running server, for containers and supervisors. The password may also come from the
// environment: SORREL_PASSWORD, or REDISCLI_AUTH as redis-cli reads it.
#pragma once

#include <string>
#include <vector>

namespace sorrel::server {

// Returns: 0 only when the server answered PONG; 1 otherwise (no answer, NOAUTH, LOADING ...), with
// one line on standard error; 2 for unusable arguments.
int health_check(const std::vector<std::string>& arguments);

}  // namespace sorrel::server
