// SPDX-License-Identifier: BSD-3-Clause
//
// The core and the log together on a simulated clock and disk, with faults: random commands turn by
// turn, steps of the writer in between, failures for a while, and a crash at a random moment or in
// the middle of a call. Then the log is opened anew, and what comes back must be the state after
// some command that was run: under always not before the last settled one, under everysec not
// before the last one that was settled when a sync succeeded. Then it goes on, several lives a run.
//
// What was run is told by a model without a log: a second core that is given the same commands at
// the same times. Its keyspace is kept as text after each command (a crash may tear a turn between
// two of them), and what is loaded after a restart must be one of these, less what expired since.
//
// The log is rewritten meanwhile: a new increment, the queue switched to it, an image of that
// moment written to a base in pieces, the base put in place, each of them at some later time and
// each of them failing or crashing at any call; and it is switched off and on again, too.
//
// Each run follows from its seed. SORREL_SIMULATION_RUNS says how many, SORREL_SIMULATION_SEED
// which one alone.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/persist/append_log.h>

#include "simulated_commands.h"
#include "support/log_fixture.h"
#include "support/simulated_disk.h"

namespace sorrel::persist {
namespace {

using namespace std::chrono_literals;
using test::LogFixture;
using test::SimulatedDisk;

constexpr const char* kDirectory = "./appendonlydir";
constexpr int kLives = 3;
constexpr int kTurns = 16;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

struct Key {
  std::string text;
  std::int64_t deadline_ms;
  bool operator==(const Key&) const = default;
};
using Keys = std::vector<Key>;

Keys alive(Keys keys, std::int64_t now_ms) {
  std::erase_if(keys,
                [&](const Key& key) { return key.deadline_ms >= 0 && key.deadline_ms <= now_ms; });
  return keys;
}

// A rewrite: what is left of its image, the file it goes to, and which increment it is to
// precede.
struct Rewrite {
  std::string image;
  std::unique_ptr<File> file;
  std::int64_t first_increment = 0;
  std::uint64_t turn = 0;
  bool first = false;  // the log was switched on with it, and is not named before it stands
};

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed)
      : random_(seed), disk_(seed), policy_(static_cast<SyncPolicy>(seed % 3)) {
    states_.push_back({});
    // Without checksums, with some, and with one for each write; only these stand blocks that reach
    // the disk in any order.
    options_.seal_interval_bytes = seed % 4 == 0 ? 0 : seed % 4 == 1 ? 200 : 1;
    blocks_in_any_order_ = seed % 4 == 3;
    if (blocks_in_any_order_) {
      policy_ = seed % 8 == 3 ? SyncPolicy::kAlways : SyncPolicy::kEverySecond;
    }
  }

  // Returns: what went wrong, or nothing.
  std::string run() {
    for (int life = 0; life <= kLives; ++life) {
      if (const std::string wrong = restart(); !wrong.empty()) {
        return "at start " + std::to_string(life) + ": " + wrong;
      }
      if (life < kLives) {
        live();
      }
    }
    return {};
  }

  // What happened, to see that the runs are not idle.
  struct Account {
    std::uint64_t commands = 0;
    std::uint64_t crashes_in_a_call = 0;
    std::uint64_t failures = 0;
    std::uint64_t torn = 0;
    std::uint64_t lost_unpromised = 0;
    std::uint64_t promised = 0;
    std::uint64_t rewrites = 0;
    std::uint64_t failed_rewrites = 0;
    std::uint64_t switched_on = 0;
    std::uint64_t holes = 0;
  };
  const Account& account() const { return account_; }

 private:
  struct State {
    Keys keys;
    std::uint64_t turn = 0;  // in which the command was run
  };

  std::unique_ptr<LogFixture> load(SimulatedDisk& disk, OpenedLog& opened);
  std::string open();
  std::string restart();
  std::string judge();
  void live();
  void run_turn();
  void run_command();
  void move_disk();
  void finish_step(const LogQueue::Done& done);
  void move_rewrite();
  void begin_rewrite();
  void switch_on();
  void take_image(std::int64_t first_increment);
  void write_piece();
  void install();
  void abandon();
  Keys keys_of(LogFixture& server);

