// SPDX-License-Identifier: BSD-3-Clause
//
// Turns. A connection stands in active_ at most once, with what is known of it in its flags; it is
// taken out when it is read out and has nothing to send. Connections end only in flush(), so that
// no handler pulls one away beneath another.
//
// asio's signals write to a pipe that the set does not hold: a wait that a signal interrupts asks
// asio, and one that came just before the wait is found by the look that asio gets now and then.
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <span>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <sorrel/base/monotonic.h>
#include <sorrel/net/event_loop.h>
#include <sorrel/net/tls_stream.h>

#include "reactor.h"

namespace sorrel::net {
namespace {

constexpr std::size_t kSharedInput = 64 * 1024;
constexpr int kMaxEvents = 512;
constexpr std::int64_t kGuestsPeriodNs = 100'000'000;
constexpr std::int64_t kLimitPeriodNs = 500'000'000;

// Returns: how many there are; less than 0 when a signal came. epoll_wait(2) knows milliseconds and
// costs less; it is used where a part of one does not matter, up to the last part of one where it
// does, and where the finer call is refused.
int wait_for_events(int epoll, std::span<epoll_event> events, std::int64_t wait_ns) {
  constexpr std::int64_t kMillisecond = 1'000'000;
  constexpr std::int64_t kLongWaitNs = 10 * kMillisecond;
  static thread_local bool fine = true;
  const auto most = static_cast<int>(events.size());
  if (wait_ns > 0 && wait_ns < kMillisecond && fine) {
    const timespec time{0, wait_ns};
    const int count = ::epoll_pwait2(epoll, events.data(), most, &time, nullptr);
    if (count >= 0 || errno == EINTR) {
      return count;
    }
    fine = false;
  }
  const bool up = !fine || wait_ns >= kLongWaitNs;
  const std::int64_t milliseconds = (wait_ns + (up ? kMillisecond - 1 : 0)) / kMillisecond;
  return ::epoll_wait(epoll, events.data(), most, static_cast<int>(milliseconds));
}

std::int64_t now_seconds() { return base::monotonic_ns() / 1'000'000'000 + 1; }

}  // namespace

EventLoop::EventLoop() : reactor_(std::make_unique<Reactor>()), shared_input_(kSharedInput) {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_create1");
  }
  limit_.work = [this] { queue_over_soft_limit(); };
  late_handshakes_.work = [this] { end_late_handshakes(); };
  accept_again_.work = [this] {
    reactor_->accept_again();
    doorbell_rang_ = true;  // who came meanwhile does not ring again
  };
}

EventLoop::~EventLoop() {
  for (Connection* connection : all_) {
    delete connection;
  }
  close_listeners();
  // Watched descriptors are their owners' to close.
  for (Reactor::Watched& item : reactor_->watched) {
    if (item.descriptor.is_open()) {
      item.descriptor.release();
    }
  }
  ::close(epoll_);
}

void EventLoop::adopt(int descriptor, std::string address, std::string local_address,
                      Security security) {
  ++statistics_.connections_accepted;
  auto connection =
      std::make_unique<Connection>(*this, descriptor, std::move(address), std::move(local_address));
  if (security == Security::kTls && !begin_tls(*connection)) {
    return;
  }
  serve(std::move(connection), accept_);
}

void EventLoop::serve(std::unique_ptr<Connection> connection, const Accept& accept) {
  const int descriptor = connection->descriptor();
  auto handler = accept(*connection);
  if (handler == nullptr) {
    connection->write_once();
    connection->shut_down();
    return;
  }
  connection->set_handler(std::move(handler));
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = connection.get();
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) {
    return;
  }
  const auto index = static_cast<std::size_t>(descriptor);
  if (all_.size() <= index) {
    all_.resize(index + 1);
  }
  handshakes_ += connection->shakes_hands() ? 1 : 0;
  all_[index] = connection.release();
  ++connections_;
}

bool EventLoop::begin_tls(Connection& connection) {
  auto stream = tls_ == nullptr ? nullptr : TlsStream::accept(*tls_, connection.descriptor());
  if (stream == nullptr) {
    return false;
  }
  const std::int64_t most_ns = std::chrono::nanoseconds(handshake_time_).count();
  const std::int64_t now = base::monotonic_ns();
  connection.set_tls(std::move(stream), now + most_ns);
  if (handshakes_ == 0) {
    set_timer(late_handshakes_, now + most_ns);
  }
  return true;
}

