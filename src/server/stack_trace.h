// SPDX-License-Identifier: BSD-3-Clause
//
// The stacks of all threads, written from within a signal handler. A thread can only walk its own
// stack, so each is sent a signal in turn and writes what it was doing; one that does not answer in
// time is named and passed over. Nothing is allocated: the unwinder is loaded at start.
#pragma once

#include <sys/types.h>

#include "signal_writer.h"

namespace sorrel::server {

// Loads what the traces need, and takes SIGUSR2 for them. Called once, before threads are started.
void prepare_stack_traces();

// The calling thread comes first. `context` is the third argument of the signal handler that asks,
// or null: the trace then begins with the caller. Signal-safe; one thread at a time.
// Cost: a second for each thread that does not answer.
void write_stack_traces(int descriptor, const void* context) noexcept;

// The number of the calling thread, and a millisecond of its time. Both signal-safe.
pid_t thread_id() noexcept;
void nap() noexcept;

// The address of the instruction that the signal interrupted; 0 where this is not known.
std::uintptr_t interrupted_at(const void* context) noexcept;

// Writes an address as function, offset and file. Signal-safe.
void write_code_address(SignalWriter& out, std::uintptr_t address) noexcept;

}  // namespace sorrel::server
