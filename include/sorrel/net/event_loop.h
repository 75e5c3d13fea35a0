// SPDX-License-Identifier: BSD-3-Clause
//
// The event loop. It waits in an epoll set of its own that holds the connections; timers are its
// own, too. asio has the listeners, the watched descriptors and the signals: their descriptors are
// in the set besides, as doorbells, and when one rings asio is asked. So a turn costs one system
// call more than what its connections read and write, however few they are.
//
// A turn: every connection with news is read once and its bytes handed to its handler; then
// end_of_turn() runs (the owner's hook: it writes the log) and calls flush(), which sends each
// connection's output with one write. One thread runs the loop; others may only write to an eventfd
// that watch() was given.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include <sorrel/net/connection.h>

namespace sorrel::net {

struct LoopStatistics {
  std::uint64_t turns = 0;    // those of timers included
  std::uint64_t busy_ns = 0;  // time in them
  std::uint64_t longest_ns = 0;
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_over_limit = 0;  // ended by the output limit
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
  std::uint64_t tls_handshakes = 0;  // that were done
  std::uint64_t tls_failures = 0;    // connections that ended so, in the handshake or later
  std::uint64_t reads = 0;           // of sockets
  std::uint64_t writes = 0;
  // Of the turns' times: bucket i counts those below 2^i microseconds; the last one the rest.
  std::array<std::uint64_t, 24> histogram{};
};

// Which listeners are meant: those for everybody, or those that speak TLS.
enum class Security : std::uint8_t { kPlain, kTls };

// Who may use a Unix socket: its permissions (0: what the umask leaves) and its group (empty: the
// process's own).
struct SocketAccess {
  unsigned permissions = 0;
  std::string group;
};

class TlsContext;

class EventLoop {
 public:
  // Makes the handler of a new connection, or null to refuse it: what was written to its output
  // by then is sent, and it is closed.
  using Accept = std::function<std::unique_ptr<ConnectionHandler>(Connection&)>;

  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  void on_accept(Accept accept) { accept_ = std::move(accept); }
  // Runs at the end of every turn and must call flush().
  void on_turn_end(std::function<void()> hook) { turn_end_ = std::move(hook); }

  // Returns: an empty text, or why it could not listen. Port 0 takes a free one. Security::kTls
  // requires: set_tls() was given a context before the first connection comes.
  std::string listen_tcp(const std::string& address, std::uint16_t port, int backlog,
                         Security security = Security::kPlain);
  std::string listen_unix(const std::string& path, const SocketAccess& access, int backlog);
  // The port of the first TCP listener, 0 without one.
  std::uint16_t port(Security security = Security::kPlain) const;

  // For the TLS connections that come from now on; those that are there keep theirs.
  void set_tls(std::shared_ptr<const TlsContext> context) { tls_ = std::move(context); }
  const TlsContext* tls() const { return tls_.get(); }
  // How many handshakes go on in one turn, because each takes about a millisecond of it; and how
  // long one may take in all before its connection ends.
  void set_handshakes_per_turn(int most) { handshakes_per_turn_ = most; }
  void set_handshake_time(std::chrono::milliseconds most) { handshake_time_ = most; }

  // Serves a connection that another kind of listener has accepted: `accept` makes its handler. It
  // is not counted as accepted. Requires: its socket does not block.
  void serve(std::unique_ptr<Connection> connection, const Accept& accept);

  // Calls `work` every `period`, until the loop ends.
  void every(std::chrono::milliseconds period, std::function<void()> work);
  // Calls `work` once at about that time from now; a new call replaces the one that is pending.
  void wake_in(std::chrono::microseconds time, std::function<void()> work);
  // Calls `work` when the descriptor becomes readable (an eventfd, read by `work`).
  void watch(int descriptor, std::function<void()> work);
  // Requires: watch() was given it. To be called before the descriptor is closed.
  void unwatch(int descriptor);
  void on_signals(std::initializer_list<int> signals, std::function<void(int)> work);

