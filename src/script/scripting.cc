// SPDX-License-Identifier: BSD-3-Clause
//
// The layer's door to the composition root.
#include <sorrel/script/scripting.h>

#include "parts.h"

namespace sorrel::script {

Scripting::Scripting() : parts_(std::make_unique<Parts>()) {}
Scripting::~Scripting() = default;

Settings& Scripting::settings() { return parts_->settings; }
Shell& Scripting::shell() { return parts_->shell; }

Statistics Scripting::statistics() const {
  Statistics statistics;
  statistics.script_vm_bytes = parts_->scripts.interpreter().bytes();
  statistics.cached_scripts = parts_->scripts.size();
  statistics.script_bytes = parts_->scripts.bytes();
  statistics.evicted_scripts = parts_->scripts.evicted();
  const LibrarySet& set = parts_->functions.set();
  statistics.function_vm_bytes = parts_->functions.interpreter_bytes();
  statistics.libraries = set.libraries().size();
  statistics.functions = set.functions();
  statistics.function_bytes = set.bytes();
  return statistics;
}

std::vector<std::string_view> Scripting::library_sources() const {
  std::vector<std::string_view> sources;
  for (const auto& [name, library] : parts_->functions.set().libraries()) {
    sources.push_back(library->source);
  }
  return sources;
}

std::string Scripting::load_library(std::string_view source, bool replace) {
  return parts_->functions.load(source, replace, /*clock=*/nullptr).error;
}

void Scripting::flush_libraries() { parts_->functions.flush(); }

bool Scripting::busy() const { return parts_->control.busy(); }

bool Scripting::end_for_shutdown() {
  const Run* const run = parts_->control.running();
  if (run != nullptr && run->wrote) {
    return false;
  }
  parts_->control.kill_for_shutdown();
  return true;
}

void Scripting::kill_for_shutdown() { parts_->control.kill_for_shutdown(); }

void Scripting::reset_statistics() { parts_->scripts.reset_statistics(); }

}  // namespace sorrel::script
