// SPDX-License-Identifier: BSD-3-Clause
//
// The kernel shows as a process's command line what stands in the memory where it put the words of
// that line. Behind them lie those of the environment, so that both together are the room for a
// title once the environment has moved elsewhere. Linux only, as the rest of the server.
#include "process_title.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include <sorrel/base/text.h>
#include <sorrel/server/server.h>

namespace sorrel::server {
namespace {

// The memory of the command line belongs to the process, so there is one of these.
std::span<char>& room() {
  static std::span<char> bytes;
  return bytes;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace

void adopt_command_line(int argc, char** argv) {
  static std::vector<std::string> kept;
  static std::vector<char*> pointers;
  char* end = argv[0];
  const auto follow = [&](char* word) {
    if (word == end) {
      end += std::strlen(word) + 1;
    }
  };
  std::for_each(argv, argv + argc, follow);
  for (char** entry = environ; *entry != nullptr; ++entry) {
    follow(*entry);
    kept.emplace_back(*entry);
  }
  pointers.reserve(kept.size() + 1);
  for (std::string& entry : kept) {
    pointers.push_back(entry.data());
  }
  pointers.push_back(nullptr);
  environ = pointers.data();
  room() = {argv[0], end};
}

std::optional<std::string> expand_title(std::string_view text, const ProcessFacts& facts) {
  const std::array<std::pair<std::string_view, const std::string*>, 7> names = {
      {{"title", &facts.title},
       {"listen-addr", &facts.listening_at},
       {"server-mode", &facts.server_mode},
       {"port", &facts.port},
       {"tls-port", &facts.tls_port},
       {"unixsocket", &facts.unix_socket},
       {"config-file", &facts.config_file}}};
  std::string title;
  while (!text.empty()) {
    const std::size_t open = std::min(text.find('{'), text.size());
    title.append(text.substr(0, open));
    text.remove_prefix(open);
    if (text.empty()) {
      break;
    }
    const std::size_t close = text.find('}');
    const auto fact = std::find_if(names.begin(), names.end(), [&](const auto& entry) {
      return close != std::string_view::npos && text.substr(1, close - 1) == entry.first;
    });
    if (fact == names.end()) {
      return std::nullopt;
    }
    title.append(*fact->second);
    text.remove_prefix(close + 1);
  }
  std::string result(trimmed(title));
  return result.empty() ? std::nullopt : std::optional(std::move(result));
}

void show_process_title(std::string_view title) {
  const std::span<char> bytes = room();
  if (bytes.empty()) {
    return;
  }
  const std::size_t length = std::min(title.size(), bytes.size() - 1);
  std::copy_n(title.data(), length, bytes.data());
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(length), bytes.end(), '\0');
}

}  // namespace sorrel::server
