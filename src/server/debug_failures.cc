// SPDX-License-Identifier: BSD-3-Clause
//
// DEBUG SEGFAULT, ASSERT and PANIC: the process ends, so that what is written of it can be looked
// at (crash_report.h). One thread.
#include <sys/mman.h>
#include <unistd.h>

#include "crash_report.h"
#include "debug_handlers.h"

namespace sorrel::server {

using exec::Context;
using exec::Outcome;

Outcome debug_segfault(Context& context) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* const forbidden =
      ::mmap(nullptr, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, /*fd=*/-1, 0);
  *static_cast<volatile char*>(forbidden) = 'x';
  return context.fail_with("ERR", "this machine lets everything be written to");
}

Outcome debug_assert(Context&) { fail_assertion("DEBUG ASSERT holds", __FILE__, __LINE__); }

Outcome debug_panic(Context&) { panic("DEBUG PANIC was called", __FILE__, __LINE__); }

}  // namespace sorrel::server
