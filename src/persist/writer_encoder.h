// SPDX-License-Identifier: BSD-3-Clause
//
// What the encoders of a snapshot have in common: keys go to a writer, one after the other or in
// slices. What stands before them, and how pieces are finished, is each one's own. One thread.
#pragma once

#include <memory>
#include <utility>

#include <sorrel/persist/snapshot_encoder.h>

namespace sorrel::persist {

template <class Writer, class Cursor>
class WriterEncoder : public SnapshotEncoder {
 public:
  void key(std::uint32_t database, const keyspace::Record& record) final {
    writer_.select(database);
    writer_.key(record);
  }
  void begin_key(std::uint32_t database, keyspace::Record& record) final {
    writer_.select(database);
    cursor_ = writer_.begin_key(record);
  }
  bool go_on(std::size_t elements) final { return writer_.go_on(*cursor_, elements); }
  void end() final { writer_.end(); }

 protected:
  template <class... Arguments>
  WriterEncoder(ImageFacts facts, Sink sink, Arguments&&... arguments)
      : facts_(std::move(facts)),
        sink_(std::move(sink)),
        writer_(std::forward<Arguments>(arguments)...) {}

  void write_libraries() {
    for (const std::string& code : facts_.libraries) {
      writer_.library(code);
    }
  }

  ImageFacts facts_;
  Sink sink_;
  Writer writer_;

 private:
  std::unique_ptr<Cursor> cursor_;
};

}  // namespace sorrel::persist