  base::Random random_;
  SimulatedDisk disk_;
  SyncPolicy policy_;
  AppendLogOptions options_;
  bool blocks_in_any_order_ = false;
  std::string current_;  // the file that is written, or is to be
  std::chrono::milliseconds age_{0};
  std::unique_ptr<LogFixture> server_;
  std::unique_ptr<LogFixture> model_;
  std::unique_ptr<LogQueue> queue_;
  std::optional<LogQueue::Step> under_way_;
  std::unique_ptr<LogFiles> files_;
  std::optional<Rewrite> rewrite_;
  bool unnamed_ = false;  // the log is written to a file that no manifest names yet
  std::vector<State> states_;
  std::uint64_t turns_ = 0;
  std::vector<std::uint64_t> turn_of_ticket_;
  std::uint64_t promised_turn_ = 0;
  LogQueue::Time last_sync_{};
  Account account_;
};

std::unique_ptr<LogFixture> Simulation::load(SimulatedDisk& disk, OpenedLog& opened) {
  auto server = std::make_unique<LogFixture>();
  server->clock.advance(age_);
  server->executor.effect_log().set_enabled(false);
  opened = open_append_log(disk, options_, server->executor);
  opened.writer.reset();
  account_.torn += static_cast<std::uint64_t>(
      std::count_if(opened.notices.begin(), opened.notices.end(), [](const std::string& notice) {
        return notice.find("aof-load-truncated") != std::string::npos;
      }));
  account_.holes += static_cast<std::uint64_t>(
      std::count_if(opened.notices.begin(), opened.notices.end(), [](const std::string& notice) {
        return notice.find("blocks were not written") != std::string::npos;
      }));
  return server;
}

// Opens the log as a server does, but for the writer's thread: its queue is driven here.
std::string Simulation::open() {
  OpenedLog opened;
  server_ = load(disk_, opened);
  rewrite_.reset();
  under_way_.reset();
  unnamed_ = false;
  if (!opened.error.empty()) {
    return opened.error;
  }
  files_ = std::move(opened.files);
  const std::string log = files_->path(files_->manifest().increments().back()->name);
  int number = 0;
  auto file = disk_.open_for_append(log, number);
  if (file == nullptr) {
    return "the log cannot be opened for writing";
  }
  last_sync_ = LogQueue::Time(age_);
  queue_ = std::make_unique<LogQueue>(std::move(file), static_cast<std::uint64_t>(disk_.size(log)),
                                      policy_, last_sync_, opened.seal);
  current_ = log;
  server_->executor.effect_log().set_enabled(true);
  server_->executor.effect_log().forget_database();
  // The model begins where the server does; what that is, judge() has decided.
  SimulatedDisk copy(1);
  std::vector<std::string> names;
  disk_.list(kDirectory, names);
  for (const std::string& name : names) {
    copy.put(files_->path(name), disk_.content(files_->path(name)));
  }
  OpenedLog again;
  model_ = load(copy, again);
  model_->executor.effect_log().set_enabled(true);
  return again.error;
}

std::string Simulation::restart() {
  account_.crashes_in_a_call += disk_.crashed() ? 1 : 0;
  disk_.faults() = {.reorder = disk_.faults().reorder};
  disk_.set_write_error(0);
  disk_.restart();
  disk_.faults() = {};
  // Now and then a start is itself cut short.
  while (random_.below(4) == 0) {
    disk_.faults().crash = 100;
    open();
    disk_.faults() = {};
    disk_.restart();
  }
  const std::string error = open();
  return error.empty() ? judge() : error;
}

std::string Simulation::judge() {
  const Keys found = keys_of(*model_);
  const std::int64_t now_ms = model_->clock.wall_ms();
  const auto place = std::find_if(states_.rbegin(), states_.rend(), [&](const State& state) {
    return alive(state.keys, now_ms) == found;
  });
  if (place == states_.rend()) {
    return "the data is that of no moment";
  }
  if (place->turn < promised_turn_) {
    return "the data is of turn " + std::to_string(place->turn) + ", but turn " +
           std::to_string(promised_turn_) + " was promised";
  }
  account_.lost_unpromised += place != states_.rbegin() ? 1 : 0;
  states_ = {{found, turns_}};
  promised_turn_ = turns_;
  turn_of_ticket_.assign(1, turns_);
  return {};
}

Keys Simulation::keys_of(LogFixture& server) {
  const std::uint32_t database = server.session.database;
  Keys keys;
  for (const auto& [text, deadline] : server.dump_keys()) {
    keys.push_back({text, deadline});
  }
  server.session.database = database;
  return keys;
}

