// SPDX-License-Identifier: BSD-3-Clause
//
// A further client of an executor under test, beside the session of CommandFixture: one that may be
// kept waiting. Its replies come back as bytes, those to a command that waited by read().
//
//   test::Client a{server.executor};
//   a.run({"BLPOP", "k", "0"});
//   EXPECT_TRUE(a.waits());
//
// One thread.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sorrel/base/output_buffer.h>
#include <sorrel/exec/executor.h>
#include <sorrel/exec/session.h>

namespace sorrel::test {

class Client : public exec::Transport {
 public:
  explicit Client(exec::Executor& executor) : executor_(executor) {
    session.transport = this;
    executor.sessions().add(session);
    executor.open_session(session);
  }
  ~Client() override {
    if (session.id != 0) executor_.close_session(session);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  std::string run(std::initializer_list<std::string_view> words) {
    return run(std::span<const std::string_view>(words.begin(), words.size()));
  }
  std::string run(std::span<const std::string_view> words) {
    executor_.run_one(session, words, output_);
    return read();
  }
  std::string read() {
    std::vector<char> scratch;
    std::string text(output_.contiguous(scratch));
    output_.clear();
    return text;
  }
  bool waits() const { return session.parked != nullptr; }

  void close() override {}
  exec::TransportStatistics statistics() const override { return {}; }
  base::OutputBuffer& output() override { return output_; }
  void resume(bool logged) override { resumed.push_back(logged); }
  void send_soon() override {}

  exec::Session session;
  std::vector<bool> resumed;  // what each resume() was told

 private:
  exec::Executor& executor_;
  base::OutputBuffer output_;
};

}  // namespace sorrel::test
