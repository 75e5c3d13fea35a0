// SPDX-License-Identifier: BSD-3-Clause
//
// A snapshot as the commands that make it: a base without an RDB image.
#include <utility>

#include <sorrel/persist/commands_writer.h>
#include <sorrel/persist/snapshot_encoder.h>

namespace sorrel::persist {
namespace {

class CommandsEncoder final : public SnapshotEncoder {
 public:
  CommandsEncoder(ImageFacts facts, Sink sink)
      : facts_(std::move(facts)),
        sink_(std::move(sink)),
        writer_([this](std::string bytes) { hand_on(std::move(bytes)); }) {}

  void begin(const keyspace::Snapshot&) override {
    if (facts_.timestamp_s != 0) {
      hand_on("#TS:" + std::to_string(facts_.timestamp_s) + "\r\n");
    }
    for (const std::string& code : facts_.libraries) {
      writer_.library(code);
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
  void hand_on(std::string bytes) {
    const std::size_t size = bytes.size();
    const auto shared = std::make_shared<std::string>(std::move(bytes));
    sink_({size, [shared] { return std::move(*shared); }});
  }

  ImageFacts facts_;
  Sink sink_;
  CommandsWriter writer_;
  std::unique_ptr<CommandsCursor> cursor_;
};

}  // namespace

std::unique_ptr<SnapshotEncoder> make_commands_encoder(ImageFacts facts,
                                                       SnapshotEncoder::Sink sink) {
  return std::make_unique<CommandsEncoder>(std::move(facts), std::move(sink));
}

}  // namespace sorrel::persist
