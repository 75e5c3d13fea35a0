// SPDX-License-Identifier: BSD-3-Clause
//
// What lists, or streams, that were cloned from one another know together: how many bytes of nodes
// they had in common have one owner left. That is what a clone costs, and it is counted where it
// comes about: the one before the last owner of a node gives it up, to change a copy of its own or
// because it ends.
//
//   live list  [a][b'][c]         b has one owner left: the clone, which alone keeps its bytes
//   clone      [a][b ][c]
//
// The count only grows, so whoever asks remembers what it was when the clone was made. A value that
// was never cloned has a null pointer. One thread.
#pragma once

#include <cstddef>

#include <sorrel/base/size_class.h>

namespace sorrel::types::encoding {

class NodeSharing {
 public:
  NodeSharing() = default;
  NodeSharing(const NodeSharing&) = delete;
  NodeSharing& operator=(const NodeSharing&) = delete;
  ~NodeSharing() {
    if (group_ != nullptr && --group_->members == 0) delete group_;
  }

  // Requires: this has joined none.
  void join(const NodeSharing& other) {
    if (other.group_ == nullptr) other.group_ = new Group;
    group_ = other.group_;
    ++group_->members;
  }

  // Nodes of so many bytes have one owner left.
  void leave_alone(std::size_t bytes) {
    if (group_ != nullptr) group_->lone_bytes += bytes;
  }
  std::size_t lone_bytes() const { return group_ == nullptr ? 0 : group_->lone_bytes; }
  std::size_t heap_bytes() const { return group_ == nullptr ? 0 : base::size_class(sizeof(Group)); }

 private:
  struct Group {
    std::size_t members = 1;
    std::size_t lone_bytes = 0;
  };
  mutable Group* group_ = nullptr;  // joining does not change what is joined
};

}  // namespace sorrel::types::encoding
