// SPDX-License-Identifier: BSD-3-Clause
//
// A snapshot as an RDB image. The hints of sizes stand at its front for all databases, because its
// keys come in any order.
#include <utility>

#include "writer_encoder.h"

namespace sorrel::persist {
namespace {

class RdbEncoder final : public WriterEncoder<RdbWriter, RdbValueCursor> {
 public:
  RdbEncoder(const RdbWriteOptions& options, const keyspace::AccessClock& clock, ImageFacts facts,
             Sink sink)
      : WriterEncoder(std::move(facts), std::move(sink), options, clock,
                      [this](RdbPiece piece) { hand_on(std::move(piece)); }),
        finisher_(std::make_shared<RdbFinisher>(options.check_sum)) {}

  void begin(const keyspace::Snapshot& snapshot) override {
    for (const auto& [name, value] : facts_.auxiliary) {
      writer_.auxiliary(name, value);
    }
    write_libraries();
    for (const auto& database : snapshot.databases()) {
      writer_.database(database.number, database.keys, database.keys_with_deadline);
    }
  }

 private:
  void hand_on(RdbPiece piece) {
    const std::size_t bytes = piece.bytes.size();
    const auto shared = std::make_shared<RdbPiece>(std::move(piece));
    sink_({bytes, [finisher = finisher_, shared] { return finisher->finish(std::move(*shared)); }});
  }

  std::shared_ptr<RdbFinisher> finisher_;  // the thread's
};

}  // namespace

std::unique_ptr<SnapshotEncoder> make_rdb_encoder(const RdbWriteOptions& options,
                                                  const keyspace::AccessClock& clock,
                                                  ImageFacts facts, SnapshotEncoder::Sink sink) {
  return std::make_unique<RdbEncoder>(options, clock, std::move(facts), std::move(sink));
}

}  // namespace sorrel::persist
