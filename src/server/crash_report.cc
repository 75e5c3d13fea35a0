// SPDX-License-Identifier: BSD-3-Clause
//
// One report at a time: `reporter` holds whose. A thread that crashes meanwhile waits, and still
// answers when its stack is asked for; the reporter itself crashing again ends the process at once.
#include "crash_report.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <string_view>

#include <time.h>
#include <ucontext.h>

#include "signal_writer.h"
#include "stack_trace.h"

namespace sorrel::server {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitizerReports = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kSanitizerReports = true;
#else
constexpr bool kSanitizerReports = false;
#endif
#else
constexpr bool kSanitizerReports = false;
#endif

struct Deadly {
  int signal;
  std::string_view name;
};
constexpr Deadly kDeadly[] = {{SIGSEGV, "SIGSEGV"},
                              {SIGBUS, "SIGBUS"},
                              {SIGFPE, "SIGFPE"},
                              {SIGILL, "SIGILL"},
                              {SIGABRT, "SIGABRT"}};

constexpr std::size_t kSecondStackBytes = 128 * 1024;

// Handlers take no arguments of ours: what they need is here.
int descriptor = STDOUT_FILENO;
std::atomic<bool> exits_on_panic{false};
std::atomic<pid_t> reporter{0};
alignas(16) std::array<char, kSecondStackBytes> second_stack;

// Waits until nobody else reports. Returns: false when this very thread does.
bool begin_report() noexcept {
  const pid_t self = thread_id();
  for (;;) {
    pid_t nobody = 0;
    if (reporter.compare_exchange_strong(nobody, self)) {
      return true;
    }
    if (nobody == self) {
      return false;
    }
    nap();
  }
}

// A line's beginning, as other lines of a handler have it. The time is in seconds since 1970: the
// calendar's is not to be had in a handler.
SignalWriter& line(SignalWriter& out) noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return out.decimal(::getpid()).text(":signal-handler (").decimal(now.tv_sec).text(") ");
}

[[noreturn]] void die_by(int signal) noexcept {
  ::signal(signal, SIG_DFL);
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, signal);
  ::pthread_sigmask(SIG_UNBLOCK, &mask, nullptr);
  ::syscall(SYS_tgkill, ::getpid(), thread_id(), signal);
  ::_exit(1);
}

void write_cause(SignalWriter& out, const siginfo_t& info, std::uintptr_t at) noexcept {
  const bool sent = info.si_code <= 0;  // by a process, not by the processor
  if (sent) {
    line(out).text("Sent by process ").decimal(info.si_pid).text(", user ").decimal(info.si_uid);
    out.end_line();
  } else {
    line(out).text("Accessing address: ");
    out.hexadecimal(reinterpret_cast<std::uintptr_t>(info.si_addr)).end_line();
  }
  if (at != 0) {
    write_code_address(line(out).text("Running: "), at);
    out.end_line();
  }
}

void write_registers(SignalWriter& out, const void* context) noexcept {
#if defined(__x86_64__)
  static constexpr struct {
    std::string_view name;
    int index;
  } kRegisters[] = {{"rax", REG_RAX}, {"rbx", REG_RBX}, {"rcx", REG_RCX}, {"rdx", REG_RDX},
                    {"rdi", REG_RDI}, {"rsi", REG_RSI}, {"rbp", REG_RBP}, {"rsp", REG_RSP},
                    {"r8", REG_R8},   {"r9", REG_R9},   {"r10", REG_R10}, {"r11", REG_R11},
                    {"r12", REG_R12}, {"r13", REG_R13}, {"r14", REG_R14}, {"r15", REG_R15},
                    {"rip", REG_RIP}, {"efl", REG_EFL}};
  const auto& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
  out.end_line();
  out.text("------ REGISTERS ------").end_line();
  int in_line = 0;
  for (const auto& item : kRegisters) {
    out.text(" ").text(item.name).text("=");
    out.hexadecimal(static_cast<std::uint64_t>(machine.gregs[item.index]));
    if (++in_line % 6 == 0) {
      out.end_line();
    }
  }
#else
  (void)out;
  (void)context;
#endif
}

