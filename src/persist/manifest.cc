// SPDX-License-Identifier: BSD-3-Clause
//
// Reading is strict, for a manifest that is read wrongly loses data: whatever is not understood is
// an error that names itself.
#include <algorithm>
#include <utility>

#include <sorrel/base/numbers.h>
#include <sorrel/base/text.h>
#include <sorrel/persist/manifest.h>

namespace sorrel::persist {
namespace {

constexpr std::size_t kMaxName = 255;  // of a file, as systems have it
// Redis' is 1024. The longest name, each byte of it written as \xNN, needs 1020 for itself, and the
// rest of its line at most 110.
constexpr std::size_t kMaxLine = 1280;
constexpr std::string_view kLeft = "#LEFT";
constexpr const char* kMalformed = "Invalid AOF manifest file format";

struct Line {
  ManifestEntry entry;
  std::string error;
};

Line parse_line(std::string_view line) {
  const auto words = base::split_quoted(line);
  if (!words || words->size() < 6 || words->size() % 2 != 0) {
    return {{}, kMalformed};
  }
  Line parsed;
  ManifestEntry& entry = parsed.entry;
  entry.type = '\0';
  for (std::size_t i = 0; i < words->size(); i += 2) {
    const std::string& value = (*words)[i + 1];
    if (base::equals_ignoring_case((*words)[i], "file")) {
      entry.name = value;
    } else if (base::equals_ignoring_case((*words)[i], "seq")) {
      entry.sequence = base::parse_integer(value).value_or(0);
    } else if (base::equals_ignoring_case((*words)[i], "type")) {
      entry.type = value.size() == 1 ? value[0] : '?';
    }
    // Redis allows further keys for later versions.
  }
  if (entry.name.empty() || entry.sequence <= 0 || entry.type == '\0') {
    parsed.error = kMalformed;
  } else if (entry.name.size() > kMaxName) {
    parsed.error = "The file's name is too long";
  } else if (entry.name.find('/') != std::string::npos || entry.name == "." || entry.name == "..") {
    parsed.error = "File can't be a path, just a filename";
  } else if (entry.type != 'b' && entry.type != 'i' && entry.type != 'h') {
    parsed.error = "Unknown AOF file type";
  }
  return parsed;
}

// What is wrong with the entry beside those before it, or nothing.
std::string contradiction(const Manifest& manifest, const ManifestEntry& entry) {
  if (entry.type == 'b' && manifest.base() != nullptr) {
    return "Found duplicate base file information";
  }
  if (entry.type == 'i' && entry.sequence <= manifest.last_increment()) {
    return "Found a non-monotonic sequence number";
  }
  if (std::any_of(manifest.entries.begin(), manifest.entries.end(),
                  [&](const ManifestEntry& other) { return other.name == entry.name; })) {
    return "Found a file name twice";
  }
  return {};
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

ParsedManifest parse_manifest(std::string_view text) {
  ParsedManifest parsed;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    Line read;
    if (line.size() >= kMaxLine) {
      read.error = "The AOF manifest file contains too long line";
    } else if (end == std::string_view::npos) {
      read.error = std::string(kMalformed) + ": the last line is cut short";
    } else {
      if (!line.empty() && line.back() == '\r') {
        line.remove_suffix(1);
      }
      if (!line.empty() && line.front() == '#') {
        parsed.manifest.left = parsed.manifest.left || line.starts_with(kLeft);
        continue;
      }
      read = parse_line(line);
    }
    if (read.error.empty()) {
      read.error = contradiction(parsed.manifest, read.entry);
    }
    if (!read.error.empty()) {
      parsed.error = read.error + ", at line " + std::to_string(number) + ": " +
                     base::quote(line.substr(0, 128));
      return parsed;
    }
    parsed.manifest.entries.push_back(std::move(read.entry));
  }
  if (parsed.manifest.entries.empty()) {
    parsed.error = "Found an empty AOF manifest";
  }
  return parsed;
}

std::string format_manifest(const Manifest& manifest) {
  std::string text;
  if (manifest.left) {
    text += std::string(kLeft) + " the log was switched off; later changes are not in it\n";
  }
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
