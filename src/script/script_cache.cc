// SPDX-License-Identifier: BSD-3-Clause
//
// Keeping and forgetting scripts.
#include "script_cache.h"

#include <utility>

#include "shebang.h"

namespace sorrel::script {
namespace {

constexpr const char* kChunkName = "@user_script";

}  // namespace

ScriptCache::ScriptCache(RunControl& control)
    : control_(control), interpreter_(std::make_unique<Interpreter>(control, RunKind::kScript)) {}

Script* ScriptCache::find(const Digest& digest) {
  const auto place = scripts_.find(digest);
  return place == scripts_.end() ? nullptr : place->second.get();
}

ScriptCache::Loaded ScriptCache::add(const Digest& digest, std::string_view source, bool keep) {
  ScriptHead head = parse_script_head(source);
  if (!head.error.empty()) {
    return {nullptr, std::move(head.error)};
  }
  Interpreter::Compiled compiled = interpreter_->compile(head.code, kChunkName);
  if (!compiled.error.empty()) {
    return {nullptr, "Error compiling script (new function): " + compiled.error};
  }
  auto script = std::make_unique<Script>();
  script->name = hex(digest);
  script->source = source;
  script->shebang = head.shebang;
  script->flags = head.flags;
  script->function = compiled.function;
  script->kept = keep;
  if (!keep) {
    if (recent_.size() == kMaxUnkept) {
      evict();
    }
    script->recent = recent_.insert(recent_.end(), script.get());
  }
  source_bytes_ += source.size();
  Script* const added = script.get();
  scripts_.emplace(digest, std::move(script));
  return {added, {}};
}

void ScriptCache::evict() {
  const Script& oldest = *recent_.front();
  recent_.pop_front();
  ++evicted_;
  source_bytes_ -= oldest.source.size();
  interpreter_->release(oldest.function);
  scripts_.erase(*parse_digest(oldest.name_text()));
}

void ScriptCache::keep(Script& script) {
  if (!std::exchange(script.kept, true)) {
    recent_.erase(script.recent);
  }
}

void ScriptCache::touch(Script& script) {
  if (!script.kept) {
    recent_.splice(recent_.end(), recent_, script.recent);
  }
}

void ScriptCache::flush() {
  scripts_.clear();
  recent_.clear();
  source_bytes_ = 0;
  interpreter_ = std::make_unique<Interpreter>(control_, RunKind::kScript);
}

std::size_t ScriptCache::bytes() const {
  constexpr std::size_t kPlace = sizeof(Digest) + sizeof(Script) + 4 * sizeof(void*);
  return source_bytes_ + scripts_.size() * kPlace;
}

}  // namespace sorrel::script
