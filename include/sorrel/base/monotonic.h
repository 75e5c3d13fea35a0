// SPDX-License-Identifier: BSD-3-Clause
//
// The steady clock for less than half of what the system takes for it (10 ns and 24 on an EPYC):
// each command is timed. On x86 the processor's time stamp counter is read, where it counts at one
// rate (CPUID 8000_0007h, EDX bit 8: AMD64 Architecture Programmer's Manual, volume 3); the
// system's clock is asked some twenty times a second for the rate and the difference. Elsewhere it
// is the system's clock.
#pragma once

#include <cstdint>

namespace sorrel::base {

// Nanoseconds of std::chrono::steady_clock, within some microseconds. Of two reads the later one
// may be less by as much, some twenty times a second: whoever takes a difference allows for that.
// Any thread.
std::int64_t monotonic_ns();

}  // namespace sorrel::base
