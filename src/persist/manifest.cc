// SPDX-License-Identifier: BSD-3-Clause
//
// Reading is strict, for a manifest that is read wrongly loses data: whatever is not understood is
// an error that names itself.
#include <algorithm>

#include <sorrel/base/numbers.h>
#include <sorrel/base/text.h>
#include <sorrel/persist/manifest.h>

namespace sorrel::persist {
namespace {

using base::Error;

constexpr Error kMalformed{"ERR", "a line is not of the form 'file NAME seq NUMBER type b|h|i'"};
constexpr Error kPathInName{"ERR", "a file name contains a path"};
constexpr Error kTwoBases{"ERR", "there is more than one base file"};
constexpr Error kOutOfOrder{"ERR", "the sequence numbers of increments do not ascend"};
constexpr Error kNameTwice{"ERR", "it names a file twice"};
constexpr Error kCutShort{"ERR", "its last line is cut short"};
constexpr Error kEmpty{"ERR", "it names no file"};

base::Result<ManifestEntry> parse_line(std::string_view line) {
  const auto words = base::split_quoted(line);
  if (!words || words->size() < 6 || words->size() % 2 != 0) {
    return kMalformed;
  }
  ManifestEntry entry;
  entry.type = '\0';
  for (std::size_t i = 0; i < words->size(); i += 2) {
    const std::string& value = (*words)[i + 1];
    if (base::equals_ignoring_case((*words)[i], "file")) {
      entry.name = value;
    } else if (base::equals_ignoring_case((*words)[i], "seq")) {
      entry.sequence = base::parse_integer(value).value_or(0);
    } else if (base::equals_ignoring_case((*words)[i], "type")) {
      entry.type = value == "b" || value == "h" || value == "i" ? value[0] : '\0';
    }
    // Redis allows further keys for later versions.
  }
  if (entry.name.empty() || entry.sequence <= 0 || entry.type == '\0') {
    return kMalformed;
  }
  if (entry.name.find('/') != std::string::npos || entry.name == "." || entry.name == "..") {
    return kPathInName;
  }
  return entry;
}

}  // namespace

const ManifestEntry* Manifest::base() const {
  const auto place = std::find_if(entries.begin(), entries.end(),
                                  [](const ManifestEntry& entry) { return entry.type == 'b'; });
  return place == entries.end() ? nullptr : &*place;
}

std::vector<const ManifestEntry*> Manifest::increments() const {
  std::vector<const ManifestEntry*> found;
  for (const ManifestEntry& entry : entries) {
    if (entry.type == 'i') {
      found.push_back(&entry);
    }
  }
  return found;
}

std::int64_t Manifest::last_increment() const {
  const auto found = increments();
  return found.empty() ? 0 : found.back()->sequence;
}

base::Result<Manifest> parse_manifest(std::string_view text) {
  Manifest manifest;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      return kCutShort;
    }
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (!line.empty() && line.back() == '\r') {
      line.remove_suffix(1);
    }
    if (line.empty() || line.front() == '#') {
      continue;
    }
    auto entry = parse_line(line);
    if (!entry) {
      return entry.error();
    }
    if (entry->type == 'b' && manifest.base() != nullptr) {
      return kTwoBases;
    }
    if (entry->type == 'i' && entry->sequence <= manifest.last_increment()) {
      return kOutOfOrder;
    }
    if (std::any_of(manifest.entries.begin(), manifest.entries.end(),
                    [&](const ManifestEntry& other) { return other.name == entry->name; })) {
      return kNameTwice;
    }
    manifest.entries.push_back(*std::move(entry));
  }
  if (manifest.entries.empty()) {
    return kEmpty;
  }
  return manifest;
}

std::string format_manifest(const Manifest& manifest) {
  std::string text;
  for (const ManifestEntry& entry : manifest.entries) {
    const bool plain = std::all_of(entry.name.begin(), entry.name.end(), [](char c) {
      return c > ' ' && c <= '~' && c != '"' && c != '\'' && c != '\\';
    });
    text += "file " + (plain ? entry.name : base::quote(entry.name)) + " seq " +
            std::to_string(entry.sequence) + " type " + entry.type + "\n";
  }
  return text;
}

}  // namespace sorrel::persist