void begin_text(SignalWriter& out) noexcept {
  out.end_line();
  out.text("=== SORREL CRASH REPORT: please send it whole, to the next line of this kind ===");
  out.end_line();
}

void end_text(SignalWriter& out) noexcept {
  out.end_line();
  out.text("=== END OF THE CRASH REPORT ===").end_line();
}

void on_deadly_signal(int signal, siginfo_t* info, void* context) {
  SignalWriter out(descriptor);
  if (!begin_report()) {
    line(out).text("Crashed again while this was written, by signal ").decimal(signal);
    out.text(". No more can be told.").end_line();
    die_by(signal);
  }
  std::string_view name;
  for (const Deadly& deadly : kDeadly) {
    name = deadly.signal == signal ? deadly.name : name;
  }
  begin_text(out);
  line(out).text("Sorrel " SORREL_VERSION " crashed by signal: ").decimal(signal).text(", ");
  out.text(name).text(", si_code: ").decimal(info->si_code).end_line();
  write_cause(out, *info, interrupted_at(context));
  write_stack_traces(descriptor, context);
  write_registers(out, context);
  end_text(out);
  die_by(signal);
}

void on_alarm(int, siginfo_t* info, void* context) {
  const int saved = errno;
  if (begin_report()) {
    SignalWriter out(descriptor);
    out.end_line();
    if (info->si_code == SI_USER || info->si_code == SI_TKILL) {
      line(out).text("Received SIGALRM: what the threads are doing").end_line();
    } else {
      line(out).text("--- WATCHDOG TIMER EXPIRED --- what the threads are doing").end_line();
    }
    write_stack_traces(descriptor, context);
    reporter.store(0);
  }
  errno = saved;
}

[[noreturn]] void end_after_report(SignalWriter& out) noexcept {
  write_stack_traces(descriptor, nullptr);
  end_text(out);
  if (exits_on_panic.load()) {
    ::_exit(1);
  }
  die_by(SIGABRT);
}

}  // namespace

void prepare_crash_report(const std::string& log_file) {
  if (!log_file.empty()) {
    const int file = ::open(log_file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    descriptor = file >= 0 ? file : STDERR_FILENO;
  }
  prepare_stack_traces();
  if (!kSanitizerReports) {
    stack_t stack{};
    stack.ss_sp = second_stack.data();
    stack.ss_size = second_stack.size();
    ::sigaltstack(&stack, nullptr);
  }
  struct sigaction action {};
  action.sa_sigaction = &on_alarm;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  ::sigaction(SIGALRM, &action, nullptr);
}

void set_crash_report(bool on) {
  if (kSanitizerReports) {
    return;
  }
  struct sigaction action {};
  if (on) {
    action.sa_sigaction = &on_deadly_signal;
    // Not held back while it runs: crashing again is to be noticed.
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  } else {
    action.sa_handler = SIG_DFL;
  }
  for (const Deadly& deadly : kDeadly) {
    ::sigaction(deadly.signal, &action, nullptr);
  }
}

void set_exit_on_panic(bool on) { exits_on_panic.store(on); }

void fail_assertion(const char* condition, const char* file, int number) noexcept {
  SignalWriter out(descriptor);
  if (!begin_report()) {
    die_by(SIGABRT);
  }
  begin_text(out);
  line(out).text("=== ASSERTION FAILED ===").end_line();
  line(out).text("==> ").text(file).text(":").decimal(number).text(" '").text(condition);
  out.text("' is not true").end_line();
  end_after_report(out);
}

void panic(const char* text, const char* file, int number) noexcept {
  SignalWriter out(descriptor);
  if (!begin_report()) {
    die_by(SIGABRT);
  }
  begin_text(out);
  line(out).text("!!! Software Failure: ").text(text).text(", at ").text(file).text(":");
  out.decimal(number).end_line();
  end_after_report(out);
}

void arm_watchdog(std::chrono::milliseconds period) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(period);
  itimerval timer{};
  timer.it_value.tv_sec = seconds.count();
  timer.it_value.tv_usec = std::chrono::microseconds(period - seconds).count();
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

}  // namespace sorrel::server
