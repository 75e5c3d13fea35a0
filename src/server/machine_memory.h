// SPDX-License-Identifier: BSD-3-Clause
//
// How much memory there is for this process: the machine's, or less where a container limits it
// (the memory controller of control groups, version 2 or 1).
//
// Source: cgroups(7); the kernel's documentation, admin-guide/cgroup-v2.rst, memory.max.
#pragma once

#include <cstdint>

namespace sorrel::server {

// Bytes. Cost: some small files are read.
std::uint64_t memory_for_process();

}  // namespace sorrel::server
