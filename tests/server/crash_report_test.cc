// SPDX-License-Identifier: BSD-3-Clause
#include "crash_report.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "signal_writer.h"
#include "symbol_table.h"

namespace sorrel::server {
namespace {

class TemporaryFile {
 public:
  TemporaryFile() : descriptor_(::mkstemp(path_.data())) {}
  ~TemporaryFile() {
    ::close(descriptor_);
    ::unlink(path_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }
  int descriptor() const { return descriptor_; }
  std::string content() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

 private:
  std::string path_ = ::testing::TempDir() + "sorrel-report-XXXXXX";
  int descriptor_;
};

std::string readable(std::string_view mangled) {
  const TemporaryFile file;
  SignalWriter out(file.descriptor());
  write_function_name(out, mangled);
  out.end_line();
  std::string text = file.content();
  text.pop_back();
  return text;
}

TEST(FunctionName, QualifiedNamesAreReadable) {
  EXPECT_EQ(readable("main"), "main");
  EXPECT_EQ(readable("_Z3runi"), "run");
  EXPECT_EQ(readable("_ZL3runi"), "run");
  EXPECT_EQ(readable("_ZN6sorrel4base3runEi"), "sorrel::base::run");
  EXPECT_EQ(readable("_ZNK6sorrel4base3Map4findEv"), "sorrel::base::Map::find");
  EXPECT_EQ(readable("_ZN6sorrel12_GLOBAL__N_13runEv.cold"), "sorrel::(anonymous)::run");
  EXPECT_EQ(readable("_ZN6sorrel4base3MapC2Ev"), "sorrel::base::Map::(constructor)");
  EXPECT_EQ(readable("_ZN6sorrel4base3MapD1Ev"), "sorrel::base::Map::(destructor)");
}

TEST(FunctionName, WhatIsMoreThanNamesStays) {
  for (const std::string_view mangled :
       {"_ZN6sorrel3MapIiE4findEv", "_ZN6sorrel3MapplERKS0_", "_Z3runIiEvv", "_ZN", "_Z", "_ZN9sho",
        "_ZN99999999999999999999x", "_ZTVN6sorrel3MapE", ""}) {
    EXPECT_EQ(readable(mangled), mangled);
  }
}

TEST(SignalWriter, NumbersAndLinesThatAreTooLong) {
  const TemporaryFile file;
  SignalWriter out(file.descriptor());
  out.decimal(0).text(" ").decimal(INT64_MIN).text(" ").hexadecimal(UINT64_MAX).end_line();
  out.text(std::string(5000, 'x')).decimal(7).end_line();
  EXPECT_EQ(file.content(),
            "0 -9223372036854775808 0xffffffffffffffff\n" + std::string(500, 'x') + "\n");
}

TEST(SymbolTable, FindsFunctionsOfThisProgramAlone) {
  SymbolTable table;
  EXPECT_TRUE(table.find(reinterpret_cast<std::uintptr_t>(&panic)).name.empty());
  table.open();
  const auto address = reinterpret_cast<std::uintptr_t>(&panic);
  ASSERT_TRUE(table.covers(address));
  const SymbolTable::Found found = table.find(address + 1);
  EXPECT_NE(found.name.find("panic"), std::string_view::npos);
  EXPECT_EQ(found.offset, 1U);
  EXPECT_FALSE(table.covers(0));
  EXPECT_FALSE(table.covers(UINTPTR_MAX));
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

// NOLINTNEXTLINE(misc-no-recursion): it is to run over its stack.
int run_over(int depth) {
  volatile char space[4096];
  space[0] = static_cast<char>(depth);
  return depth < 0 ? 0 : run_over(depth + 1) + space[0];
}

TEST(CrashReportDeathTest, AStackThatRanOverIsReported) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        ::dup2(STDERR_FILENO, STDOUT_FILENO);
        prepare_crash_report("");
        set_crash_report(true);
        ::_exit(run_over(0));
      },
      ::testing::KilledBySignal(SIGSEGV),
      "crashed by signal: 11(.|\n)*run_over(.|\n)*STACK TRACE DONE");
}

TEST(CrashReportDeathTest, AnotherThreadThatCrashes) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        ::dup2(STDERR_FILENO, STDOUT_FILENO);
        prepare_crash_report("");
        set_crash_report(true);
        std::thread([] { ::raise(SIGBUS); }).join();
      },
      ::testing::KilledBySignal(SIGBUS),
      "crashed by signal: 7(.|\n)*has this signal(.|\n)*Thread(.|\n)*STACK TRACE DONE");
}

TEST(CrashReportDeathTest, BothThreadsThatCrashAreInOneReport) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        ::dup2(STDERR_FILENO, STDOUT_FILENO);
        prepare_crash_report("");
        set_crash_report(true);
        std::thread other([] { ::raise(SIGSEGV); });
        ::raise(SIGSEGV);
        other.join();
      },
      ::testing::KilledBySignal(SIGSEGV), "crashed by signal: 11(.|\n)*END OF THE CRASH REPORT");
}

#endif

}  // namespace
}  // namespace sorrel::server
