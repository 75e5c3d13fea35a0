// SPDX-License-Identifier: BSD-3-Clause
//
// One thread asks, the others answer one after the other: `asked` holds whom, and the handler of
// SIGUSR2 does nothing for anybody else. A thread that answers late finds that it is no longer
// asked.
#include "stack_trace.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>

#include <atomic>
#include <span>

#include <dlfcn.h>
#include <execinfo.h>
#include <time.h>
#include <ucontext.h>

#include "symbol_table.h"

namespace sorrel::server {
namespace {

constexpr int kTraceSignal = SIGUSR2;
constexpr int kMostFrames = 100;
constexpr int kPatienceMs = 1000;

// Handlers take no arguments of ours: what they need is here.
SymbolTable symbols;
std::atomic<pid_t> asked{0};  // the thread that is to answer; negative while it does
std::atomic<int> asked_descriptor{-1};

// The frames of the calling thread, beginning with the interrupted one.
void write_own_frames(int descriptor, const void* context) noexcept {
  void* frames[kMostFrames];
  const int count = ::backtrace(static_cast<void**>(frames), kMostFrames);
  const std::uintptr_t interrupted = interrupted_at(context);
  int first = 0;
  for (int i = 0; i < count && interrupted != 0; ++i) {
    if (reinterpret_cast<std::uintptr_t>(frames[i]) == interrupted) {
      first = i;
    }
  }
  SignalWriter out(descriptor);
  for (int i = first; i < count; ++i) {
    const auto address = reinterpret_cast<std::uintptr_t>(frames[i]);
    // Other frames hold where the call returns to, which may be the next function already.
    write_code_address(out.text("  "), address == interrupted ? address : address - 1);
    out.end_line();
  }
}

void on_trace_signal(int, siginfo_t*, void* context) {
  const int saved = errno;
  const pid_t self = thread_id();
  pid_t expected = self;
  if (asked.compare_exchange_strong(expected, -self)) {
    write_own_frames(asked_descriptor.load(), context);
    asked.store(0);
  }
  errno = saved;
}

// Reads a small file of /proc. Returns: how many bytes, without the line's end.
std::size_t read_name(const char* path, std::span<char> to) noexcept {
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return 0;
  }
  const ssize_t got = ::read(file, to.data(), to.size());
  ::close(file);
  std::size_t length = got > 0 ? static_cast<std::size_t>(got) : 0;
  while (length > 0 && to[length - 1] == '\n') {
    --length;
  }
  return length;
}

void write_heading(int descriptor, pid_t thread, std::string_view remark) noexcept {
  // "/proc/self/task/<number>/comm"
  char path[64] = "/proc/self/task/";
  std::size_t length = std::string_view(path).size();
  char digits[12];
  std::size_t count = 0;
  for (pid_t rest = thread; rest > 0 && count < sizeof digits; rest /= 10) {
    digits[count++] = static_cast<char>('0' + rest % 10);
  }
  while (count > 0) {
    path[length++] = digits[--count];
  }
  for (const char letter : std::string_view("/comm")) {
    path[length++] = letter;
  }
  path[length] = '\0';
  char name[32];
  const std::size_t bytes = read_name(static_cast<const char*>(path), name);
  SignalWriter out(descriptor);
  out.end_line();
  out.text("Thread ").decimal(thread).text(" ").text({static_cast<const char*>(name), bytes});
  out.text(remark).end_line();
}

// Whether the thread has taken its turn, or will not any more.
bool wait_for_answer(pid_t thread) noexcept {
  for (int waited = 0; waited < kPatienceMs; ++waited) {
    if (asked.load() == 0) {
      return true;
    }
    nap();
  }
  pid_t expected = thread;
  if (asked.compare_exchange_strong(expected, 0)) {
    return false;
  }
  for (int waited = 0; waited < kPatienceMs && asked.load() != 0; ++waited) {
    nap();  // it is at it
  }
  return asked.load() == 0;
}

void write_stack_of(int descriptor, pid_t thread) noexcept {
  write_heading(descriptor, thread, "");
  asked.store(thread);
  if (::syscall(SYS_tgkill, ::getpid(), thread, kTraceSignal) != 0) {
    asked.store(0);
    SignalWriter(descriptor).text("  (it has ended)").end_line();
  } else if (!wait_for_answer(thread)) {
    SignalWriter(descriptor).text("  (it did not answer)").end_line();
  }
}

// As getdents64(2) fills a buffer with them.
struct Entry {
  std::uint64_t inode;
  std::int64_t offset;
  unsigned short length;
  unsigned char type;
  char name[1];
};

template <class Work>
bool for_each_thread(const Work& work) noexcept {
  const int folder = ::open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) {
    return false;
  }
  alignas(Entry) char buffer[1024];
  for (;;) {
    const long bytes = ::syscall(SYS_getdents64, folder, buffer, sizeof buffer);
    if (bytes <= 0) {
      break;
    }
    for (long at = 0; at < bytes;) {
      const auto* entry = reinterpret_cast<const Entry*>(buffer + at);
      at += entry->length;
      pid_t number = 0;
      for (const char* digit = static_cast<const char*>(entry->name);
           *digit >= '0' && *digit <= '9'; ++digit) {
        number = number * 10 + (*digit - '0');
      }
      if (number != 0) {
        work(number);
      }
    }
  }
  ::close(folder);
  return true;
}

}  // namespace

