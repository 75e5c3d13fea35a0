// SPDX-License-Identifier: BSD-3-Clause
//
// The files of src/server/web, built into the program (src/server/web/embed.cmake). Constants; any
// thread.
#pragma once

#include <span>
#include <string_view>

namespace sorrel::server {

struct WebFile {
  std::string_view path;  // as it is asked for
  std::string_view content_type;
  std::string_view content;
};

std::span<const WebFile> web_files();

}  // namespace sorrel::server