// Looks again as long as any is under way: at most one walk in half of the time that one may take.
void EventLoop::end_late_handshakes() {
  if (handshakes_ == 0) {
    return;
  }
  for (Connection* connection : all_) {
    if (connection != nullptr && connection->shakes_hands() &&
        connection->handshake_ends_ns_ <= now_ns_) {
      connection->end_late_handshake();
    }
  }
  set_timer(late_handshakes_, now_ns_ + std::chrono::nanoseconds(handshake_time_).count() / 2);
}

void EventLoop::queue(Connection& connection) {
  if (!connection.queued_) {
    connection.queued_ = true;
    active_.push_back(&connection);
  }
}

void EventLoop::cycle(bool may_wait) {
  collect_events(may_wait ? time_to_wait() : 0);
  begin_turn();
  if (!active_.empty()) {
    read_connections(shared_input_);
    run_turn_end();
  }
  if (doorbell_rang_ || turn_began_ns_ >= guests_due_ns_) {
    run_guests();
  }
  if (turn_began_ns_ >= due_ns_) {
    run_timers();
  }
}

// A connection that is not read out, or whose socket would take more, gives no new edge.
std::int64_t EventLoop::time_to_wait() const {
  if (!active_.empty() || doorbell_rang_) {
    return 0;
  }
  return std::max<std::int64_t>(std::min(due_ns_, guests_due_ns_) - now_ns_, 0);
}

void EventLoop::collect_events(std::int64_t wait_ns) {
  std::array<epoll_event, kMaxEvents> events;
  const int count = wait_for_events(epoll_, events, wait_ns);
  if (count < 0) {
    doorbell_rang_ = true;
  }
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.ptr == nullptr) {
      doorbell_rang_ = true;
    } else {
      note_event(event.events, *static_cast<Connection*>(event.data.ptr));
    }
  }
}

void EventLoop::note_event(std::uint32_t events, Connection& connection) {
  if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) {
    connection.readable_ = true;
  }
  if ((events & EPOLLOUT) != 0) {
    connection.writable_ = true;
  }
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
    connection.peer_ended_ = true;
  }
  if ((events & EPOLLERR) != 0 && connection.closing()) {
    connection.closed_ = true;  // nobody is there to take the rest of the output
  }
  queue(connection);
}

