// SPDX-License-Identifier: BSD-3-Clause
//
// What the server writes to its log when it is about to die, or seems to be stuck: the signal, what
// it was, and the stacks of all threads. On SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT the process
// then dies of that signal, with a core file where the system makes one. SIGALRM asks for the
// stacks alone, from outside or by the watchdog, a timer that the loop keeps from running out.
//
// Handlers allocate nothing and take no lock; the main thread has a second stack, so that a stack
// that ran over is reported, too. In a build with a sanitizer the deadly signals are the
// sanitizer's. Any thread, but for what is said of start and options: the main thread.
#pragma once

#include <chrono>
#include <string>

namespace sorrel::server {

// Where reports go: the log's file, or standard output when its name is empty; and whether a deadly
// signal is reported at all. Called once at start, before other threads.
void prepare_crash_report(const std::string& log_file);
// crash-log-enabled
void set_crash_report(bool on);
// use-exit-on-panic: end with status 1 rather than by SIGABRT after fail_assertion() and panic().
void set_exit_on_panic(bool on);

// A report of a condition that should have held, and the end of the process.
[[noreturn]] void fail_assertion(const char* condition, const char* file, int line) noexcept;
// The same of any mistake that leaves no way on.
[[noreturn]] void panic(const char* text, const char* file, int line) noexcept;

// SIGALRM comes after that time unless this is called again; zero: no more.
void arm_watchdog(std::chrono::milliseconds period);

}  // namespace sorrel::server
