// SPDX-License-Identifier: BSD-3-Clause
//
// Reading an image part by part, whoever wants it: the one that fills a keyspace, the one that only
// looks whether all is well. Each part begins with a word that is either an opcode or the kind of a
// value; what belongs to the next key (deadline, accesses) is kept until it comes.
//
// Whatever is wrong ends the reading with a text for the operator, which names the byte and, within
// a value, its key. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <sorrel/persist/rdb_file.h>
#include <sorrel/types/settings.h>

#include "codec.h"
#include "input.h"

namespace sorrel::persist::rdb {

// What stands before a key.
struct KeyFacts {
  ValueType type = ValueType::kString;
  std::optional<std::int64_t> deadline_ms;
  std::optional<std::uint64_t> idle_seconds;
  std::optional<std::uint8_t> frequency;
};

// Who gets the parts. What returns a text refuses the part by it, unless it is empty.
// Lifetime of views: of the call.
class ImageTarget {
 public:
  virtual ~ImageTarget() = default;
  virtual void version(unsigned) {}
  virtual void auxiliary(std::string_view name, std::string_view value) = 0;
  virtual std::string library(std::string_view code) = 0;
  virtual std::string select(std::uint64_t database) = 0;
  // Hints: sizes of the database.
  virtual void expect(std::uint64_t, std::uint64_t) {}
  virtual std::string string(std::string_view name, std::string_view value,
                             const KeyFacts& facts) = 0;
  virtual std::string value(std::string_view name, RdbValue value, const KeyFacts& facts) = 0;
  // A value of a module, which is passed over unless that is refused.
  virtual std::string module_value(std::string_view name, std::string_view module) = 0;
  // A collection without elements, which is passed over.
  virtual void empty(std::string_view name) = 0;
  // Something else was passed over.
  virtual void note(std::string_view text) = 0;
};

class ImageReader {
 public:
  ImageReader(RdbSource source, ImageTarget& target, const types::Settings& settings,
              bool check_sum);
  void on_work(std::function<void()> callback) { input_.on_work(std::move(callback)); }

  // Reads to the end, or to what is wrong. Returns: that, or nothing.
  std::string run();
  unsigned version() const { return version_; }
  // Up to where it was read, and where the last part began: at the end of a whole image, its size.
  std::uint64_t offset() const { return input_.offset(); }
  std::uint64_t part_offset() const { return part_offset_; }
  // Of a whole image.
  bool has_checksum() const { return has_checksum_; }

 private:
  void refuse(std::string_view why);
  void refuse_unless_empty(std::string_view why) {
    if (!why.empty()) {
      refuse(why);
    }
  }
  bool read_header();
  void step();
  void read_part(Opcode opcode);
  void read_auxiliary();
  void read_library();
  void skip_module_data();
  void skip_module_values();
  void read_module_value();
  void read_key(std::uint8_t type);
  void read_value(std::uint8_t type);
  void read_end();

  Input input_;
  ImageTarget& target_;
  const types::Settings& settings_;
  bool check_sum_;
  unsigned version_ = 0;
  std::uint64_t part_offset_ = 0;
  bool done_ = false;
  bool has_checksum_ = false;
  std::string error_;
  KeyFacts facts_;
  bool in_key_ = false;
  std::string name_;
  std::string scratch_;
};

// What the number of a module says: its name, and the version of its values.
std::string module_name(std::uint64_t id);

}  // namespace sorrel::persist::rdb
