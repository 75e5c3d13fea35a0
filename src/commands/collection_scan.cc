// SPDX-License-Identifier: BSD-3-Clause
//
// Parsing for the commands that iterate over a collection. One thread.
#include "collection_scan.h"

#include <cerrno>
#include <cstdlib>
#include <string>

#include <sorrel/exec/argument_reader.h>

namespace sorrel::commands {

namespace errors = exec::errors;

std::optional<std::uint64_t> parse_scan_cursor(std::string_view text) {
  if (const auto plain = base::parse_unsigned(text)) return plain;
  if (base::parse_integer(text) || text.empty()) return std::nullopt;
  const std::string terminated(text);
  char* stop = nullptr;
  errno = 0;
  const unsigned long long value = std::strtoull(terminated.c_str(), &stop, 10);
  if (errno != 0 || stop == terminated.c_str() || *stop != '\0') return std::nullopt;
  return value;
}

base::Result<ScanOptions> parse_scan_options(const exec::Context& context,
                                             std::string_view names_only) {
  ScanOptions options;
  exec::ArgumentReader read(context, 3);
  while (read.more()) {
    if (read.word_with("COUNT", 1)) {
      const std::int64_t count = read.integer();
      if (read.ok() && count < 1) read.fail(errors::kSyntax);
      options.count = static_cast<std::uint64_t>(count);
    } else if (read.word_with("MATCH", 1)) {
      options.pattern = read.text();
    } else if (!names_only.empty() && read.word(names_only)) {
      options.names_only = true;
    } else if (read.word("NOVALUES")) {
      read.fail(errors::kNoValuesNotHash);
    } else {
      read.fail(errors::kSyntax);
    }
  }
  if (!read.ok()) return read.error();
  return options;
}

void reply_scan_header(exec::Context& context, std::uint64_t cursor) {
  char text[base::kMaxIntegerText];
  context.reply.array(2);
  context.reply.bulk({text, base::format_unsigned(cursor, text)});
}

}  // namespace sorrel::commands