void Simulation::run_command() {
  const std::vector<std::string> words = random_command(random_);
  const std::vector<std::string_view> views(words.begin(), words.end());
  base::OutputBuffer replies;
  server_->executor.run_one(server_->session, views, replies);
  model_->run(views);
  states_.push_back({keys_of(*model_), turns_});
  ++account_.commands;
}

void Simulation::run_turn() {
  const auto passed = std::chrono::milliseconds(random_.below(400));
  age_ += passed;
  server_->clock.advance(passed);
  model_->clock.advance(passed);
  ++turns_;
  if (random_.below(2) == 0) {
    server_->executor.expire_due(100);
  }
  // A failing disk refuses writes (MISCONF); that is the executor's, and tested there.
  if (queue_->failure().empty()) {
    for (std::uint64_t count = random_.below(4); count > 0; --count) {
      run_command();
    }
  }
  if (states_.back().turn != turns_) {
    states_.push_back({states_.back().keys, turns_});
  }
  std::string& effects = server_->executor.effect_log().hand_on();
  if (!effects.empty()) {
    const LogQueue::Time now(age_);
    queue_->append(effects, now);
    turn_of_ticket_.push_back(turns_);
    if (queue_->may_write_now(now) && random_.below(2) == 0) {
      finish_step(queue_->perform(queue_->begin_write(now)));
    }
    queue_->must_wait(now);
  }
}

void Simulation::finish_step(const LogQueue::Done& done) {
  if (disk_.crashed()) {
    return;  // the process died with it: nobody was told
  }
  queue_->finish(done, LogQueue::Time(age_));
  account_.failures += done.error != 0 ? 1 : 0;
  // A sync that succeeds behind a write that failed promises nothing: after a sync that failed even
  // what was settled is written again, and not all of it was.
  const bool promises = policy_ == SyncPolicy::kAlways || (done.synced && done.error == 0);
  if (!unnamed_ && promises) {
    promised_turn_ = std::max(promised_turn_, turn_of_ticket_[queue_->settled()]);
    account_.promised += done.synced ? 1 : 0;
  }
}

// Half a step at a time, so that turns come while the disk is at work.
void Simulation::move_disk() {
  const LogQueue::Time now(age_);
  if (!under_way_.has_value()) {
    if (queue_->due(false) <= now) {
      under_way_ = queue_->begin(now, random_.below(20) == 0);
    }
    return;
  }
  const LogQueue::Done done = queue_->perform(*under_way_);
  under_way_.reset();
  finish_step(done);
}

// What a server would do on its background thread, a step at a time.
void Simulation::move_rewrite() {
  if (!rewrite_.has_value()) {
    if (unnamed_ || (random_.below(4) == 0 && queue_->clean())) {
      switch_on();
    } else if (random_.below(2) == 0) {
      begin_rewrite();
    }
  } else if (!rewrite_->image.empty()) {
    write_piece();
  } else {
    install();
  }
}

void Simulation::begin_rewrite() {
  LogFiles::Increment increment = files_->prepare_increment();
  if (!increment.error.empty()) {
    ++account_.failed_rewrites;
    return;
  }
  queue_->switch_to(std::move(increment.file));
  current_ = increment.path;
  take_image(increment.sequence);
}

// The log is off for a moment, and then begins anew.
void Simulation::switch_on() {
  LogFiles::Increment increment = files_->prepare_first_increment();
  if (!increment.error.empty()) {
    ++account_.failed_rewrites;
    return;
  }
  under_way_.reset();
  queue_ = std::make_unique<LogQueue>(std::move(increment.file), 0, policy_, LogQueue::Time(age_),
                                      SealState{options_.seal_interval_bytes});
  current_.clear();
  turn_of_ticket_.assign(1, turns_);
  unnamed_ = true;
  take_image(increment.sequence);
  rewrite_->first = true;
}

void Simulation::take_image(std::int64_t first_increment) {
  server_->executor.effect_log().forget_database();
  rewrite_.emplace();
  rewrite_->first_increment = first_increment;
  rewrite_->turn = turns_;
  RdbWriter writer({}, server_->executor.keyspace().access(),
                   RdbWriter::Sink([&](std::string_view piece) { rewrite_->image += piece; }));
  writer.keyspace(server_->executor.keyspace());
  writer.end();
}

