// SPDX-License-Identifier: BSD-3-Clause
//
// The copy is durable before the file is replaced, and the new content before it gets the name.
#include "file_repair.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

namespace sorrel::persist {
namespace {

constexpr std::size_t kPiece = 256 * 1024;

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

int write_all(File& file, std::string_view bytes) {
  while (!bytes.empty()) {
    const std::int64_t done = file.write(bytes);
    if (done <= 0) {
      return done == 0 ? ENOSPC : static_cast<int>(-done);
    }
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
  return 0;
}

// Writes to `to` what `from` holds outside of the ranges.
int copy_without(Disk& disk, const std::string& from, const std::string& to,
                 const std::vector<FileRange>& ranges) {
  int error = 0;
  const auto source = disk.open_for_read(from, error);
  if (source == nullptr) {
    return error;
  }
  const auto target = create_file(disk, to, error);
  if (target == nullptr) {
    return error;
  }
  std::vector<char> piece(kPiece);
  std::uint64_t offset = 0;
  std::size_t next = 0;
  while (error == 0) {
    if (next < ranges.size() && offset >= ranges[next].begin) {
      offset = std::max(offset, ranges[next].end);
      source->read_from(offset);
      if (ranges[next++].end == UINT64_MAX) {
        break;
      }
      continue;
    }
    const std::uint64_t until = next < ranges.size() ? ranges[next].begin : UINT64_MAX;
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, until - offset));
    const std::int64_t got = source->read(std::span<char>(piece).first(size));
    if (got <= 0) {
      error = static_cast<int>(-got);
      break;
    }
    error = write_all(*target, {piece.data(), static_cast<std::size_t>(got)});
    offset += static_cast<std::uint64_t>(got);
  }
  return error == 0 ? target->sync() : error;
}

}  // namespace

int copy_file(Disk& disk, const std::string& from, const std::string& to) {
  const int error = copy_without(disk, from, to, {});
  return error == 0 ? disk.sync_directory(directory_of(to)) : error;
}

std::string backup_path(Disk& disk, const std::string& path) {
  std::string backup = path + ".bak";
  for (int number = 1; disk.exists(backup) && number < 10'000; ++number) {
    backup = path + ".bak." + std::to_string(number);
  }
  return backup;
}

RepairedFile remove_ranges(Disk& disk, const std::string& path,
                           const std::vector<FileRange>& ranges) {
  RepairedFile done;
  done.backup = backup_path(disk, path);
  const std::string temporary = path + ".repaired";
  int error = copy_file(disk, path, done.backup);
  error = error == 0 ? copy_without(disk, path, temporary, ranges) : error;
  error = error == 0 ? disk.rename(temporary, path) : error;
  error = error == 0 ? disk.sync_directory(directory_of(path)) : error;
  if (error != 0) {
    done.error = "Can't repair " + path + ": " + std::generic_category().message(error);
  }
  return done;
}

}  // namespace sorrel::persist
