// SPDX-License-Identifier: BSD-3-Clause
//
// Loaded before a server's own libraries (LD_PRELOAD), it makes every fdatasync take as long as the
// file exists that HELD_SYNC names: the disk that a test can stop, and let go on.
#include <unistd.h>

#include <cstdlib>

#include <dlfcn.h>

extern "C" int fdatasync(int descriptor) {
  using Sync = int (*)(int);
  static const auto real = reinterpret_cast<Sync>(dlsym(RTLD_NEXT, "fdatasync"));
  static const char* const held = std::getenv("HELD_SYNC");
  while (held != nullptr && access(held, F_OK) == 0) {
    usleep(1000);
  }
  return real(descriptor);
}
