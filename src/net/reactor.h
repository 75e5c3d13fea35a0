// SPDX-License-Identifier: BSD-3-Clause
//
// Everything of asio that the event loop owns. Concrete executor types and locking switched off
// (ASIO's "unsafe" concurrency hint): one thread runs the loop and nobody else may post to it.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <vector>

#include <asio.hpp>

#include <sorrel/net/event_loop.h>

namespace sorrel::net {

using Executor = asio::io_context::executor_type;
using Descriptor = asio::posix::basic_stream_descriptor<Executor>;
using TcpAcceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
using UnixAcceptor = asio::basic_socket_acceptor<asio::local::stream_protocol, Executor>;
using SignalSet = asio::basic_signal_set<Executor>;

struct EventLoop::Reactor {
  asio::io_context context{ASIO_CONCURRENCY_HINT_UNSAFE};
  asio::executor_work_guard<Executor> always_ready{context.get_executor()};
  struct TcpListener {
    TcpAcceptor acceptor;
    Security security;
  };
  std::list<TcpListener> tcp;
  std::list<UnixAcceptor> local;
  std::vector<std::string> unix_paths;
  std::vector<std::function<void()>> resting;  // arm acceptors that could not accept

  struct Watched {
    Descriptor descriptor;
    std::function<void()> work;
  };
  std::list<Watched> watched;
  std::unique_ptr<SignalSet> signals;
  // What came due while a handler let others be served.
  std::vector<std::function<void()>> postponed;

  void arm(Watched& watched, EventLoop& loop);
  void arm_signals(std::function<void(int)> work, EventLoop& loop);
  // Does `work` now, or when no handler is interrupted any more.
  void perform(std::function<void()> work, EventLoop& loop);
  void end_aside(EventLoop& loop);
  void accept_again();
  template <class Acceptor>
  void arm_acceptor(Acceptor& acceptor, Security security, EventLoop& loop);
};

}  // namespace sorrel::net
