// SPDX-License-Identifier: BSD-3-Clause
//
// Drawing with repetition, as SRANDMEMBER, ZRANDMEMBER and HRANDFIELD do for a negative count: the
// one reply whose length a few bytes of a request decide. It is written as it is drawn, and refused
// once it outgrows what a reply may take, rather than that a client ends the server. One thread.
#pragma once

#include <cstdint>

#include <sorrel/exec/context.h>
#include <sorrel/exec/executor.h>

namespace sorrel::commands {

// Calls draw() `draws` times, each of which writes one element; the header is written already.
template <class Draw>
exec::Outcome reply_draws(exec::Context& context, std::uint64_t draws, Draw&& draw) {
  constexpr std::uint64_t kBetweenLooks = 1024;
  constexpr std::uint64_t kShortestElement = 6;  // $0 and two ends of lines
  const std::uint64_t most = context.executor.limits().max_reply_bytes;
  if (draws > most / kShortestElement) return context.fail(exec::errors::kReplyTooLong);
  for (std::uint64_t i = 0; i < draws; ++i) {
    if (i % kBetweenLooks == 0 && context.reply.buffer().size() > most) {
      return context.fail(exec::errors::kReplyTooLong);
    }
    draw();
  }
  return exec::Outcome::kOk;
}

}  // namespace sorrel::commands
