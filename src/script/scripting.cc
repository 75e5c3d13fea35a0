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
  return statistics;
}

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
