// SPDX-License-Identifier: BSD-3-Clause
//
// The disk through system calls. Interrupted calls are repeated; every other failure is handed up.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include <sorrel/persist/disk.h>

namespace sorrel::persist {
namespace {

template <class Call>
auto retry(Call&& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) {
    result = call();
  }
  return result;
}

class SystemFile final : public File {
 public:
  SystemFile(int descriptor, off_t end) : descriptor_(descriptor), position_(end) {}
  ~SystemFile() override { ::close(descriptor_); }
  SystemFile(const SystemFile&) = delete;
  SystemFile& operator=(const SystemFile&) = delete;

  std::int64_t write(std::string_view bytes) override {
    const ssize_t done =
        retry([&] { return ::pwrite(descriptor_, bytes.data(), bytes.size(), position_); });
    if (done < 0) {
      return -errno;
    }
    position_ += done;
    return done;
  }
  void seek(std::uint64_t offset) override { position_ = static_cast<off_t>(offset); }
  std::int64_t read(std::span<char> bytes) override {
    const ssize_t done =
        retry([&] { return ::pread(descriptor_, bytes.data(), bytes.size(), reading_); });
    if (done < 0) {
      return -errno;
    }
    reading_ += done;
    return done;
  }
  void read_from(std::uint64_t offset) override { reading_ = static_cast<off_t>(offset); }
  int sync() override {
    return retry([&] { return ::fdatasync(descriptor_); }) < 0 ? errno : 0;
  }
  int descriptor() const { return descriptor_; }
  int truncate(std::uint64_t size) override {
    const auto length = static_cast<off_t>(size);
    if (retry([&] { return ::ftruncate(descriptor_, length); }) < 0) {
      return errno;
    }
    position_ = length;
    return 0;
  }

 private:
  int descriptor_;
  off_t position_;  // of writing
  off_t reading_ = 0;
};

class SystemDisk final : public Disk {
 public:
  std::unique_ptr<File> open_for_append(const std::string& path, int& error) override {
    return open(path, O_RDWR | O_CREAT, error);
  }
  std::unique_ptr<File> open_for_read(const std::string& path, int& error) override {
    return open(path, O_RDONLY, error);
  }
  bool exists(const std::string& path) override {
    return ::access(path.c_str(), F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
  }
  int list(const std::string& path, std::vector<std::string>& names) override {
    names.clear();
    std::error_code error;
    for (std::filesystem::directory_iterator entry(path, error), end; !error && entry != end;
         entry.increment(error)) {
      names.push_back(entry->path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return error == std::errc::no_such_file_or_directory ? 0 : error.value();
  }
  std::int64_t size(const std::string& path) override {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? static_cast<std::int64_t>(status.st_size) : -1;
  }
  std::int64_t modified_ms(const std::string& path) override {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0
               ? std::int64_t{status.st_mtim.tv_sec} * 1000 + status.st_mtim.tv_nsec / 1'000'000
               : 0;
  }
  int make_directory(const std::string& path) override {
    return ::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST ? 0 : errno;
  }
  int rename(const std::string& from, const std::string& to) override {
    return std::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
  }
  int remove(const std::string& path) override { return ::unlink(path.c_str()) == 0 ? 0 : errno; }
  std::unique_ptr<File> lock_directory(const std::string& path, int& error) override {
    auto directory = open(path, O_RDONLY | O_DIRECTORY, error);
    if (directory != nullptr &&
        retry([&] { return ::flock(directory->descriptor(), LOCK_EX | LOCK_NB); }) < 0) {
      error = errno == EWOULDBLOCK ? EWOULDBLOCK : 0;
      directory.reset();
    }
    return directory;
  }
  int sync_directory(const std::string& path) override {
    int error = 0;
    const auto directory = open(path, O_RDONLY | O_DIRECTORY, error);
    return directory == nullptr ? error : directory->sync();
  }

 private:
  static std::unique_ptr<SystemFile> open(const std::string& path, int flags, int& error) {
    const int descriptor = retry([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0644); });
    if (descriptor < 0) {
      error = errno;
      return nullptr;
    }
    error = 0;
    struct stat status {};
    const off_t end = ::fstat(descriptor, &status) == 0 ? status.st_size : 0;
    return std::make_unique<SystemFile>(descriptor, end);
  }
};

}  // namespace

std::int64_t Disk::modified_ms(const std::string& /*path*/) { return 0; }

std::unique_ptr<File> Disk::lock_directory(const std::string& /*path*/, int& error) {
  error = 0;
  return nullptr;
}

std::unique_ptr<Disk> make_disk() { return std::make_unique<SystemDisk>(); }

int read_file(Disk& disk, const std::string& path, std::string& content) {
  int error = 0;
  const auto file = disk.open_for_read(path, error);
  if (file == nullptr) {
    return error;
  }
  content.clear();
  char chunk[16 * 1024];
  for (;;) {
    const std::int64_t got = file->read(chunk);
    if (got < 0) {
      return static_cast<int>(-got);
    }
    if (got == 0) {
      return 0;
    }
    content.append(chunk, static_cast<std::size_t>(got));
  }
}

std::string read_head(Disk& disk, const std::string& path) {
  int error = 0;
  const auto file = disk.open_for_read(path, error);
  char bytes[64];
  const std::int64_t got = file == nullptr ? 0 : file->read(bytes);
  return {bytes, static_cast<std::size_t>(std::max<std::int64_t>(got, 0))};
}

std::unique_ptr<File> create_file(Disk& disk, const std::string& path, int& error) {
  disk.remove(path);
  auto file = disk.open_for_append(path, error);
  if (file != nullptr && disk.size(path) != 0) {
    error = file->truncate(0);
  }
  return error == 0 ? std::move(file) : nullptr;
}

int write_file(Disk& disk, const std::string& path, std::string_view content) {
  int error = 0;
  const auto file = create_file(disk, path, error);
  if (file == nullptr) {
    return error;
  }
  while (!content.empty()) {
    const std::int64_t done = file->write(content);
    if (done <= 0) {
      return done == 0 ? ENOSPC : static_cast<int>(-done);
    }
    content.remove_prefix(static_cast<std::size_t>(done));
  }
  return file->sync();
}

int replace_file(Disk& disk, const std::string& directory, const std::string& name,
                 std::string_view content) {
  const std::string temporary = directory + "/temp_" + name;
  int error = write_file(disk, temporary, content);
  if (error == 0) {
    error = disk.rename(temporary, directory + "/" + name);
  }
  return error == 0 ? disk.sync_directory(directory) : error;
}

}  // namespace sorrel::persist
