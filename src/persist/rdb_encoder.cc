// SPDX-License-Identifier: BSD-3-Clause
//
// A snapshot as an RDB image. The hints of sizes stand at its front for all databases, because its
// keys come in any order.
#include <utility>

#include <sorrel/persist/snapshot_encoder.h>

namespace sorrel::persist {
namespace {

class RdbEncoder final : public SnapshotEncoder {
 public:
  RdbEncoder(const RdbWriteOptions& options, const keyspace::AccessClock& clock, ImageFacts facts,
             Sink sink)
      : facts_(std::move(facts)),
        finisher_(std::make_shared<RdbFinisher>(options.check_sum)),
        sink_(std::move(sink)),
        writer_(options, clock, [this](RdbPiece piece) { hand_on(std::move(piece)); }) {}

  void begin(const keyspace::Snapshot& snapshot) override {
    for (const auto& [name, value] : facts_.auxiliary) {
      writer_.auxiliary(name, value);
    }
    for (const std::string& code : facts_.libraries) {
      writer_.library(code);
    }
    for (const auto& database : snapshot.databases()) {
      writer_.database(database.number, database.keys, database.keys_with_deadline);
    }
  }

  void key(std::uint32_t database, const keyspace::Record& record) override {
    writer_.select(database);
    writer_.key(record);
  }

  void begin_key(std::uint32_t database, keyspace::Record& record) override {
    writer_.select(database);
    cursor_ = writer_.begin_key(record);
  }

  bool go_on(std::size_t elements) override { return writer_.go_on(*cursor_, elements); }

  void end() override { writer_.end(); }

 private:
  void hand_on(RdbPiece piece) {
    const std::size_t bytes = piece.bytes.size();
    const auto shared = std::make_shared<RdbPiece>(std::move(piece));
    sink_({bytes, [finisher = finisher_, shared] { return finisher->finish(std::move(*shared)); }});
  }

  ImageFacts facts_;
  std::shared_ptr<RdbFinisher> finisher_;  // the thread's
  Sink sink_;
  RdbWriter writer_;
  std::unique_ptr<RdbValueCursor> cursor_;
};

}  // namespace

std::unique_ptr<SnapshotEncoder> make_rdb_encoder(const RdbWriteOptions& options,
                                                  const keyspace::AccessClock& clock,
                                                  ImageFacts facts, SnapshotEncoder::Sink sink) {
  return std::make_unique<RdbEncoder>(options, clock, std::move(facts), std::move(sink));
}

}  // namespace sorrel::persist
