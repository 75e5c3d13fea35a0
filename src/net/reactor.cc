// SPDX-License-Identifier: BSD-3-Clause
//
// Arming and re-arming of what asio waits for. Each handler does its work and then lets the turn
// end, so that whatever the work queued (replies, connections to close) goes out at once.
#include "reactor.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include <grp.h>

#include <sorrel/base/monotonic.h>

namespace sorrel::net {
namespace {

constexpr std::int64_t kRestNs = 100'000'000;

std::string describe(const asio::ip::tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  const std::string port = std::to_string(endpoint.port());
  return endpoint.address().is_v6() ? "[" + address + "]:" + port : address + ":" + port;
}

void tune(int descriptor, int keepalive_s) {
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (keepalive_s > 0) {
    const int interval = keepalive_s / 3 > 0 ? keepalive_s / 3 : 1;
    const int probes = 3;
    ::setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &keepalive_s, sizeof keepalive_s);
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
  }
}

}  // namespace

void EventLoop::Reactor::perform(std::function<void()> work, EventLoop& loop) {
  if (loop.aside_) {
    postponed.push_back(std::move(work));
    return;
  }
  loop.perform(work);
}

void EventLoop::Reactor::end_aside(EventLoop& loop) {
  for (std::function<void()>& work : std::exchange(postponed, {})) {
    asio::post(context, [this, work = std::move(work), &loop] { perform(work, loop); });
  }
  loop.doorbell_rang_ = true;
}

void EventLoop::Reactor::arm(Watched& item, EventLoop& loop) {
  item.descriptor.async_wait(Descriptor::wait_read,
                             [this, &item, &loop](const asio::error_code& error) {
                               if (!error) {
                                 loop.perform(item.work);
                                 arm(item, loop);
                               }
                             });
}

void EventLoop::Reactor::arm_signals(std::function<void(int)> work, EventLoop& loop) {
  signals->async_wait(
      [this, work = std::move(work), &loop](const asio::error_code& error, int signal) {
        if (!error) {
          loop.signal_waits_ = true;
          perform(
              [work, signal, &loop] {
                loop.signal_waits_ = false;
                work(signal);
              },
              loop);
          arm_signals(work, loop);
        }
      });
}

void EventLoop::Reactor::accept_again() {
  for (const std::function<void()>& arm : std::exchange(resting, {})) {
    arm();
  }
}

template <class Acceptor>
void EventLoop::Reactor::arm_acceptor(Acceptor& acceptor, Security security, EventLoop& loop) {
  acceptor.async_accept(
      [this, &acceptor, security, &loop](const asio::error_code& error, auto socket) {
        if (error == asio::error::operation_aborted) {
          return;
        }
        if (!error) {
          asio::error_code ignored;
          std::string address;
          std::string local_address;
          if constexpr (std::is_same_v<Acceptor, TcpAcceptor>) {
            address = describe(socket.remote_endpoint(ignored));
            local_address = describe(socket.local_endpoint(ignored));
            tune(socket.native_handle(), loop.keepalive_s_);
          } else {
            address = local_address = acceptor.local_endpoint(ignored).path() + ":0";
          }
          socket.native_non_blocking(true, ignored);
          const int descriptor = socket.release(ignored);
          if (descriptor >= 0) {
            loop.adopt(descriptor, std::move(address), std::move(local_address), security);
          }
          arm_acceptor(acceptor, security, loop);
          return;
        }
        // Out of descriptors or memory: try again a little later instead of spinning.
        resting.push_back([this, &acceptor, security, &loop] {
          if (acceptor.is_open()) {
            arm_acceptor(acceptor, security, loop);
          }
        });
        loop.set_timer(loop.accept_again_, base::monotonic_ns() + kRestNs);
      });
}

