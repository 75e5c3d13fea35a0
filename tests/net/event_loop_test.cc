// SPDX-License-Identifier: BSD-3-Clause
//
// The event loop with real sockets. The loop runs in a thread of its own; the test's thread is the
// peer, with blocking sockets that have a receive timeout, and it never sleeps: it waits for bytes,
// for the end of a stream, or for a condition that the loop's thread announces. What the loop's
// thread shares with the test stands under one mutex.
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/net/event_loop.h>

#include "net/peer.h"

namespace sorrel::net {
namespace {

using namespace std::chrono_literals;
using test::Peer;

constexpr auto kPatience = 20s;

// What the handlers do with input: by the first byte of a line, else the line is echoed.
//   B<n>  answer with n bytes of 'b'      Q  answer "bye" and close after output
//   H     echo and hold                   R  release whoever is held
//   K     close at once                   U  use this line only when the next one has come
//   W     let the others be served until one says G, then echo
class LineServer {
 public:
  LineServer() {
    loop.on_accept([this](Connection& connection) { return accept(connection); });
  }
  ~LineServer() { stop(); }
  LineServer(const LineServer&) = delete;
  LineServer& operator=(const LineServer&) = delete;

  void start() {
    thread_ = std::thread([this] { loop.run(); });
  }
  void stop() {
    if (thread_.joinable()) {
      stopping_ = true;
      thread_.join();
    }
  }
  Peer connect() { return Peer::tcp(loop.port()); }

  bool wait_for(const std::function<bool()>& condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, condition);
  }

  EventLoop loop;
  // Under the mutex: read them within wait_for().
  std::size_t opened = 0;
  std::size_t closed = 0;
  std::size_t inputs = 0;
  LoopStatistics statistics;
  bool waiting = false;
  bool refuse = false;  // set before start()

 private:
  class Handler final : public ConnectionHandler {
   public:
    Handler(LineServer& server, Connection& connection)
        : server_(server), connection_(connection) {}

    std::size_t on_input(std::string_view unread) override {
      server_.note([this] { ++server_.inputs; });
      std::size_t used = 0;
      while (!connection_.closing()) {
        const std::size_t end = unread.find('\n', used);
        if (end == std::string_view::npos) {
          break;
        }
        if (unread[used] == 'U' && unread.find('\n', end + 1) == std::string_view::npos) {
          break;
        }
        answer(unread.substr(used, end + 1 - used));
        used = end + 1;
      }
      return connection_.closing() ? unread.size() : used;
    }
    void on_closed() override {
      connection_.close_now();  // must be harmless
      server_.note([this] {
        std::erase(server_.held_, &connection_);
        ++server_.closed;
      });
    }

   private:
    void answer(std::string_view line) {
      base::OutputBuffer& output = connection_.output();
      if (line[0] == 'B') {
        output.append(std::string(std::stoul(std::string(line.substr(1))), 'b'));
      } else if (line[0] == 'Q') {
        output.append("bye\n");
        connection_.close_after_output();
      } else if (line[0] == 'K') {
        connection_.close_now();
      } else if (line[0] == 'H') {
        output.append(line);
        connection_.hold();
        server_.held_.push_back(&connection_);
      } else if (line[0] == 'R') {
        for (Connection* held : server_.held_) {
          held->release();
        }
        server_.held_.clear();
        output.append(line);
      } else if (line[0] == 'W') {
        server_.note([this] { server_.waiting = true; });
        while (!server_.going_) {
          server_.loop.serve_others();
        }
        output.append(line);
      } else {
        server_.going_ = server_.going_ || line[0] == 'G';
        output.append(line);
      }
    }

    LineServer& server_;
    Connection& connection_;
  };

  std::unique_ptr<ConnectionHandler> accept(Connection& connection) {
    note([this] { ++opened; });
    if (refuse) {
      connection.output().append("no room\n");
      return nullptr;
    }
    return std::make_unique<Handler>(*this, connection);
  }
  template <class Change>
  void note(Change&& change) {
    {
      const std::lock_guard lock(mutex_);
      change();
      statistics = loop.statistics();
    }
    changed_.notify_all();
  }

