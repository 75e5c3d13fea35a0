// SPDX-License-Identifier: BSD-3-Clause
//
// Whether bytes from elsewhere (RESTORE, an RDB file, a primary) are a node of a stream. That they
// are a listpack is checked first; then the master entry and every entry behind it, so that what
// reads nodes may trust each number in them: counts, flags, the order of ids, the way back.
#include <cstdint>
#include <string_view>

#include <sorrel/base/listpack.h>
#include <sorrel/types/stream.h>

#include "stream_node.h"

namespace sorrel::types {

using base::Listpack;

namespace {

// Reads a listpack from its begin; after anything unexpected it stays failed.
class PartReader {
 public:
  explicit PartReader(const Listpack& pack) : pack_(pack), at_(pack.begin()) {}

  bool ok() const { return ok_; }
  bool at_end() const { return at_ == pack_.end(); }
  std::uint64_t parts() const { return parts_; }

  std::int64_t integer() {
    if (at_end()) ok_ = false;
    if (!ok_) return 0;
    const base::ListpackValue value = pack_.get(at_);
    ok_ = value.is_integer;
    advance();
    return value.integer;
  }
  // A number of things, of which no more than parts can follow.
  std::uint64_t count() {
    const std::int64_t value = integer();
    if (value < 0) ok_ = false;
    return ok_ ? static_cast<std::uint64_t>(value) : 0;
  }
  void skip(std::uint64_t parts) {
    for (; parts > 0 && ok_; --parts) {
      if (at_end()) {
        ok_ = false;
      } else {
        advance();
      }
    }
  }

 private:
  void advance() {
    at_ = pack_.next(at_);
    ++parts_;
  }

  const Listpack& pack_;
  std::uint32_t at_;
  std::uint64_t parts_ = 0;
  bool ok_ = true;
};

}  // namespace

bool stream_node_valid(const StreamNodeView& node) {
  if (!base::listpack_valid(node.listpack)) return false;
  PartReader read(*reinterpret_cast<const Listpack*>(node.listpack.data()));
  const std::uint64_t live = read.count();
  const std::uint64_t deleted = read.count();
  const std::uint64_t names = read.count();
  read.skip(names);
  if (read.integer() != 0 || !read.ok()) return false;
  std::uint64_t seen_live = 0;
  std::uint64_t seen_deleted = 0;
  StreamId last;
  while (!read.at_end()) {
    const std::uint64_t begin = read.parts();
    const std::int64_t flags = read.integer();
    const std::int64_t ms = read.integer();
    const std::int64_t seq = read.integer();
    const StreamId id{node.first.ms + static_cast<std::uint64_t>(ms),
                      node.first.seq + static_cast<std::uint64_t>(seq)};
    const bool first = seen_live + seen_deleted == 0;
    if (first ? id < node.first : id <= last) return false;
    if (flags < 0 || flags > (encoding::kFlagDeleted | encoding::kFlagShared)) return false;
    const bool shared = (flags & encoding::kFlagShared) != 0;
    const std::uint64_t fields = shared ? names : read.count();
    read.skip(fields);
    if (!shared) read.skip(fields);
    const std::uint64_t parts = read.parts() - begin;
    if (read.count() != parts || !read.ok()) return false;
    ++((flags & encoding::kFlagDeleted) != 0 ? seen_deleted : seen_live);
    last = id;
  }
  return seen_live == live && seen_deleted == deleted;
}

}  // namespace sorrel::types