std::string EventLoop::listen_tcp(const std::string& address, std::uint16_t port, int backlog,
                                  Security security) {
  asio::error_code error;
  const bool any = address == "*" || address == "::*";
  const auto ip = address == "*"     ? asio::ip::address(asio::ip::address_v4::any())
                  : address == "::*" ? asio::ip::address(asio::ip::address_v6::any())
                                     : asio::ip::make_address(address, error);
  if (error && !any) {
    return "Invalid bind address '" + address + "'";
  }
  TcpAcceptor acceptor(reactor_->context);
  acceptor.open(ip.is_v6() ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), error);
  if (!error) {
    acceptor.set_option(asio::socket_base::reuse_address(true), error);
  }
  if (!error && ip.is_v6()) {
    acceptor.set_option(asio::ip::v6_only(true), error);
  }
  if (!error) {
    acceptor.bind({ip, port}, error);
  }
  if (!error) {
    acceptor.listen(backlog, error);
  }
  if (error) {
    return "Could not create server TCP listening socket " + address + ":" + std::to_string(port) +
           ": " + error.message();
  }
  reactor_->tcp.push_back({std::move(acceptor), security});
  TcpAcceptor& listener = reactor_->tcp.back().acceptor;
  add_doorbell(listener.native_handle());
  reactor_->arm_acceptor(listener, security, *this);
  doorbell_rang_ = true;  // for whom it has accepted at once
  return {};
}

namespace {

// Returns: 0 or errno.
int give_access(const std::string& path, const SocketAccess& access) {
  if (!access.group.empty()) {
    errno = 0;
    const group* entry = ::getgrnam(access.group.c_str());
    if (entry == nullptr) {
      return errno != 0 ? errno : EINVAL;
    }
    if (::chown(path.c_str(), static_cast<uid_t>(-1), entry->gr_gid) != 0) {
      return errno;
    }
  }
  const bool done = access.permissions == 0 || ::chmod(path.c_str(), access.permissions) == 0;
  return done ? 0 : errno;
}

}  // namespace

std::string EventLoop::listen_unix(const std::string& path, const SocketAccess& access,
                                   int backlog) {
  asio::error_code error;
  ::unlink(path.c_str());
  UnixAcceptor acceptor(reactor_->context);
  acceptor.open(asio::local::stream_protocol(), error);
  if (!error) {
    acceptor.bind(asio::local::stream_protocol::endpoint(path), error);
  }
  if (!error) {
    error = asio::error_code(give_access(path, access), asio::error::get_system_category());
  }
  if (!error) {
    acceptor.listen(backlog, error);
  }
  if (error) {
    return "Could not create server Unix listening socket " + path + ": " + error.message();
  }
  reactor_->unix_paths.push_back(path);
  reactor_->local.push_back(std::move(acceptor));
  add_doorbell(reactor_->local.back().native_handle());
  reactor_->arm_acceptor(reactor_->local.back(), Security::kPlain, *this);
  doorbell_rang_ = true;
  return {};
}

std::uint16_t EventLoop::port(Security security) const {
  asio::error_code ignored;
  for (const Reactor::TcpListener& listener : reactor_->tcp) {
    if (listener.security == security && listener.acceptor.is_open()) {
      return listener.acceptor.local_endpoint(ignored).port();
    }
  }
  return 0;
}

void EventLoop::watch(int descriptor, std::function<void()> work) {
  reactor_->watched.push_back({Descriptor(reactor_->context, descriptor), std::move(work)});
  add_doorbell(descriptor);
  reactor_->arm(reactor_->watched.back(), *this);
}

void EventLoop::unwatch(int descriptor) {
  for (Reactor::Watched& item : reactor_->watched) {
    if (item.descriptor.native_handle() == descriptor) {
      // The item stays in its list: its aborted wait is still to be delivered to it.
      item.descriptor.release();
      ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
      return;
    }
  }
}

void EventLoop::on_signals(std::initializer_list<int> signals, std::function<void(int)> work) {
  reactor_->signals = std::make_unique<SignalSet>(reactor_->context);
  for (const int signal : signals) {
    reactor_->signals->add(signal);
  }
  reactor_->arm_signals(std::move(work), *this);
}

// They stay in their list: the end of their last wait is still to be delivered to them.
void EventLoop::close_tcp_listeners(Security security) {
  asio::error_code ignored;
  for (Reactor::TcpListener& listener : reactor_->tcp) {
    if (listener.security == security) {
      listener.acceptor.close(ignored);
    }
  }
}

void EventLoop::close_listeners() {
  asio::error_code ignored;
  close_tcp_listeners(Security::kPlain);
  close_tcp_listeners(Security::kTls);
  for (UnixAcceptor& acceptor : reactor_->local) {
    acceptor.close(ignored);
  }
  for (const std::string& path : reactor_->unix_paths) {
    ::unlink(path.c_str());
  }
  reactor_->unix_paths.clear();
}

}  // namespace sorrel::net
