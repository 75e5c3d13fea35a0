// SPDX-License-Identifier: BSD-3-Clause
//
// Scripts by their digests. Those that SCRIPT LOAD brought stay until SCRIPT FLUSH; of those that
// only EVAL brought, the 500 used last are kept, as in Redis 7.4 and later: clients that put their
// arguments into the text would else fill the memory. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "digest.h"
#include "interpreter.h"

namespace sorrel::script {

struct Script {
  DigestText name{};
  std::string source;
  bool shebang = false;
  std::uint32_t flags = 0;
  int function = LUA_NOREF;
  bool kept = false;                    // until a flush
  std::list<Script*>::iterator recent;  // its place among those that are not

  std::string_view name_text() const { return {name.data(), name.size()}; }
};

class ScriptCache {
 public:
  static constexpr std::size_t kMaxUnkept = 500;

  explicit ScriptCache(RunControl& control);

  // Returns: null when there is none.
  Script* find(const Digest& digest);
  struct Loaded {
    Script* script = nullptr;
    std::string error;
  };
  // Compiles a script that is not there yet; the one used least recently may go for it.
  Loaded add(const Digest& digest, std::string_view source, bool keep);
  void keep(Script& script);
  // It is run now.
  void touch(Script& script);
  // Forgets all scripts, and with them their interpreter.
  void flush();

  Interpreter& interpreter() { return *interpreter_; }
  const Interpreter& interpreter() const { return *interpreter_; }
  std::size_t size() const { return scripts_.size(); }
  std::size_t bytes() const;
  std::uint64_t evicted() const { return evicted_; }
  void reset_statistics() { evicted_ = 0; }

 private:
  void evict();

  RunControl& control_;
  std::unique_ptr<Interpreter> interpreter_;
  std::unordered_map<Digest, std::unique_ptr<Script>, DigestHash> scripts_;
  std::list<Script*> recent_;  // not kept, the one used last at the end
  std::size_t source_bytes_ = 0;
  std::uint64_t evicted_ = 0;
};

}  // namespace sorrel::script
