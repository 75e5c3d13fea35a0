// SPDX-License-Identifier: BSD-3-Clause
//
// Spelling the message. What it was spelled into is kept for the next one, unless it has become
// large.
#include "invalidation.h"

namespace sorrel::pubsub {
namespace {

constexpr std::size_t kKeptBytes = 64 * 1024;

}  // namespace

void Invalidation::forget() {
  for (std::vector<char>& text : spelled_) {
    if (text.capacity() > kKeptBytes) {
      std::vector<char>().swap(text);
    }
    text.clear();
  }
}

void Invalidation::set_keys(std::span<const std::string_view> keys) {
  forget();
  keys_ = keys;
  everything_ = false;
}

void Invalidation::set_everything() {
  forget();
  keys_ = {};
  everything_ = true;
}

std::string_view Invalidation::text(resp::Protocol protocol) {
  std::vector<char>& text = spelled_[protocol == resp::Protocol::kResp3 ? 1 : 0];
  if (text.empty()) {
    spell(resp::ReplyWriter(scratch_, protocol));
    scratch_.contiguous(text);
    scratch_.clear();
  }
  return {text.data(), text.size()};
}

void Invalidation::spell(resp::ReplyWriter writer) const {
  if (writer.resp3()) {
    writer.push(2);
    writer.bulk("invalidate");
  } else {
    writer.push(3);
    writer.bulk("message");
    writer.bulk("__redis__:invalidate");
  }
  if (everything_) {
    writer.null();
    return;
  }
  writer.array(keys_.size());
  for (const std::string_view key : keys_) {
    writer.bulk(key);
  }
}

}  // namespace sorrel::pubsub