pid_t thread_id() noexcept { return static_cast<pid_t>(::syscall(SYS_gettid)); }

void nap() noexcept {
  const timespec millisecond{0, 1'000'000};
  ::nanosleep(&millisecond, nullptr);
}

std::uintptr_t interrupted_at(const void* context) noexcept {
  if (context == nullptr) {
    return 0;
  }
  [[maybe_unused]] const auto& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return static_cast<std::uintptr_t>(machine.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return machine.pc;
#else
  return 0;
#endif
}

void write_code_address(SignalWriter& out, std::uintptr_t address) noexcept {
  if (symbols.covers(address)) {
    const SymbolTable::Found found = symbols.find(address);
    if (!found.name.empty()) {
      write_function_name(out, found.name);
      out.text("+").hexadecimal(found.offset).text(" ");
    }
    out.text("[program+").hexadecimal(symbols.in_file(address)).text("]");
    return;
  }
  Dl_info library{};
  if (::dladdr(reinterpret_cast<void*>(address), &library) == 0 || library.dli_fname == nullptr) {
    out.text("[").hexadecimal(address).text("]");
    return;
  }
  if (library.dli_sname != nullptr) {
    write_function_name(out, library.dli_sname);
    out.text("+").hexadecimal(address - reinterpret_cast<std::uintptr_t>(library.dli_saddr));
    out.text(" ");
  }
  const std::string_view path = library.dli_fname;
  const std::size_t slash = path.rfind('/');
  out.text("[").text(slash == std::string_view::npos ? path : path.substr(slash + 1)).text("+");
  out.hexadecimal(address - reinterpret_cast<std::uintptr_t>(library.dli_fbase)).text("]");
}

void prepare_stack_traces() {
  symbols.open();
  // The first call loads the unwinder, which a handler may not.
  void* frames[1];
  ::backtrace(static_cast<void**>(frames), 1);
  struct sigaction action {};
  action.sa_sigaction = &on_trace_signal;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  ::sigaction(kTraceSignal, &action, nullptr);
}

void write_stack_traces(int descriptor, const void* context) noexcept {
  SignalWriter out(descriptor);
  out.end_line();
  out.text("------ STACK TRACE ------").end_line();
  const pid_t self = thread_id();
  write_heading(descriptor, self, context == nullptr ? "" : " (has this signal)");
  write_own_frames(descriptor, context);
  asked_descriptor.store(descriptor);
  const bool listed = for_each_thread([&](pid_t thread) {
    if (thread != self) {
      write_stack_of(descriptor, thread);
    }
  });
  if (!listed) {
    out.text("(/proc is not there: the other threads are not known)").end_line();
  }
  out.end_line();
  out.text("------ STACK TRACE DONE ------").end_line();
}

}  // namespace sorrel::server
