// SPDX-License-Identifier: BSD-3-Clause
//
// Fuzzes the request parser. The first bytes choose the limits, the batch size and the cuts; the
// rest is the stream. It is parsed whole and again in pieces, each time from a heap block of
// exactly its size (so that the sanitizer sees a read of one byte too many), and both must give the
// same requests and the same error. Every frame must be the canonical encoding of its request.
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <sorrel/resp/request_parser.h>

namespace {

using sorrel::resp::BatchRoom;
using sorrel::resp::Request;
using sorrel::resp::RequestLimits;
using sorrel::resp::RequestParser;

struct Outcome {
  std::vector<std::vector<std::string>> requests;
  std::vector<std::string> frames;
  std::string error;
  std::size_t left = 0;
};

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

std::string encode(const std::vector<std::string>& words) {
  std::string bytes = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words) {
    bytes += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  }
  return bytes;
}

// A connection that gets the stream in pieces of the given sizes, in turn.
class Connection {
 public:
  Connection(const RequestLimits& limits, std::size_t max_requests)
      : limits_(limits), max_requests_(max_requests) {}

  void arrive(std::string_view bytes) {
    unread_.append(bytes);
    std::size_t consumed = 1;
    while (consumed != 0 && outcome_.error.empty()) {
      consumed = parse_once();
    }
    outcome_.left = unread_.size();
  }

  const Outcome& outcome() const { return outcome_; }

 private:
  std::size_t parse_once() {
    const auto block = std::make_unique<char[]>(unread_.size());
    std::copy(unread_.begin(), unread_.end(), block.get());
    const auto batch = parser_.parse({block.get(), unread_.size()}, limits_, max_requests_, room_);
    require(batch.requests.size() <= max_requests_ && batch.consumed <= unread_.size());
    for (const Request& request : batch.requests) {
      require(!request.arguments.empty());
      outcome_.requests.emplace_back(request.arguments.begin(), request.arguments.end());
      outcome_.frames.emplace_back(request.frame);
      require(request.frame.empty() || request.frame == encode(outcome_.requests.back()));
    }
    outcome_.error = batch.error;
    unread_.erase(0, batch.consumed);
    return batch.consumed;
  }

  RequestLimits limits_;
  std::size_t max_requests_;
  RequestParser parser_;
  BatchRoom room_;
  std::string unread_;
  Outcome outcome_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kControlBytes = 6;
  if (size < kControlBytes) {
    return 0;
  }
  const RequestLimits limits{
      .max_bulk_bytes = (data[0] & 1) != 0 ? 64U : 512U * 1024 * 1024,
      .max_arguments = (data[0] & 2) != 0 ? 4U : 1024U * 1024,
      .max_inline_bytes = (data[0] & 4) != 0 ? 16U : 64U * 1024,
      .authenticated = (data[0] & 8) == 0,
  };
  const std::size_t max_requests = 1 + data[1] % 8;
  const std::string_view stream(reinterpret_cast<const char*>(data) + kControlBytes,
                                size - kControlBytes);
  Connection whole(limits, 1'000);
  whole.arrive(stream);

  Connection pieces(limits, max_requests);
  std::size_t at = 0;
  for (std::size_t turn = 0; at < stream.size() && pieces.outcome().error.empty(); ++turn) {
    const std::size_t piece = 1 + data[2 + turn % (kControlBytes - 2)] % 32;
    pieces.arrive(stream.substr(at, piece));
    at += std::min(piece, stream.size() - at);
  }
  require(pieces.outcome().requests == whole.outcome().requests);
  require(pieces.outcome().frames == whole.outcome().frames);
  require(pieces.outcome().error == whole.outcome().error);
  require(!whole.outcome().error.empty() || pieces.outcome().left == whole.outcome().left);
  return 0;
}
