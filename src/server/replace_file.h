// SPDX-License-Identifier: BSD-3-Clause
//
// Writing the files that an operator keeps: the configuration and the users. Blocks; one thread.
#pragma once

#include <string>
#include <string_view>

namespace sorrel::server {

// Either the whole new text is in the file or the old one still is, whatever happens: a temporary
// file beside it is written, synced and renamed. Permissions stay, for it may hold a password, and
// a link is followed. Returns: 0 or errno.
int replace_file(const std::string& name, std::string_view text);

}  // namespace sorrel::server