 public:
  // Listens on a free port of the loopback interface; the loop ends soon after stop().
  void listen() {
    ASSERT_EQ(loop.listen_tcp("127.0.0.1", 0, 511), "");
    loop.every(5ms, [this] {
      if (stopping_) {
        loop.stop();
      }
    });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Connection*> held_;
  bool going_ = false;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

class EventLoopTest : public testing::Test {
 protected:
  void SetUp() override { server.listen(); }
  LineServer server;
};

TEST_F(EventLoopTest, ServesOthersWhileAHandlerTakesLong) {
  server.start();
  Peer early = server.connect();
  Peer slow = server.connect();
  slow.send("W\nnext\n");
  ASSERT_TRUE(server.wait_for([this] { return server.waiting; }));
  early.send("early\n");
  EXPECT_EQ(early.receive(6), "early\n");
  Peer late = server.connect();
  late.send("late\nG\n");
  EXPECT_EQ(late.receive(7), "late\nG\n");
  EXPECT_EQ(slow.receive(7), "W\nnext\n");
  late.send("K\n");
  early.send("after\n");
  EXPECT_EQ(early.receive(6), "after\n");
}

TEST_F(EventLoopTest, EchoesOverTcp) {
  server.start();
  Peer peer = server.connect();
  peer.send("hello\n");
  EXPECT_EQ(peer.receive(6), "hello\n");
}

TEST_F(EventLoopTest, EchoesOverAUnixSocketAndRemovesItsFile) {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("sorrel-net-" + std::to_string(::getpid())))
          .string();
  ASSERT_EQ(server.loop.listen_unix(path, {.permissions = 0700, .group = {}}, 16), "");
  EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms::owner_all);
  server.start();
  {
    Peer peer = Peer::local(path);
    peer.send("hello\n");
    EXPECT_EQ(peer.receive(6), "hello\n");
  }
  server.stop();
  server.loop.close_listeners();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(EventLoopTest, SaysWhyItCannotListen) {
  EXPECT_NE(server.loop.listen_tcp("not an address", 0, 16), "");
  EXPECT_NE(server.loop.listen_tcp("127.0.0.1", server.loop.port(), 16), "");
  EXPECT_NE(server.loop.listen_unix("/nowhere/at/all.sock", {}, 16), "");
  const std::string path =
      (std::filesystem::temp_directory_path() / ("sorrel-net-" + std::to_string(::getpid())))
          .string();
  EXPECT_NE(server.loop.listen_unix(path, {.permissions = 0, .group = "no such group"}, 16), "");
  std::filesystem::remove(path);
}

TEST_F(EventLoopTest, KeepsWhatIsLeftOver) {
  server.start();
  Peer peer = server.connect();
  for (const char c : std::string("split\nagain\n")) {
    const std::string byte(1, c);
    peer.send(byte);
  }
  EXPECT_EQ(peer.receive(12), "split\nagain\n");
  const std::string line = std::string(300'000, 'x') + "\n";
  peer.send(line.substr(0, 100'000));
  peer.send(line.substr(100'000));
  EXPECT_EQ(peer.receive(line.size()), line);
}

TEST_F(EventLoopTest, AHandlerMayLeaveBytesUnused) {
  server.start();
  Peer peer = server.connect();
  peer.send("one\nUtwo\n");
  EXPECT_EQ(peer.receive(4), "one\n");
  peer.send("three\n");
  EXPECT_EQ(peer.receive(11), "Utwo\nthree\n");
}

TEST_F(EventLoopTest, BigPipelinesBothWays) {
  server.start();
  Peer peer = server.connect();
  std::string lines;
  for (int i = 0; lines.size() < 20'000'000; ++i) {
    lines += std::to_string(i) + std::string(static_cast<std::size_t>(i % 3000), 'p') + "\n";
  }
  std::thread sender([&] { peer.send(lines); });
  const std::string echoed = peer.receive(lines.size());
  sender.join();
  EXPECT_TRUE(echoed == lines);
}

TEST_F(EventLoopTest, ManyConnectionsAtOnce) {
  server.start();
  constexpr std::size_t kPeers = 700;  // more than one epoll_wait returns
  std::vector<Peer> peers;
  for (std::size_t i = 0; i < kPeers; ++i) {
    peers.push_back(server.connect());
  }
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < kPeers; ++i) {
      peers[i].send(std::to_string(i) + "\n");
    }
    for (std::size_t i = 0; i < kPeers; ++i) {
      const std::string expected = std::to_string(i) + "\n";
      ASSERT_EQ(peers[i].receive(expected.size()), expected);
    }
  }
  peers.clear();
  EXPECT_TRUE(server.wait_for([&] { return server.closed == kPeers; }));
}

// The write blocks, the peer begins to read much later, and all of it arrives.
TEST_F(EventLoopTest, ABlockedWriteGoesOnWhenThePeerReads) {
  server.start();
  Peer peer = server.connect();
  peer.send("B30000000\n");
  Peer other = server.connect();
  other.send("still here\n");
  EXPECT_EQ(other.receive(11), "still here\n");
  EXPECT_EQ(peer.receive(30'000'000), std::string(30'000'000, 'b'));
  peer.send("and on\n");
  EXPECT_EQ(peer.receive(7), "and on\n");
}

TEST_F(EventLoopTest, CloseAfterOutputDeliversEverything) {
  server.start();
  Peer peer = server.connect();
  peer.send("B20000000\nQ\nmore that nobody reads\n");
  Peer other = server.connect();
  other.send("x\n");
  EXPECT_EQ(other.receive(2), "x\n");
  peer.send("and more\n");  // unread input must neither spin the loop nor cost the peer its replies
  EXPECT_EQ(peer.receive(20'000'000), std::string(20'000'000, 'b'));
  EXPECT_EQ(peer.receive_to_end(), "bye\n");
}

TEST_F(EventLoopTest, AClosingConnectionWithUnreadInputDoesNotSpin) {
  server.start();
  Peer peer = server.connect();
  peer.send("B20000000\nQ\n");
  Peer other = server.connect();
  other.send("x\n");
  ASSERT_EQ(other.receive(2), "x\n");
  peer.send("unread\n");
  std::uint64_t before = 0;
  other.send("y\n");
  ASSERT_EQ(other.receive(2), "y\n");
  ASSERT_TRUE(server.wait_for([&] { return (before = server.statistics.turns) > 0; }));
  // Forty exchanges are about forty turns and some of the timer; a spinning loop makes thousands
  // between two of them.
  for (int i = 0; i < 40; ++i) {
    other.send("z\n");
    ASSERT_EQ(other.receive(2), "z\n");
  }
  std::uint64_t after = 0;
  ASSERT_TRUE(server.wait_for([&] { return (after = server.statistics.turns) > before; }));
  EXPECT_LT(after - before, 1000U);
}

TEST_F(EventLoopTest, CloseNowEndsTheStream) {
  server.start();
  Peer peer = server.connect();
  peer.send("K\n");
  EXPECT_EQ(peer.receive_to_end(), "");
  EXPECT_TRUE(server.wait_for([&] { return server.closed == 1; }));
}

TEST_F(EventLoopTest, AnEndThatArrivesTogetherWithDataIsSeen) {
  server.start();
  // The loop is made busy, so that data and end of the other peers come in one event each.
  Peer busy = server.connect();
  for (int i = 0; i < 50; ++i) {
    busy.send("B3000000\n");
    Peer peer = server.connect();
    peer.send("unfinished");
    peer.finish_sending();
    EXPECT_EQ(peer.receive_to_end(), "");
    ASSERT_EQ(busy.receive(3'000'000).size(), 3'000'000U);
  }
  EXPECT_TRUE(server.wait_for([&] { return server.closed == 50; }));
}

TEST_F(EventLoopTest, AHalfClosedPeerGetsItsReplies) {
  server.start();
  Peer peer = server.connect();
  peer.send("one\nB20000000\ntwo\n");
  peer.finish_sending();
  EXPECT_EQ(peer.receive(4), "one\n");
  EXPECT_EQ(peer.receive_to_end(), std::string(20'000'000, 'b') + "two\n");
}

TEST_F(EventLoopTest, APeerThatResetsIsForgotten) {
  server.start();
  for (int i = 0; i < 20; ++i) {
    Peer peer = server.connect();
    peer.send(i % 2 == 0 ? "B20000000\n" : "echo\n");
    ASSERT_TRUE(server.wait_for([&, i] { return server.inputs > static_cast<std::size_t>(i); }));
    peer.reset();
    ASSERT_TRUE(
        server.wait_for([&, i] { return server.closed == static_cast<std::size_t>(i) + 1; }));
  }
}

TEST_F(EventLoopTest, AResetEndsAConnectionThatWaitsToBeDrained) {
  server.start();
  Peer peer = server.connect();
  peer.send("B20000000\nQ\n");
  ASSERT_TRUE(server.wait_for([&] { return server.inputs > 0; }));
  peer.reset();
  EXPECT_TRUE(server.wait_for([&] { return server.closed == 1; }));
}

TEST_F(EventLoopTest, AHeldConnectionNeitherWritesNorReadsUntilReleased) {
  server.start();
  Peer held = server.connect();
  Peer other = server.connect();
  held.send("Hold\nafter\n");
  ASSERT_TRUE(server.wait_for([&] { return server.inputs == 1; }));
  held.send("later\n");
  for (int i = 0; i < 20; ++i) {
    other.send("x\n");
    ASSERT_EQ(other.receive(2), "x\n");
  }
  EXPECT_FALSE(held.has_news());
  ASSERT_TRUE(server.wait_for([&] { return server.inputs == 21; })) << "held input was read";
  other.send("R\n");
  EXPECT_EQ(held.receive(17), "Hold\nafter\nlater\n");
  EXPECT_EQ(other.receive(2), "R\n");
}

TEST_F(EventLoopTest, AHeldConnectionDeliversEvenWhenThePeerHasFinished) {
  server.start();
  Peer held = server.connect();
  Peer other = server.connect();
  held.send("Hold\n");
  held.finish_sending();
  ASSERT_TRUE(server.wait_for([&] { return server.inputs == 1; }));
  other.send("R\n");
  EXPECT_EQ(other.receive(2), "R\n");
  EXPECT_EQ(held.receive_to_end(), "Hold\n");
}

TEST_F(EventLoopTest, TheHardOutputLimitEndsASlowReader) {
  server.loop.set_output_limits({{{5'000'000, 0, 0}}});
  server.start();
  Peer slow = server.connect();
  slow.send("B30000000\n");
  EXPECT_TRUE(server.wait_for([&] { return server.closed == 1; }));
  Peer other = server.connect();
  other.send("x\n");
  ASSERT_EQ(other.receive(2), "x\n");
  other.send("x\n");
  EXPECT_TRUE(server.wait_for([&] { return server.statistics.connections_over_limit == 1; }));
}

TEST_F(EventLoopTest, TheSoftOutputLimitEndsAReaderThatStalls) {
  server.loop.set_output_limits({{{0, 100'000, 1}}});
  server.start();
  Peer slow = server.connect();
  slow.send("B30000000\n");  // and no further event will ever come from it
  EXPECT_TRUE(server.wait_for([&] { return server.closed == 1; }));
  Peer quick = server.connect();
  quick.send("B30000000\n");
  EXPECT_EQ(quick.receive(30'000'000).size(), 30'000'000U);
  quick.send("fine\n");
  EXPECT_EQ(quick.receive(5), "fine\n");
}

TEST_F(EventLoopTest, ARefusedPeerIsTold) {
  server.refuse = true;
  server.start();
  Peer peer = server.connect();
  EXPECT_EQ(peer.receive_to_end(), "no room\n");
}

TEST_F(EventLoopTest, GoesOnAfterItRanOutOfDescriptors) {
  // By this name, because UBSan's look at a polymorphic `this` may need a descriptor itself.
  LineServer& line_server = server;
  const std::uint16_t port = line_server.loop.port();
  line_server.start();
  std::vector<Peer> peers;
  peers.push_back(line_server.connect());
  peers[0].send("x\n");
  ASSERT_EQ(peers[0].receive(2), "x\n");
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &old), 0);
  // Room for the peers' own ends and for two or three of the server's.
  const auto highest = static_cast<rlim_t>(peers[0].descriptor());
  std::vector<Peer> waiting;
  for (int i = 0; i < 8; ++i) {
    waiting.push_back(Peer::unconnected());
  }
  rlimit low = old;
  low.rlim_cur = std::max<rlim_t>(highest, static_cast<rlim_t>(waiting.back().descriptor())) + 2;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  for (Peer& peer : waiting) {
    peer.connect_tcp(port);
    peer.send("x\n");
  }
  peers[0].send("y\n");
  EXPECT_EQ(peers[0].receive(2), "y\n");
  EXPECT_TRUE(line_server.wait_for([&] { return line_server.opened < 9; }))
      << "the limit was not reached";
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &old), 0);
  for (Peer& peer : waiting) {
    EXPECT_EQ(peer.receive(2), "x\n");
  }
}

TEST_F(EventLoopTest, CloseListenersRefusesNewPeers) {
  const std::uint16_t port = server.loop.port();
  server.loop.close_listeners();
  server.start();
  EXPECT_FALSE(Peer::unconnected().try_connect_tcp(port));
}

TEST(EventLoop, TimersWakeUpsAndStop) {
  EventLoop loop;
  int ticks = 0;
  int wakes = 0;
  std::size_t turns = 0;
  loop.on_turn_end([&] {
    ++turns;
    loop.flush();
  });
  loop.wake_in(1h, [&] { wakes += 100; });
  loop.wake_in(1ms, [&] { ++wakes; });  // replaces the other
  loop.every(1ms, [&] {
    if (++ticks >= 3 && wakes > 0) {
      loop.stop();
    }
  });
  loop.run();
  EXPECT_GE(ticks, 3);
  EXPECT_EQ(wakes, 1);
  EXPECT_GE(turns, 4U);
}

// The sender rests so that the loop has begun to wait; a signal before that is noticed as well.
TEST(EventLoop, ASignalIsNoticedWhenNothingElseHappens) {
  EventLoop loop;
  int seen = 0;
  loop.on_signals({SIGUSR2}, [&](int signal) {
    seen = signal;
    loop.stop();
  });
  std::thread sender([] {
    std::this_thread::sleep_for(20ms);
    ::kill(::getpid(), SIGUSR2);
  });
  loop.run();
  sender.join();
  EXPECT_EQ(seen, SIGUSR2);
}

TEST(EventLoop, WatchedDescriptorsStayTheirOwners) {
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  std::string got;
  {
    EventLoop loop;
    loop.watch(pipe_ends[0], [&] {
      char byte = 0;
      ASSERT_EQ(::read(pipe_ends[0], &byte, 1), 1);
      got += byte;
      if (byte == 'c') {
        loop.stop();
      } else {
        ASSERT_EQ(::write(pipe_ends[1], byte == 'a' ? "b" : "c", 1), 1);
      }
    });
    ASSERT_EQ(::write(pipe_ends[1], "a", 1), 1);
    loop.run();
  }
  EXPECT_EQ(got, "abc");
  EXPECT_EQ(::close(pipe_ends[0]), 0) << "the loop must not have closed it";
  EXPECT_EQ(::close(pipe_ends[1]), 0);
}

}  // namespace
}  // namespace sorrel::net