void EventLoop::add_doorbell(int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

// All that asio has ready, but so much at a time that connections and timers get their chance.
void EventLoop::run_guests() {
  constexpr int kMaxHandlers = 64;
  guests_due_ns_ = now_ns_ + kGuestsPeriodNs;
  doorbell_rang_ = true;
  for (int i = 0; i < kMaxHandlers && doorbell_rang_; ++i) {
    doorbell_rang_ = reactor_->context.poll_one() != 0;
  }
}

void EventLoop::run_timers() {
  due_ns_ = kNever;
  const std::int64_t now = turn_began_ns_;
  for (Timer& timer : timers_) {
    if (timer.due_ns <= now) {
      const bool once = timer.period_ns == 0;
      timer.due_ns = once ? kNever : now + timer.period_ns;
      perform(std::function<void()>(timer.work));  // it may set itself anew
    }
    due_ns_ = std::min(due_ns_, timer.due_ns);
  }
}

void EventLoop::set_timer(Timer& timer, std::int64_t due_ns) {
  timer.due_ns = due_ns;
  due_ns_ = std::min(due_ns_, due_ns);
}

void EventLoop::read_connections(std::vector<char>& shared) {
  // Handlers may queue further connections; those wait for the next turn or for flush().
  const std::size_t count = active_.size();
  int handshakes_left = handshakes_per_turn_;
  for (std::size_t i = 0; i < count; ++i) {
    Connection& connection = *active_[i];
    if (connection.handled_ || connection.held_ || connection.closing()) {
      continue;
    }
    if (connection.shakes_hands() && connection.readable_ && handshakes_left-- <= 0) {
      continue;  // it stays readable: the next turn looks at it
    }
    if (connection.offer_) {
      connection.offer_again();
    }
    if (connection.readable_ && connection.has_room() && !connection.held_ &&
        !connection.closing()) {
      connection.readable_ = connection.read_once(shared);
    }
  }
}

// The list of active connections is only added to: the turn that is interrupted goes on with it,
// and settles all of them at its end.
void EventLoop::turn_aside() {
  read_connections(aside_input_);
  for (std::size_t i = 0; i < active_.size(); ++i) {
    Connection& connection = *active_[i];
    if (connection.handled_ || connection.held_ || connection.waits_for_turn_end_) {
      continue;
    }
    bool sent = connection.all_sent();
    if (!connection.closed_ && connection.writable_) {
      sent = connection.write_once();
    }
    if (connection.closed_ || (connection.close_after_output_ && sent)) {
      connection.shut_down();  // it ends with the turn; the other side is told now
    }
  }
}

void EventLoop::serve_others() {
  aside_input_.resize(kSharedInput);
  aside_ = true;
  constexpr int kMaxEventsAside = 64;
  for (int i = 0; i < kMaxEventsAside && reactor_->context.poll_one() != 0; ++i) {
  }
  collect_events(0);
  turn_aside();
  aside_ = false;
  reactor_->end_aside(*this);
}

void EventLoop::begin_turn() {
  if (!aside_) {
    turn_began_ns_ = now_ns_ = base::monotonic_ns();
  }
}

void EventLoop::run_turn_end() {
  if (aside_) {
    return;
  }
  if (turn_end_) {
    turn_end_();
  } else {
    flush();
  }
  now_ns_ = base::monotonic_ns();
  const auto took = static_cast<std::uint64_t>(std::max<std::int64_t>(now_ns_ - turn_began_ns_, 0));
  ++statistics_.turns;
  const auto bucket = static_cast<std::size_t>(std::bit_width(took / 1000));
  ++statistics_.histogram[std::min(bucket, statistics_.histogram.size() - 1)];
  statistics_.busy_ns += took;
  statistics_.longest_ns = std::max(statistics_.longest_ns, took);
}

void EventLoop::perform(const std::function<void()>& work) {
  begin_turn();
  work();
  run_turn_end();
}

void EventLoop::flush() {
  spare_.swap(active_);
  for (Connection* connection : spare_) {
    settle(*connection);
  }
  spare_.clear();
}

void EventLoop::settle(Connection& connection) {
  connection.queued_ = false;
  bool sent = true;
  if (!connection.closed_ && !connection.held_) {
    sent = !connection.writable_ ? connection.all_sent() : connection.write_once();
    watch_output(connection, sent);
  }
  if (connection.closed_) {
    destroy(connection);
    return;
  }
  if (connection.held_) {
    return;  // release() queues it again
  }
  if (connection.close_after_output_ && sent) {
    connection.shut_down();
    destroy(connection);
    return;
  }
  const bool reads = ((connection.readable_ && connection.has_room()) || connection.offer_) &&
                     !connection.close_after_output_;
  if (reads || (!sent && connection.writable_)) {
    queue(connection);
  }
}

// Applies the output limit. A reader that has stalled gives no more news, so while anyone is over
// the soft limit a timer looks at them.
void EventLoop::watch_output(Connection& connection, bool sent) {
  const bool was_over = connection.over_soft_since_s_ != 0;
  if (sent) {
    connection.over_soft_since_s_ = 0;
  } else if (connection.exceeds(output_limit(connection.output_class_), now_seconds())) {
    connection.end_over_limit();
  }
  const bool is_over = connection.over_soft_since_s_ != 0;
  if (is_over && !was_over && ++over_soft_ == 1) {
    set_timer(limit_, base::monotonic_ns() + kLimitPeriodNs);
  } else if (was_over && !is_over) {
    --over_soft_;
  }
}

void EventLoop::queue_over_soft_limit() {
  if (over_soft_ == 0) {
    return;
  }
  for (Connection* connection : all_) {
    if (connection != nullptr && connection->over_soft_since_s_ != 0) {
      queue(*connection);
    }
  }
  set_timer(limit_, now_ns_ + kLimitPeriodNs);
}

void EventLoop::destroy(Connection& connection) {
  all_[static_cast<std::size_t>(connection.descriptor())] = nullptr;
  --connections_;
  if (connection.over_soft_since_s_ != 0) {
    --over_soft_;
  }
  if (connection.shakes_hands()) {
    end_handshake();
  }
  connection.queued_ = true;  // so that its handler's farewell cannot put it into active_ again
  delete &connection;
}

void EventLoop::every(std::chrono::milliseconds period, std::function<void()> work) {
  Timer& timer = timers_.emplace_back();
  timer.period_ns = std::chrono::nanoseconds(period).count();
  timer.work = std::move(work);
  set_timer(timer, base::monotonic_ns() + timer.period_ns);
}

void EventLoop::wake_in(std::chrono::microseconds time, std::function<void()> work) {
  wake_.work = std::move(work);
  set_timer(wake_, base::monotonic_ns() + std::chrono::nanoseconds(time).count());
}

void EventLoop::run() {
  stopped_ = false;
  while (!stopped_) {
    cycle(true);
  }
}

void EventLoop::poll() { cycle(false); }

void EventLoop::stop() { stopped_ = true; }

}  // namespace sorrel::net