  void run();
  // Runs what is ready now, turns with it, and returns: for long work before run().
  void poll();
  // For a handler that takes long: all other connections are read, handled and answered once, new
  // ones accepted and watched descriptors looked at. Timers, signals and the end of the turn wait
  // until that handler has returned. Requires: is called from within a handler's on_input().
  void serve_others();
  bool serves_others() const { return aside_; }
  // Whether a signal came meanwhile, whose work waits like all else.
  bool signal_waits() const { return signal_waits_; }
  // Lets run() return after the current turn.
  void stop();

  // Sends what connections have to send, and ends those that are to end. For on_turn_end().
  void flush();
  // Stops listening: no connection is accepted any more, by TCP or at all.
  void close_tcp_listeners(Security security);
  void close_listeners();

  // By OutputClass.
  using OutputLimits = std::array<Connection::OutputLimit, kOutputClasses>;
  void set_output_limits(const OutputLimits& limits) { output_limits_ = limits; }
  void set_keepalive(int seconds) { keepalive_s_ = seconds; }
  const LoopStatistics& statistics() const { return statistics_; }
  void forget_longest_turn() { statistics_.longest_ns = 0; }
  std::size_t connection_count() const { return connections_; }
  // What connections keep of their input, for the accounting of clients.
  std::size_t input_bytes() const { return input_bytes_; }

 private:
  friend class Connection;
  struct Reactor;  // everything of asio

  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  struct Timer {
    std::int64_t due_ns = kNever;
    std::int64_t period_ns = 0;  // 0: once
    std::function<void()> work;
  };

  void adopt(int descriptor, std::string address, std::string local_address, Security security);
  // Returns: whether its TLS can begin.
  bool begin_tls(Connection& connection);
  void end_handshake() { --handshakes_; }
  void end_late_handshakes();
  // Waits, if it may, until there is something to do; then does it.
  void cycle(bool may_wait);
  std::int64_t time_to_wait() const;
  void collect_events(std::int64_t wait_ns);
  void note_event(std::uint32_t events, Connection& connection);
  void add_doorbell(int descriptor);
  void run_guests();
  void run_timers();
  void set_timer(Timer& timer, std::int64_t due_ns);
  void read_connections(std::vector<char>& shared);
  void turn_aside();
  void queue(Connection& connection);
  const Connection::OutputLimit& output_limit(OutputClass output_class) const {
    return output_limits_[static_cast<std::size_t>(output_class)];
  }
  void settle(Connection& connection);
  void watch_output(Connection& connection, bool sent);
  void queue_over_soft_limit();
  void destroy(Connection& connection);
  void begin_turn();
  void run_turn_end();
  void perform(const std::function<void()>& work);

  std::unique_ptr<Reactor> reactor_;
  Accept accept_;
  std::function<void()> turn_end_;
  int epoll_ = -1;
  std::vector<char> shared_input_;  // where a read lands when nothing was left over
  std::vector<char> aside_input_;   // the same while a handler lets others be served
  bool aside_ = false;
  bool signal_waits_ = false;
  bool stopped_ = false;
  bool doorbell_rang_ = false;
  std::list<Timer> timers_;
  Timer& wake_ = timers_.emplace_back();
  Timer& limit_ = timers_.emplace_back();
  Timer& accept_again_ = timers_.emplace_back();
  Timer& late_handshakes_ = timers_.emplace_back();
  std::int64_t due_ns_ = kNever;     // of the first of them
  std::int64_t guests_due_ns_ = 0;   // when asio is asked, even if no bell has rung
  std::vector<Connection*> active_;  // with news, or with output to send
  std::vector<Connection*> spare_;   // the list being worked on in flush()
  std::size_t connections_ = 0;
  std::size_t input_bytes_ = 0;
  std::size_t over_soft_ = 0;     // connections above the soft output limit
  std::vector<Connection*> all_;  // by descriptor
  OutputLimits output_limits_;
  int keepalive_s_ = 300;
  std::shared_ptr<const TlsContext> tls_;
  int handshakes_per_turn_ = 1;
  std::chrono::milliseconds handshake_time_{10'000};
  std::size_t handshakes_ = 0;  // under way
  std::int64_t now_ns_ = 0;     // the last time that was read
  std::int64_t turn_began_ns_ = 0;
  LoopStatistics statistics_;
};

}  // namespace sorrel::net
