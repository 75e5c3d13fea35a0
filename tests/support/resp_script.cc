// SPDX-License-Identifier: BSD-3-Clause
// Running a .resp script. The ways differ only in when bytes leave and when replies are read:
//
//   whole     a command at a time
//   split     the same, each command cut at random places (the target decides what lies between)
//   pipeline  as many commands as depend on nothing but their order go out in one write
//   transaction, script   a command at a time, each wrapped (resp_script_wrapping.cc)
//   restart   the server is stopped and started between commands; a connection that is opened anew
//             takes its protocol and database with it, anything else it knew is lost and marked
//             @no-restart in the script
//
// Connections are closed with QUIT and awaited, so that one script's connections are never seen in
// the next one's CLIENT LIST.
#include "resp_script.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <set>

#include "resp_through_script.h"

namespace sorrel::test {
namespace {

constexpr int kControl = 0;

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string described(const ReadResult& result) {
  switch (result.status) {
    case ReadResult::Status::reply:
      return to_text(result.reply);
    case ReadResult::Status::closed:
      return "(the connection was closed)";
    case ReadResult::Status::timeout:
      return "(no reply)";
    case ReadResult::Status::malformed:
      return "(bytes that are no reply)";
  }
  return {};
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool wants_only(const Step& step, Expected::Kind kind) {
  return !step.wants.empty() && std::all_of(step.wants.begin(), step.wants.end(),
                                            [&](auto& want) { return want.expected.kind == kind; });
}

bool uses_saved(const Step& step) {
  return std::any_of(step.words.begin(), step.words.end(),
                     [](const std::string& word) { return word.find("${") != std::string::npos; });
}

// Value of "field:" in the text of INFO.
std::string info_field(const std::string& info, const std::string& field) {
  const auto at = info.find("\n" + field + ":");
  if (at == std::string::npos) return {};
  const auto from = at + field.size() + 2;
  return info.substr(from, info.find_first_of("\r\n", from) - from);
}

std::string reply_value(const Reply& reply) {
  return reply.type == Reply::Type::integer ? std::to_string(reply.integer) : reply.text;
}

}  // namespace

ScriptRunner::ScriptRunner(ScriptTarget& target, RunOptions options)
    : target_(target), options_(options), random_(options.seed) {}

void ScriptRunner::fail(int line, const std::string& sent, const std::string& expected,
                        const std::string& got) {
  outcome_.failures.push_back(script_->path + ":" + std::to_string(line) + ": sent     " + sent +
                              "\n    expected " + expected + "\n    got      " + got);
}

// One command on the runner's own connection.
bool ScriptRunner::control(const std::vector<std::string>& words, Reply& into) {
  if (!connections_[kControl].open) {
    if (!target_.open(kControl)) return false;
    connections_[kControl].open = true;
  }
  if (!target_.write(kControl, encode_command(words))) return false;
  ReadResult result = target_.read(kControl);
  if (result.status != ReadResult::Status::reply) return false;
  into = std::move(result.reply);
  return true;
}

bool ScriptRunner::identify() {
  Reply info;
  if (!control({"INFO", "server"}, info)) return false;
  kind_ = "redis";
  const std::string text = "\n" + info.text;
  const std::string name = info_field(text, "server_name");
  if (!name.empty()) kind_ = name;
  // The one server that may lack INFO is the one under construction.
  if (info.type == Reply::Type::error) kind_ = "sorrel";
  version_ = 9999;
  const std::string version = info_field(text, "redis_version");
  const auto dot = version.find('.');
  if (kind_ == "redis" && dot != std::string::npos) {
    version_ = std::atoi(version.c_str()) * 100 + std::atoi(version.c_str() + dot + 1);
  }
  return true;
}

// Asks for those commands of @requires that were not asked for before.
bool ScriptRunner::find_commands() {
  for (const Step& step : script_->steps) {
    for (const std::string& name : step.conditions.needs) {
      if (has_command_.count(name) == 0) {
        Reply info;
        if (!control({"COMMAND", "INFO", name}, info)) return false;
        has_command_[name] =
            info.elements.size() == 1 && info.elements[0].type == Reply::Type::array;
      }
      const bool listed =
          (" " + outcome_.missing + " ").find(" " + name + " ") != std::string::npos;
      if (!has_command_[name] && !listed)
        outcome_.missing += (outcome_.missing.empty() ? "" : " ") + name;
    }
  }
  return true;
}

bool ScriptRunner::prepare() {
  if (kind_.empty() && !identify()) {
    fail(1, "INFO server", "a reply", "none");
    return false;
  }
  Reply reply;
  if (!control({"FLUSHALL"}, reply) || reply.type != Reply::Type::simple) {
    fail(1, "FLUSHALL", "+OK", to_text(reply));
    return false;
  }
  if (!find_commands()) {
    fail(1, "COMMAND INFO", "a reply", "none");
    return false;
  }
  close_orderly(kControl);
  return true;
}

void ScriptRunner::close_orderly(int connection) {
  if (!connections_[connection].open) return;
  if (target_.write(connection, encode_command({"QUIT"}))) {
    while (target_.read(connection).status == ReadResult::Status::reply) {
    }
  }
  target_.close(connection);
  connections_[connection].open = false;
}

void ScriptRunner::check_nothing_left(int connection) {
  if (!connections_[connection].open) return;
  const std::string marker = "end-of-script";
  if (!target_.write(connection, encode_command({"PING", marker}))) return;
  const ReadResult last = target_.read(connection);
  const Reply& reply = last.reply;
  const bool plain = reply.text == marker;
  const bool subscribed = !reply.elements.empty() && reply.elements.back().text == marker;
  if (last.status == ReadResult::Status::reply && (plain || subscribed)) return;
  fail(script_->steps.back().line, "PING " + marker, "its echo: no reply is left over",
       described(last));
}

void ScriptRunner::finish() {
  for (const auto& [number, state] : connections_) {
    if (number != kControl) check_nothing_left(number);
  }
  for (const auto& [number, state] : connections_) {
    if (number != kControl) close_orderly(number);
  }
  for (const auto& [option, value] : config_before_) {
    Reply reply;
    if (!control({"CONFIG", "SET", option, value}, reply)) break;
  }
  close_orderly(kControl);
}

bool ScriptRunner::applies(const StepConditions& conditions) const {
  if (!conditions.only.empty() && !has(conditions.only, kind_)) return false;
  if (has(conditions.except, kind_)) return false;
  if (conditions.real_time && !target_.real_time()) return false;
  for (const std::string& name : conditions.needs) {
    if (!has_command_.at(name)) return false;
  }
  if (conditions.protocol != 0 && conditions.protocol != options_.protocol) return false;
  return version_ >= conditions.since;
}

Outcome ScriptRunner::run(const Script& script) {
  script_ = &script;
  outcome_ = {};
  connections_.clear();
  saved_.clear();
  config_before_.clear();
  config_now_.clear();
  pipeline_.clear();
  pipeline_bytes_.clear();
  until_restart_ = 1 + static_cast<int>(random_() % static_cast<unsigned>(options_.restart_every));
  if (!script.error.empty()) {
    outcome_.failures.push_back(script.error);
  } else if (prepare()) {
    run_steps();
    if (!script.steps.empty()) finish();
  }
  return std::move(outcome_);
}

void ScriptRunner::run_steps() {
  for (const Step& step : script_->steps) {
    if (!applies(step.conditions)) continue;
    if (!run_step(step)) return;
  }
  // A broken pipeline has reported itself.
  if (!flush_pipeline()) return;
}

bool ScriptRunner::run_step(const Step& step) {
  if (step.kind == Step::Kind::config) return flush_pipeline() && run_config(step);
  const bool pipelined = options_.mode == RunMode::pipeline && belongs_in_pipeline(step);
  const bool same = pipeline_.empty() || pipeline_.back()->connection == step.connection;
  if (!pipelined || !same) {
    if (!flush_pipeline()) return false;
  }
  if (!restart_if_due(step) || !ensure_open(step)) return false;
  wrapping_ = Wrapping::none;
  if (step.wait_ms > 0) return run_waiting(step);
  if (pipelined) {
    pipeline_.push_back(&step);
    pipeline_bytes_ += bytes_of(step);
    return true;
  }
  wrapping_ = wrapping_of(step);
  // A write may fail because the server has already refused and closed; its reply tells.
  (void)send_bytes(step);
  return check_replies(step);
}

bool ScriptRunner::belongs_in_pipeline(const Step& step) const {
  return step.wait_ms == 0 && step.save.empty() && !step.conditions.no_pipeline &&
         !uses_saved(step) && !options_.fill &&
         std::none_of(step.wants.begin(), step.wants.end(), [](const Step::Want& want) {
           return want.expected.kind == Expected::Kind::closed;
         });
}

bool ScriptRunner::flush_pipeline() {
  if (pipeline_.empty()) return true;
  const std::vector<const Step*> steps = std::exchange(pipeline_, {});
  const std::string bytes = std::exchange(pipeline_bytes_, {});
  (void)target_.write(steps.front()->connection, bytes);
  return std::all_of(steps.begin(), steps.end(),
                     [&](const Step* step) { return check_replies(*step); });
}

bool ScriptRunner::run_config(const Step& step) {
  const std::string& option = step.words[0];
  Reply before;
  Reply done;
  if (!control({"CONFIG", "GET", option}, before) || before.elements.size() != 2) {
    fail(step.line, "CONFIG GET " + option, "the option and its value", to_text(before));
    return false;
  }
  config_before_.emplace(option, before.elements[1].text);
  config_now_[option] = step.words[1];
  const bool set = control({"CONFIG", "SET", option, step.words[1]}, done);
  if (!set || done.type != Reply::Type::simple) {
    fail(step.line, step.source, "+OK", to_text(done));
    return false;
  }
  close_orderly(kControl);
  return true;
}

bool ScriptRunner::run_waiting(const Step& step) {
  const std::int64_t deadline = target_.now_ms() + step.wait_ms;
  for (;;) {
    (void)send_bytes(step);
    const ReadResult got = target_.read(step.connection);
    const bool fits =
        std::all_of(step.wants.begin(), step.wants.end(), [&](const Step::Want& want) {
          const int protocol = connections_[step.connection].protocol;
          return (want.protocol != 0 && want.protocol != protocol) ||
                 matches(want.expected, got.reply, protocol);
        });
    const bool whole = got.status == ReadResult::Status::reply;
    if (whole && fits) {
      ++outcome_.commands;
      return true;
    }
    if (!whole || target_.now_ms() > deadline) {
      const std::string wanted = step.wants.empty() ? "" : step.wants.front().source;
      fail(step.line, step.source, wanted + " within " + std::to_string(step.wait_ms) + " ms",
           described(got));
      return whole;
    }
    target_.pause();
  }
}

bool ScriptRunner::send_bytes(const Step& step) {
  const int connection = step.connection;
  const std::string bytes = wrapped_bytes(step);
  if (options_.mode != RunMode::split || step.conditions.no_split || bytes.size() < 2) {
    return target_.write(connection, bytes);
  }
  // A few cuts each time; every place in a command is cut at in some run.
  std::set<std::size_t> cuts;
  const std::size_t count = 1 + random_() % 4;
  while (cuts.size() < std::min(count, bytes.size() - 1)) {
    cuts.insert(1 + random_() % (bytes.size() - 1));
  }
  cuts.insert(bytes.size());
  std::size_t from = 0;
  for (const std::size_t cut : cuts) {
    if (!target_.write(connection, std::string_view(bytes).substr(from, cut - from))) return false;
    // An answer on another connection proves that the server has been through its event loop,
    // so it has taken this piece in by itself.
    Reply pong;
    if (cut != bytes.size() && !control({"PING"}, pong)) {
      connections_[kControl].open = false;
    }
    from = cut;
  }
  return true;
}

bool ScriptRunner::check_replies(const Step& step) {
  ++outcome_.commands;
  if (wants_only(step, Expected::Kind::none)) return true;
  ReadResult got = read_wrapped(step);
  if (got.status == ReadResult::Status::reply) note_state(step, step.words, got.reply);
  if (step.wants.empty()) {
    if (options_.fill && got.status == ReadResult::Status::reply) {
      outcome_.filled.emplace_back(step.line, got.reply);
      return true;
    }
    fail(step.line, step.source, "(the script states nothing)", described(got));
    return got.status == ReadResult::Status::reply;
  }
  bool first = true;
  for (const Step::Want& want : step.wants) {
    const int protocol = connections_[step.connection].protocol;
    if (want.protocol != 0 && want.protocol != protocol) continue;
    if (!first) got = target_.read(step.connection);
    first = false;
    if (!check_reply(step, want, got)) return false;
  }
  if (first) {
    fail(step.line, step.source, "(nothing stated for this protocol)", described(got));
  }
  return true;
}

// Returns: false when the connection cannot be used any more.
bool ScriptRunner::check_reply(const Step& step, const Step::Want& want, const ReadResult& got) {
  if (want.expected.kind == Expected::Kind::closed) {
    if (got.status == ReadResult::Status::closed) {
      target_.close(step.connection);
      connections_.erase(step.connection);
      return true;
    }
    fail(step.line, step.source, "the connection to be closed", described(got));
    return got.status == ReadResult::Status::reply;
  }
  const int protocol = connections_[step.connection].protocol;
  const bool whole = got.status == ReadResult::Status::reply;
  const bool fits =
      whole && (wrapping_ == Wrapping::script
                    ? matches(through_script(want.expected, protocol), got.reply, protocol)
                    : matches(want.expected, got.reply, protocol));
  if (fits) return true;
  std::string what = described(got);
  if (whole && protocol == 2) what += "   (RESP2)";
  if (wrapping_ == Wrapping::script) what += "   (through redis.call)";
  fail(step.line, step.source, want.source, what);
  return whole;
}

bool ScriptRunner::restart_if_due(const Step& step) {
  if (options_.mode != RunMode::restart) return true;
  const std::vector<std::string>& loses = step.conditions.restart_loses;
  const bool forbidden = step.conditions.no_restart && (loses.empty() || has(loses, kind_));
  if (--until_restart_ > 0 || forbidden) return true;
  until_restart_ = options_.restart_every;
  if (!target_.restart(config_now_)) {
    fail(step.line, "(a restart)", "the server to come back", "it does not answer");
    return false;
  }
  for (auto& [number, state] : connections_) {
    target_.close(number);
    state.open = false;
  }
  return true;
}

bool ScriptRunner::ensure_open(const Step& step) {
  const auto known = connections_.find(step.connection);
  if (known == connections_.end()) connections_[step.connection].protocol = options_.protocol;
  Connection& state = connections_[step.connection];
  if (state.open) return true;
  const auto call = [&](const std::vector<std::string>& words) {
    if (!target_.write(step.connection, encode_command(words))) return false;
    const ReadResult result = target_.read(step.connection);
    const bool good =
        result.status == ReadResult::Status::reply && result.reply.type != Reply::Type::error;
    if (!good) fail(step.line, words[0] + " " + words[1], "success", described(result));
    return good;
  };
  if (!target_.open(step.connection)) {
    fail(step.line, step.source, "a connection", "(none)");
    return false;
  }
  state.open = true;
  if (state.protocol == 3 && !call({"HELLO", "3"})) return false;
  return state.database == "0" || call({"SELECT", state.database});
}

// Protocol and database of a connection follow from the commands that succeeded on it.
void ScriptRunner::note_state(const Step& step, const std::vector<std::string>& words,
                              const Reply& reply) {
  if (!step.save.empty()) saved_[step.save] = reply_value(reply);
  if (step.kind != Step::Kind::command || reply.type == Reply::Type::error) return;
  Connection& state = connections_[step.connection];
  const std::string name = lower(words[0]);
  if (name == "hello" && words.size() > 1) state.protocol = std::atoi(words[1].c_str());
  if (name == "select" && words.size() > 1) state.database = words[1];
  if (name == "reset") {
    state.protocol = 2;
    state.database = "0";
  }
}

std::vector<std::string> ScriptRunner::substituted(const std::vector<std::string>& words) const {
  std::vector<std::string> out = words;
  for (std::string& word : out) {
    for (const auto& [name, value] : saved_) {
      const std::string mark = "${" + name + "}";
      for (auto at = word.find(mark); at != std::string::npos; at = word.find(mark)) {
        word.replace(at, mark.size(), value);
      }
    }
  }
  return out;
}

std::string ScriptRunner::bytes_of(const Step& step) const {
  if (step.kind == Step::Kind::raw) return step.words.front();
  return encode_command(substituted(step.words));
}

}  // namespace sorrel::test