void Simulation::write_piece() {
  int error = 0;
  if (rewrite_->file == nullptr) {
    rewrite_->file = create_file(disk_, files_->temporary_base_path(), error);
  }
  const std::size_t size = 1 + random_.below(rewrite_->image.size());
  const std::int64_t done =
      rewrite_->file == nullptr
          ? -1
          : rewrite_->file->write(std::string_view(rewrite_->image).substr(0, size));
  rewrite_->image.erase(0, done > 0 ? static_cast<std::size_t>(done) : 0);
  if (done <= 0 || (rewrite_->image.empty() && rewrite_->file->sync() != 0)) {
    abandon();
  }
}

void Simulation::install() {
  const auto outcome = files_->install_base(files_->temporary_base_path(), LogFiles::BaseKind::kRdb,
                                            rewrite_->first_increment);
  if (!outcome.error.empty()) {
    abandon();
    return;
  }
  if (disk_.crashed()) {
    return;
  }
  promised_turn_ = std::max(promised_turn_, rewrite_->turn);
  account_.rewrites += 1;
  account_.switched_on += rewrite_->first ? 1 : 0;
  unnamed_ = false;
  rewrite_.reset();
}

void Simulation::abandon() {
  const bool first = rewrite_->first;
  rewrite_.reset();
  ++account_.failed_rewrites;
  if (first && !disk_.crashed()) {
    files_->discard_first_increment();
    switch_on();
  }
}

void Simulation::live() {
  const bool bad = random_.below(3) != 0;
  const unsigned crash = static_cast<unsigned>(random_.below(12));
  for (int turn = 0; turn < kTurns && !disk_.crashed(); ++turn) {
    disk_.faults() = bad && turn % 8 < 5 ? test::DiskFaults{250, 80, 150, crash, 30}
                                         : test::DiskFaults{0, 0, 0, crash, 0};
    // The first bytes of a file are as Redis writes it, and have only the order to rely on.
    const bool sealed = disk_.durable(current_).find("#CRC:") != std::string::npos;
    disk_.faults().reorder = blocks_in_any_order_ && sealed ? 700 : 0;
    run_turn();
    for (std::uint64_t moves = random_.below(4); moves > 0 && !disk_.crashed(); --moves) {
      move_disk();
      for (std::uint64_t more = random_.below(blocks_in_any_order_ ? 2 : 4);
           more > 0 && !disk_.crashed(); --more) {
        move_rewrite();
      }
    }
  }
}

TEST(LogSimulation, NothingPromisedIsLostAndNothingIsInvented) {
  const std::uint64_t runs = from_environment("SORREL_SIMULATION_RUNS", 2000);
  const std::uint64_t only = from_environment("SORREL_SIMULATION_SEED", 0);
  Simulation::Account total;
  for (std::uint64_t seed = only != 0 ? only : 1; seed <= (only != 0 ? only : runs); ++seed) {
    Simulation simulation(seed);
    const std::string wrong = simulation.run();
    ASSERT_EQ(wrong, "") << "repeat it with SORREL_SIMULATION_SEED=" << seed;
    const Simulation::Account& account = simulation.account();
    total.commands += account.commands;
    total.crashes_in_a_call += account.crashes_in_a_call;
    total.failures += account.failures;
    total.torn += account.torn;
    total.lost_unpromised += account.lost_unpromised;
    total.promised += account.promised;
    total.rewrites += account.rewrites;
    total.failed_rewrites += account.failed_rewrites;
    total.switched_on += account.switched_on;
    total.holes += account.holes;
  }
  std::cout << "commands " << total.commands << ", crashes within a call "
            << total.crashes_in_a_call << ", failed steps " << total.failures << ", torn tails "
            << total.torn << ", restarts with less than was run " << total.lost_unpromised
            << ", syncs that promised " << total.promised << ", rewrites " << total.rewrites
            << ", failed ones " << total.failed_rewrites << ", switched on " << total.switched_on
            << ", holes " << total.holes << "\n";
  if (only == 0 && runs >= 100) {
    EXPECT_GT(total.crashes_in_a_call, runs / 10);
    EXPECT_GT(total.failures, runs / 2);
    EXPECT_GT(total.lost_unpromised, runs / 2);
    EXPECT_GT(total.promised, runs);
    EXPECT_GT(total.rewrites, runs);
    EXPECT_GT(total.failed_rewrites, runs / 2);
    EXPECT_GT(total.switched_on, runs / 10);
    EXPECT_GT(total.holes, runs / 200);
  }
}

}  // namespace
}  // namespace sorrel::persist
