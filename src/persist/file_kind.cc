// SPDX-License-Identifier: BSD-3-Clause
//
// Signatures as their formats' documents give them.
#include <algorithm>
#include <array>

#include <sorrel/persist/file_kind.h>

namespace sorrel::persist {
namespace {

struct Signature {
  std::string_view bytes;
  std::string_view what;
};

constexpr std::array kSignatures{
    Signature{"REDIS", "a snapshot in RDB format"},
    Signature{"VALKEY", "a snapshot in Valkey's RDB format"},
    Signature{"\x1f\x8b", "a gzip file; decompress it first"},
    Signature{"PK\x03\x04", "a zip archive; unpack it first"},
    Signature{"\x28\xb5\x2f\xfd", "a zstd file; decompress it first"},
    Signature{"BZh", "a bzip2 file; decompress it first"},
    Signature{"\xfd"
              "7zXZ",
              "an xz file; decompress it first"},
    Signature{"\x04\x22\x4d\x18", "an lz4 file; decompress it first"},
    Signature{"SQLite format 3", "an SQLite database"},
    Signature{"\x7f"
              "ELF",
              "a program"},
    Signature{"file ", "a manifest of an append only log"},
    Signature{"*", "a log of commands"},
    Signature{"#TS:", "a log of commands"},
    Signature{"#CRC:", "a log of commands"},
    Signature{"{", "a text, perhaps JSON"},
    Signature{"<", "a text, perhaps XML"},
};

}  // namespace

std::string describe_file(std::string_view head) {
  if (head.empty()) {
    return "empty";
  }
  const auto* const place =
      std::find_if(kSignatures.begin(), kSignatures.end(),
                   [&](const Signature& known) { return head.starts_with(known.bytes); });
  if (place != kSignatures.end()) {
    return std::string(place->what);
  }
  if (head.find_first_not_of('\0') == std::string_view::npos) {
    return "all zeros at its front, as a file is that was never written";
  }
  const bool text = std::all_of(head.begin(), head.end(), [](char c) {
    return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t';
  });
  return text ? "a text" : "";
}

}  // namespace sorrel::persist
