// SPDX-License-Identifier: BSD-3-Clause
//
// What was written and is not durable reaches the disk in the order of writing: at a crash, or a
// failed sync, a random number of its bytes did, so that the last write may be torn anywhere.
#include "support/simulated_disk.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace sorrel::test {
namespace {

std::string parent(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

}  // namespace

class SimulatedFile final : public persist::File {
 public:
  using Inode = SimulatedDisk::Inode;

  SimulatedFile(SimulatedDisk& disk, std::shared_ptr<Inode> inode)
      : disk_(disk), inode_(std::move(inode)), life_(disk.life_), end_(inode_->content.size()) {}

  std::int64_t write(std::string_view bytes) override {
    if (broken()) {
      return -EIO;
    }
    const std::int64_t done = disk_.write(*inode_, end_, bytes);
    end_ += done > 0 ? static_cast<std::uint64_t>(done) : 0;
    return done;
  }
  void seek(std::uint64_t offset) override { end_ = offset; }
  std::int64_t read(std::span<char> bytes) override {
    if (broken()) {
      return -EIO;
    }
    const std::size_t count =
        std::min(bytes.size(), inode_->content.size() - std::min(read_, inode_->content.size()));
    std::copy_n(inode_->content.begin() + static_cast<std::ptrdiff_t>(read_), count, bytes.begin());
    read_ += count;
    return static_cast<std::int64_t>(count);
  }
  void read_from(std::uint64_t offset) override { read_ = offset; }
  int sync() override { return broken() ? EIO : disk_.sync(*inode_); }
  int truncate(std::uint64_t size) override {
    if (broken() || disk_.may_crash()) {
      return EIO;
    }
    inode_->content.resize(size);
    inode_->shortened = true;
    end_ = size;
    return 0;
  }

 private:
  bool broken() const { return disk_.crashed_ || life_ != disk_.life_; }

