// SPDX-License-Identifier: BSD-3-Clause
//
// Where memory goes, taken at one moment: what INFO memory and MEMORY STATS both show. One thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sorrel/base/memory.h>

namespace sorrel::server {

class Server;

struct MemoryReport {
  base::AllocatorStatistics allocator;
  std::size_t used = 0;      // allocated by the whole process
  std::size_t peak = 0;      // the most of it that was seen
  std::size_t startup = 0;   // allocated when the server was built
  std::size_t resident = 0;  // as the kernel counts it
  std::size_t clients = 0;   // connections with their buffers
  std::size_t log_buffer = 0;
  std::size_t indexes = 0;  // of all databases: index and deadlines
  std::size_t keys = 0;

  std::size_t overhead() const { return startup + clients + log_buffer + indexes; }
  std::size_t dataset() const { return used > overhead() ? used - overhead() : 0; }
  std::size_t above_startup() const { return used > startup ? used - startup : 0; }
  double dataset_percent() const;
};

MemoryReport memory_report(Server& server);

inline double ratio_of(std::size_t value, std::size_t of) {
  return of == 0 ? 0 : static_cast<double>(value) / static_cast<double>(of);
}
inline double percent(std::size_t value, std::size_t of) { return 100 * ratio_of(value, of); }
inline std::int64_t difference(std::size_t a, std::size_t b) {
  return static_cast<std::int64_t>(a) - static_cast<std::int64_t>(b);
}
inline double MemoryReport::dataset_percent() const { return percent(dataset(), above_startup()); }

}  // namespace sorrel::server
