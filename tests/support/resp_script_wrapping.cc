// SPDX-License-Identifier: BSD-3-Clause
// Commands of a .resp script that are sent in a wrapping: between MULTI and EXEC, or as the words
// of a script that calls them. Their replies are taken out of it again, so that the rest of the
// runner need not know; what a script makes of a reply on its way is in resp_through_script.cc.
//
// What a script may not call is found out by calling it: the server's refusal names no other cause,
// and the command is then sent as it is. So it is where scripts themselves are refused.
#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "resp_script.h"
#include "resp_through_script.h"

namespace sorrel::test {
namespace {

// More words than these do not fit on Lua's stack.
constexpr std::size_t kMostWords = 7000;

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// Of the script, or of what it called because it is a script.
bool is_refusal(const std::string& error) {
  return error == "ERR This Redis command is not allowed from script" ||
         error == "NOAUTH Authentication required." ||
         error.starts_with("ERR Can't execute 'eval': only (P|S)SUBSCRIBE");
}

// One reply is expected, and the connection is still there after it.
bool has_one_reply(const Step& step) {
  int replies[2] = {0, 0};
  for (const Step::Want& want : step.wants) {
    if (want.expected.kind == Expected::Kind::closed ||
        want.expected.kind == Expected::Kind::none) {
      return false;
    }
    replies[0] += want.protocol != 3 ? 1 : 0;
    replies[1] += want.protocol != 2 ? 1 : 0;
  }
  return replies[0] <= 1 && replies[1] <= 1;
}

}  // namespace

// Who asks (nobody may open a transaction before AUTH), what opens, ends or refuses a transaction,
// what changes how replies look, and what a script would undo at its end, stands by itself.
ScriptRunner::Wrapping ScriptRunner::wrapping_of(const Step& step) {
  const bool wraps = options_.mode == RunMode::transaction || options_.mode == RunMode::script;
  if (!wraps || step.kind != Step::Kind::command) return Wrapping::none;
  const std::string name = lower(step.words[0]);
  bool& inside = connections_[step.connection].in_transaction;
  if (name == "multi") inside = true;
  const bool was_inside = inside;
  if (name == "exec" || name == "discard" || name == "reset") inside = false;
  static const std::set<std::string> kAlone = {"multi", "exec", "discard", "watch",  "hello",
                                               "reset", "quit", "auth",    "client", "shutdown"};
  if (was_inside || kAlone.count(name) != 0 || !has_one_reply(step)) return Wrapping::none;
  if (options_.mode == RunMode::transaction) {
    return step.conditions.no_transaction ? Wrapping::none : Wrapping::transaction;
  }
  const bool fits =
      !step.conditions.no_script && name != "select" && step.words.size() < kMostWords;
  return fits ? Wrapping::script : Wrapping::none;
}

std::string ScriptRunner::wrapped_bytes(const Step& step) const {
  switch (wrapping_) {
    case Wrapping::transaction:
      return encode_command({"MULTI"}) + bytes_of(step) + encode_command({"EXEC"});
    case Wrapping::script:
      return encode_command(
          as_script(substituted(step.words), connections_.at(step.connection).protocol));
    default:
      return bytes_of(step);
  }
}

ReadResult ScriptRunner::read_wrapped(const Step& step) {
  switch (wrapping_) {
    case Wrapping::transaction:
      return read_transaction(step);
    case Wrapping::script:
      return read_script(step);
    default:
      return target_.read(step.connection);
  }
}

// The reply of the one command in the transaction: an element of EXEC's, or why it was not queued.
ReadResult ScriptRunner::read_transaction(const Step& step) {
  ReadResult begun = target_.read(step.connection);
  if (begun.status != ReadResult::Status::reply) return begun;
  ReadResult queued = target_.read(step.connection);
  if (queued.status != ReadResult::Status::reply) return queued;
  ReadResult ended = target_.read(step.connection);
  if (ended.status != ReadResult::Status::reply) return ended;
  if (queued.reply.type == Reply::Type::error) return queued;
  if (ended.reply.elements.size() == 1) {
    Reply only = std::move(ended.reply.elements.front());
    ended.reply = std::move(only);
  }
  return ended;
}

ReadResult ScriptRunner::read_script(const Step& step) {
  ReadResult got = target_.read(step.connection);
  const bool error =
      got.status == ReadResult::Status::reply && got.reply.type == Reply::Type::error;
  if (!error || !is_refusal(got.reply.text)) return got;
  wrapping_ = Wrapping::none;
  if (!target_.write(step.connection, bytes_of(step))) return {ReadResult::Status::closed, {}};
  return target_.read(step.connection);
}

}  // namespace sorrel::test