  SimulatedDisk& disk_;
  std::shared_ptr<Inode> inode_;
  std::uint64_t life_;
  std::uint64_t end_;
  std::size_t read_ = 0;
};

bool SimulatedDisk::may_crash() {
  if (!crashed_ && chance(faults_.crash)) {
    crash();
  }
  return crashed_;
}

void SimulatedDisk::store(Inode& inode, std::uint64_t position, std::string_view bytes) {
  const std::uint64_t end = position + bytes.size();
  if (inode.content.size() < end) {
    inode.content.resize(end);
  }
  inode.content.replace(position, bytes.size(), bytes);
  inode.dirty.push_back({position, end});
}

std::int64_t SimulatedDisk::write(Inode& inode, std::uint64_t position, std::string_view bytes) {
  ++writes_;
  if (may_crash()) {
    return -EIO;
  }
  if (write_error_ != 0 || chance(faults_.write_error)) {
    return write_error_ != 0 ? -write_error_ : -(random_.below(2) == 0 ? EIO : ENOSPC);
  }
  const std::uint64_t new_bytes = position + bytes.size() > inode.content.size()
                                      ? position + bytes.size() - inode.content.size()
                                      : 0;
  if (new_bytes > space_) {
    bytes = bytes.substr(0, bytes.size() - (new_bytes - space_));
    if (bytes.empty()) {
      return -ENOSPC;
    }
  }
  if (chance(faults_.short_write)) {
    bytes = bytes.substr(0, 1 + random_.below(bytes.size()));
  }
  const std::uint64_t before = inode.content.size();
  store(inode, position, bytes);
  space_ -= space_ == UINT64_MAX ? 0 : inode.content.size() - before;
  return may_crash() ? -EIO : static_cast<std::int64_t>(bytes.size());
}

int SimulatedDisk::sync(Inode& inode) {
  if (may_crash()) {
    return EIO;
  }
  if (sync_error_ != 0 || chance(faults_.sync_error)) {
    // Part of it may have reached the disk; the rest counts as clean from now on.
    lose(inode);
    return sync_error_ != 0 ? sync_error_ : EIO;
  }
  ++syncs_;
  if (inode.shortened) {
    inode.durable.resize(std::min(inode.durable.size(), inode.content.size()));
    inode.shortened = false;
  }
  for (const Dirty& range : inode.dirty) {
    const std::uint64_t end = std::min<std::uint64_t>(range.end, inode.content.size());
    if (end > range.begin) {
      inode.durable.resize(std::max<std::size_t>(inode.durable.size(), end));
      inode.durable.replace(range.begin, end - range.begin, inode.content, range.begin,
                            end - range.begin);
    }
  }
  inode.dirty.clear();
  return may_crash() ? EIO : 0;
}

// Blocks that were never written read as zeros when a later one was. One that holds durable bytes
// already comes before those behind it.
void SimulatedDisk::keep_some_blocks(Inode& inode) {
  constexpr std::uint64_t kBlock = 64;
  for (const Dirty& range : std::exchange(inode.dirty, {})) {
    for (std::uint64_t begin = range.begin - range.begin % kBlock; begin < range.end;
         begin += kBlock) {
      const std::uint64_t end = std::min<std::uint64_t>(begin + kBlock, inode.content.size());
      const bool old = begin < inode.durable.size();
      if (end > begin && (old || random_.below(3) != 0)) {
        inode.durable.resize(std::max<std::size_t>(inode.durable.size(), end));
        inode.durable.replace(begin, end - begin, inode.content, begin, end - begin);
      }
    }
  }
}

// Lets a random part of what is not durable reach the disk, and forgets the rest.
void SimulatedDisk::lose(Inode& inode) {
  if (inode.shortened && random_.below(2) == 0) {
    inode.durable.resize(std::min(inode.durable.size(), inode.content.size()));
  }
  inode.shortened = false;
  if (chance(faults_.reorder)) {
    return keep_some_blocks(inode);
  }
  const std::vector<Dirty> dirty = std::exchange(inode.dirty, {});
  std::uint64_t total = 0;
  for (const Dirty& range : dirty) {
    total += range.end - range.begin;
  }
  const std::uint64_t kind = random_.below(4);
  std::uint64_t left = kind == 0 ? 0 : kind == 1 ? total : random_.below(total + 1);
  for (const Dirty& range : dirty) {
    const std::uint64_t end = std::min<std::uint64_t>(range.end, inode.content.size());
    const std::uint64_t length = end > range.begin ? end - range.begin : 0;
    const std::uint64_t kept = std::min(left, length);
    left -= kept;
    if (kept > 0) {
      inode.durable.resize(std::max<std::size_t>(inode.durable.size(), range.begin + kept));
      inode.durable.replace(range.begin, kept, inode.content, range.begin, kept);
    }
  }
  if (left == 0 && inode.durable.size() < inode.content.size() && random_.below(8) == 0) {
    // A block was allocated and not written.
    inode.durable.resize(
        std::min<std::size_t>(inode.content.size(), inode.durable.size() + 1 + random_.below(64)));
  }
}

void SimulatedDisk::change(const Change& change) {
  changes_.push_back(change);
  if (!change.gone.empty()) {
    entries_.erase(change.gone);
  }
  if (!change.path.empty()) {
    entries_[change.path] = change.inode;
  }
}

// Of the changes of directories that are not durable.
void SimulatedDisk::keep_some_changes() {
  const std::uint64_t kind = random_.below(3);
  if (kind != 0) {
    durable_directories_ = directories_;
  }
  for (const Change& change : std::exchange(changes_, {})) {
    const bool kept = kind == 1 || (kind == 2 && random_.below(2) == 0);
    if (!kept) {
      continue;
    }
    if (!change.gone.empty()) {
      durable_entries_.erase(change.gone);
    }
    if (!change.path.empty()) {
      durable_entries_[change.path] = change.inode;
    }
  }
  std::erase_if(durable_entries_, [&](const auto& entry) {
    const std::string directory = parent(entry.first);
    return directory != "." && !durable_directories_.contains(directory);
  });
}

void SimulatedDisk::crash() {
  crashed_ = true;
  keep_some_changes();
  std::set<Inode*> seen;
  for (const auto& [path, inode] : durable_entries_) {
    if (seen.insert(inode.get()).second) {
      lose(*inode);
      inode->content = inode->durable;
    }
  }
  entries_ = durable_entries_;
  directories_ = durable_directories_;
}

void SimulatedDisk::restart() {
  if (!crashed_) {
    crash();
  }
  crashed_ = false;
  ++life_;
}

std::string SimulatedDisk::content(const std::string& path) const {
  const auto place = entries_.find(path);
  return place == entries_.end() ? std::string() : place->second->content;
}

std::string SimulatedDisk::durable(const std::string& path) const {
  const auto place = durable_entries_.find(path);
  return place == durable_entries_.end() ? std::string() : place->second->durable;
}

void SimulatedDisk::put(const std::string& path, std::string_view content) {
  auto inode = std::make_shared<Inode>();
  inode->content = inode->durable = content;
  entries_[path] = durable_entries_[path] = std::move(inode);
  directories_.insert(parent(path));
  durable_directories_.insert(parent(path));
}

std::unique_ptr<persist::File> SimulatedDisk::open_for_append(const std::string& path, int& error) {
  error = may_crash() ? EIO : 0;
  const bool there = entries_.contains(path);
  if (error == 0 && !there && (write_error_ != 0 || chance(faults_.directory_error))) {
    error = write_error_ != 0 ? write_error_ : EIO;
  }
  if (error == 0 && parent(path) != "." && !directories_.contains(parent(path))) {
    error = ENOENT;
  }
  if (error != 0) {
    return nullptr;
  }
  if (!there) {
    change({{}, path, std::make_shared<Inode>()});
  }
  return std::make_unique<SimulatedFile>(*this, entries_[path]);
}

std::unique_ptr<persist::File> SimulatedDisk::open_for_read(const std::string& path, int& error) {
  const auto place = entries_.find(path);
  error = crashed_ ? EIO : place == entries_.end() ? ENOENT : 0;
  return error != 0 ? nullptr : std::make_unique<SimulatedFile>(*this, place->second);
}

bool SimulatedDisk::exists(const std::string& path) { return crashed_ || entries_.contains(path); }

int SimulatedDisk::list(const std::string& path, std::vector<std::string>& names) {
  names.clear();
  for (const auto& [name, inode] : entries_) {
    if (parent(name) == path) {
      names.push_back(name.substr(path.size() + 1));
    }
  }
  return crashed_ ? EIO : 0;
}

std::int64_t SimulatedDisk::size(const std::string& path) {
  const auto place = entries_.find(path);
  return place == entries_.end() ? -1 : static_cast<std::int64_t>(place->second->content.size());
}

int SimulatedDisk::make_directory(const std::string& path) {
  if (may_crash()) {
    return EIO;
  }
  directories_.insert(path);
  return 0;
}

int SimulatedDisk::rename(const std::string& from, const std::string& to) {
  if (may_crash()) {
    return EIO;
  }
  const auto place = entries_.find(from);
  if (place == entries_.end() || chance(faults_.directory_error)) {
    return place == entries_.end() ? ENOENT : EIO;
  }
  change({from, to, place->second});
  return may_crash() ? EIO : 0;
}

int SimulatedDisk::remove(const std::string& path) {
  if (may_crash()) {
    return EIO;
  }
  if (!entries_.contains(path) || chance(faults_.directory_error)) {
    return entries_.contains(path) ? EIO : ENOENT;
  }
  change({path, {}, nullptr});
  return 0;
}

int SimulatedDisk::sync_directory(const std::string& path) {
  if (may_crash() || chance(faults_.directory_error)) {
    return EIO;
  }
  for (const std::string& name : directories_) {
    if (parent(name) == path) {
      durable_directories_.insert(name);
    }
  }
  if (path != "." && !durable_directories_.contains(path)) {
    return 0;  // its entries are durable, and itself may vanish with them
  }
  std::erase_if(durable_entries_, [&](const auto& entry) { return parent(entry.first) == path; });
  for (const auto& [name, inode] : entries_) {
    if (parent(name) == path) {
      durable_entries_[name] = inode;
    }
  }
  std::erase_if(changes_, [&](const Change& change) {
    return parent(change.path.empty() ? change.gone : change.path) == path;
  });
  return may_crash() ? EIO : 0;
}

}  // namespace sorrel::test
