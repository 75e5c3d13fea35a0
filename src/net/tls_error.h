// SPDX-License-Identifier: BSD-3-Clause
//
// What OpenSSL has to say about a failure, in one short text.
#pragma once

#include <string>

namespace sorrel::net {

// The first error of this thread's queue, which is nearest to the cause; empties the queue.
std::string take_tls_error();

}  // namespace sorrel::net
