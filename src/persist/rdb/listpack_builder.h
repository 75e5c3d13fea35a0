// SPDX-License-Identifier: BSD-3-Clause
//
// A listpack in the making, owned. One thread.
#pragma once

#include <cstdint>
#include <string_view>

#include <sorrel/base/listpack.h>

namespace sorrel::persist::rdb {

class ListpackBuilder {
 public:
  ListpackBuilder() : pack_(base::Listpack::create()) {}
  ~ListpackBuilder() { base::Listpack::free(pack_); }
  ListpackBuilder(const ListpackBuilder&) = delete;
  ListpackBuilder& operator=(const ListpackBuilder&) = delete;

  void append(std::string_view text) { pack_ = base::listpack_append(pack_, text); }
  void append(std::int64_t value) {
    pack_ = base::listpack_insert_integer(pack_, pack_->end(), value);
  }
  std::string_view view() const { return pack_->view(); }

 private:
  base::Listpack* pack_;
};

}  // namespace sorrel::persist::rdb
