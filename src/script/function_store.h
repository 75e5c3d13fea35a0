// SPDX-License-Identifier: BSD-3-Clause
//
// The libraries that FUNCTION LOAD brought, and the interpreter they live in: one of their own, so
// that no script of EVAL sees what they keep. It is made with the first library and goes with the
// last flush. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <sorrel/base/clock.h>

#include "library.h"

namespace sorrel::script {

// What RESTORE does with libraries that are there: they go, they stay and must not be met again, or
// they are replaced where they are.
enum class RestorePolicy : std::uint8_t { kFlush, kAppend, kReplace };

class FunctionStore {
 public:
  explicit FunctionStore(RunControl& control) : control_(control) {}

  struct Loaded {
    std::string name;   // of the library
    std::string error;  // not empty: why nothing was changed
  };
  // Runs a library's code. `clock`: what limits its time, null for no limit.
  Loaded load(std::string_view source, bool replace, const base::Clock* clock);
  // All of them or none. Returns: why none, or an empty text.
  std::string restore(std::span<const std::string> sources, RestorePolicy policy,
                      const base::Clock* clock);
  // Returns: whether there was such a library.
  bool erase(std::string_view name) { return set_.take(name) != nullptr; }
  void flush();

  const LibrarySet& set() const { return set_; }
  // Requires: there is a library.
  Interpreter& interpreter();
  std::size_t interpreter_bytes() const {
    return interpreter_ == nullptr ? 0 : interpreter_->bytes();
  }

 private:
  Loaded load_into(LibrarySet& set, std::string_view source, bool replace,
                   const base::Clock* clock);

  RunControl& control_;
  std::unique_ptr<Interpreter> interpreter_;  // before the libraries, which need it to the last
  LibrarySet set_;
};

}  // namespace sorrel::script
