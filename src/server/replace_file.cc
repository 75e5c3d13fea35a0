// SPDX-License-Identifier: BSD-3-Clause
//
// The temporary file, and what has to be made durable.
#include "replace_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

namespace sorrel::server {
namespace {

// A file that is closed and, unless it was renamed, removed at the end.
class TemporaryFile {
 public:
  TemporaryFile(std::string path, mode_t mode)
      : path_(std::move(path)),
        descriptor_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)) {
    if (descriptor_ >= 0 && ::fchmod(descriptor_, mode) != 0) {
      failure_ = errno;
    }
  }
  ~TemporaryFile() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
      if (!renamed_) {
        ::unlink(path_.c_str());
      }
    }
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  // Returns: 0 or errno.
  int write(std::string_view text) {
    if (descriptor_ < 0) {
      return errno;
    }
    while (failure_ == 0 && !text.empty()) {
      const ssize_t written = ::write(descriptor_, text.data(), text.size());
      if (written >= 0) {
        text.remove_prefix(static_cast<std::size_t>(written));
      } else if (errno != EINTR) {
        failure_ = errno;
      }
    }
    return failure_ != 0 ? failure_ : (::fsync(descriptor_) != 0 ? errno : 0);
  }
  int rename_to(const std::string& path) {
    renamed_ = std::rename(path_.c_str(), path.c_str()) == 0;
    return renamed_ ? 0 : errno;
  }

 private:
  std::string path_;
  int descriptor_;
  int failure_ = 0;
  bool renamed_ = false;
};

void sync_directory(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor >= 0) {
    ::fsync(descriptor);
    ::close(descriptor);
  }
}

}  // namespace

int replace_file(const std::string& name, std::string_view text) {
  std::error_code unresolved;
  const auto real = std::filesystem::weakly_canonical(name, unresolved);
  const std::string path = unresolved ? name : real.string();
  struct stat status {};
  const mode_t mode = ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0600U;
  TemporaryFile file(path + ".rewrite-" + std::to_string(::getpid()), mode);
  int error = file.write(text);
  error = error == 0 ? file.rename_to(path) : error;
  if (error == 0) {
    sync_directory(std::filesystem::path(path).parent_path().string());
  }
  return error;
}

}  // namespace sorrel::server
