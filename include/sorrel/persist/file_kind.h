// SPDX-License-Identifier: BSD-3-Clause
//
// What a file is that should be a log or a snapshot, told from its first bytes, so that an error
// can name it: a compressed backup, another server's file, a log where a snapshot was meant. Pure.
#pragma once

#include <string>
#include <string_view>

namespace sorrel::persist {

// `head`: the first bytes of the file, 64 are enough. Returns: a phrase that ends a sentence which
// begins with "it is", as "a gzip file", or nothing when the bytes say nothing.
std::string describe_file(std::string_view head);

}  // namespace sorrel::persist
