// SPDX-License-Identifier: BSD-3-Clause
// Starting and killing a server under test. Its standard output goes to a file in its directory,
// which is removed with everything in it when the process object goes.
#include "server_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <stdlib.h>

#include "support/resp_client.h"

namespace sorrel::test {
namespace {

constexpr auto kStartLimit = std::chrono::seconds(30);
constexpr const char* kOutputName = "output.txt";

// A port that nobody listens on: the kernel chooses it, and it is free again before the server
// asks.
std::uint16_t free_port() {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const bool bound = ::bind(probe, generic, size) == 0 && ::getsockname(probe, generic, &size) == 0;
  ::close(probe);
  return bound ? ntohs(address.sin_port) : std::uint16_t{0};
}

// The child's side of fork: only calls that are safe there.
[[noreturn]] void become(const std::vector<std::string>& words, const std::string& output) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(file, STDOUT_FILENO);
  ::dup2(file, STDERR_FILENO);
  ::execvp(arguments.front(), arguments.data());
  ::_exit(127);
}

}  // namespace

ServerProcess::ServerProcess(std::vector<std::string> prefix, bool append_only)
    : prefix_(std::move(prefix)), append_only_(append_only) {
  namespace fs = std::filesystem;
  const bool rooted = prefix_.size() > 2 && prefix_[0] == "chroot";
  const std::string root = rooted ? prefix_[1] : "";
  const fs::path parent = rooted ? fs::path("/tmp") : fs::temp_directory_path();
  std::string pattern = root + parent.string() + "/script-server-XXXXXX";
  if (::mkdtemp(pattern.data()) != nullptr) {
    directory_ = pattern;
    server_directory_ = pattern.substr(root.size());
  }
  port_ = free_port();
}

ServerProcess::~ServerProcess() {
  kill();
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

std::vector<std::string> ServerProcess::command_line(
    const std::map<std::string, std::string>& options) const {
  std::vector<std::string> words = prefix_;
  const auto add = [&](std::initializer_list<std::string> more) {
    words.insert(words.end(), more);
  };
  add({"--port", std::to_string(port_), "--bind", "127.0.0.1", "--daemonize", "no"});
  add({"--dir", server_directory_, "--save", "", "--enable-debug-command", "local"});
  if (append_only_) add({"--appendonly", "yes", "--appendfsync", "always"});
  for (const auto& [option, value] : options) add({"--" + option, value});
  return words;
}

bool ServerProcess::start(const std::map<std::string, std::string>& options) {
  if (directory_.empty() || port_ == 0) return false;
  const std::vector<std::string> words = command_line(options);
  const std::string output = directory_ + "/" + kOutputName;
  child_ = ::fork();
  if (child_ == 0) become(words, output);
  return child_ > 0 && await_answer();
}

bool ServerProcess::await_answer() const {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + kStartLimit;
  while (Clock::now() < deadline) {
    int status = 0;
    if (::waitpid(child_, &status, WNOHANG) == child_) return false;
    TcpClient client;
    if (client.connect("127.0.0.1", port_)) {
      const ReadResult pong = client.call({"PING"}, 1000);
      // Anything but "still loading" is an answer.
      const bool answered = pong.status == ReadResult::Status::reply;
      if (answered && pong.reply.text.substr(0, 7) != "LOADING") return true;
    }
    ::poll(nullptr, 0, 1);
  }
  return false;
}

void ServerProcess::kill() {
  if (child_ <= 0) return;
  ::kill(child_, SIGKILL);
  ::waitpid(child_, nullptr, 0);
  child_ = -1;
}

std::string ServerProcess::output() const {
  std::ifstream file(directory_ + "/" + kOutputName);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace sorrel::test
