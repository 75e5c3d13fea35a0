// SPDX-License-Identifier: BSD-3-Clause
//
// The message to those who keep copies of keys: these keys changed, or all of them may have. Under
// RESP3 it is a push of its own; under RESP2 one of the channel __redis__:invalidate, so that only
// a client that listens to channels can be given it. It is spelled once for each protocol that is
// asked for. One thread.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include <sorrel/base/output_buffer.h>
#include <sorrel/resp/reply_writer.h>

namespace sorrel::pubsub {

class Invalidation {
 public:
  // Of these keys. Lifetime of the names: until the next call.
  void set_keys(std::span<const std::string_view> keys);
  // Of all keys.
  void set_everything();
  // Lifetime: until the next call but of this.
  std::string_view text(resp::Protocol protocol);

 private:
  void forget();
  void spell(resp::ReplyWriter writer) const;

  bool everything_ = false;
  std::span<const std::string_view> keys_;
  base::OutputBuffer scratch_;
  std::vector<char> spelled_[2];  // by protocol; empty: not yet
};

}  // namespace sorrel::pubsub
