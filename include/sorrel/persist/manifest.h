// SPDX-License-Identifier: BSD-3-Clause
//
// The manifest of a multi-part append-only log: which files make up the data, in order. The format
// is that of Redis 7 ("Multi Part AOF"), one line a file:
//
//   file appendonly.aof.1.base.rdb seq 1 type b
//   file appendonly.aof.1.incr.aof seq 1 type i
//
// type b: at most one base, loaded first; i: increments in ascending order; h: history, to be
// deleted. Lines that begin with # are annotations. A name with blanks stands in quotes. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sorrel::persist {

struct ManifestEntry {
  std::string name;
  std::int64_t sequence = 0;
  char type = 'i';  // 'b', 'i' or 'h'

  friend bool operator==(const ManifestEntry&, const ManifestEntry&) = default;
};

struct Manifest {
  std::vector<ManifestEntry> entries;
  // The log was switched off: what was changed since then is not in it. The line is #LEFT, which
  // Redis passes over.
  bool left = false;

  const ManifestEntry* base() const;
  // In the order of loading.
  std::vector<const ManifestEntry*> increments() const;
  std::int64_t last_increment() const;

  friend bool operator==(const Manifest&, const Manifest&) = default;
};

struct ParsedManifest {
  Manifest manifest;
  std::string error;  // empty, or what is wrong, with the line
};

// Keys that are not known are passed over, as Redis does, for the sake of later versions.
// Errors (texts that begin as Redis' do): an unknown type, a missing field, a blank line, a name
// with a path in it, two bases, increments out of order, a name twice, a line of more than a
// kilobyte, a last line without its end, an empty manifest.
ParsedManifest parse_manifest(std::string_view text);
// One line for each entry, in their order. Redis writes the base first, then history, the latest
// first, then increments.
std::string format_manifest(const Manifest& manifest);

}  // namespace sorrel::persist
