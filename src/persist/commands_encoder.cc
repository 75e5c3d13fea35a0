// SPDX-License-Identifier: BSD-3-Clause
//
// A snapshot as the commands that make it: a base without an RDB image.
#include <utility>

#include <sorrel/persist/commands_writer.h>

#include "writer_encoder.h"

namespace sorrel::persist {
namespace {

class CommandsEncoder final : public WriterEncoder<CommandsWriter, CommandsCursor> {
 public:
  CommandsEncoder(ImageFacts facts, Sink sink)
      : WriterEncoder(std::move(facts), std::move(sink),
                      [this](std::string bytes) { hand_on(std::move(bytes)); }) {}

  void begin(const keyspace::Snapshot&) override {
    if (facts_.timestamp_s != 0) {
      hand_on("#TS:" + std::to_string(facts_.timestamp_s) + "\r\n");
    }
    write_libraries();
  }

 private:
  void hand_on(std::string bytes) {
    const std::size_t size = bytes.size();
    const auto shared = std::make_shared<std::string>(std::move(bytes));
    sink_({size, [shared] { return std::move(*shared); }});
  }
};

}  // namespace

std::unique_ptr<SnapshotEncoder> make_commands_encoder(ImageFacts facts,
                                                       SnapshotEncoder::Sink sink) {
  return std::make_unique<CommandsEncoder>(std::move(facts), std::move(sink));
}

}  // namespace sorrel::persist
