// SPDX-License-Identifier: BSD-3-Clause
//
// There are few stretches, and nearly every request belongs to the last one: a search from the
// end finds it at once.
#include "load_stretches.h"

#include <algorithm>

namespace sorrel::load {

void Stretches::begin(const std::string& name, std::int64_t at_ns) {
  end(at_ns);
  const auto found = std::find_if(figures_.begin(), figures_.end(),
                                  [&](const Figures& figures) { return figures.name == name; });
  stretches_.back().figures = static_cast<std::size_t>(found - figures_.begin());
  if (found == figures_.end()) {
    figures_.emplace_back().name = name;
  }
}

void Stretches::end(std::int64_t at_ns) {
  if (!stretches_.empty() && stretches_.back().figures != kNone) {
    figures_[stretches_.back().figures].lasted_ns += at_ns - stretches_.back().from_ns;
  }
  stretches_.push_back({at_ns, kNone});
}

Figures* Stretches::figures_at(std::int64_t due_ns) {
  for (std::size_t i = stretches_.size(); i-- > 0;) {
    if (stretches_[i].from_ns <= due_ns) {
      return stretches_[i].figures == kNone ? nullptr : &figures_[stretches_[i].figures];
    }
  }
  return nullptr;
}

// Returns: the tenth of the time line in which a request was due; null when none is wanted.
Tenth* Stretches::tenth_at(std::int64_t due_ns) {
  if (!with_time_line_ || due_ns < start_ns_) {
    return nullptr;
  }
  const auto tenth = static_cast<std::size_t>((due_ns - start_ns_) / kTenthNs);
  if (tenth >= time_line_.size()) {
    time_line_.resize(tenth + 1);
  }
  return &time_line_[tenth];
}

void Stretches::answered(const Request& request, std::int64_t at_ns) {
  const std::int64_t latency_ns = at_ns - request.due_ns;
  if (Figures* figures = figures_at(request.due_ns)) {
    (request.verb == Verb::kGet ? figures->get : figures->set).add(latency_ns);
  }
  if (Tenth* tenth = tenth_at(request.due_ns)) {
    tenth->latencies.add(latency_ns);
  }
  if (latency_ns > kLongWaitNs && request.due_ns >= start_ns_) {
    add_long_wait(request.due_ns, at_ns);
  }
}

// Replies come in the order of time, so a wait can only reach back into the last pauses.
void Stretches::add_long_wait(std::int64_t from_ns, std::int64_t to_ns) {
  Pause pause{from_ns, to_ns, to_ns - from_ns};
  while (!pauses_.empty() && pauses_.back().to_ns >= pause.from_ns) {
    const Pause& last = pauses_.back();
    pause.from_ns = std::min(pause.from_ns, last.from_ns);
    pause.to_ns = std::max(pause.to_ns, last.to_ns);
    pause.longest_ns = std::max(pause.longest_ns, last.longest_ns);
    pauses_.pop_back();
  }
  pauses_.push_back(pause);
}

void Stretches::sent(std::int64_t due_ns, std::int64_t at_ns) {
  if (Figures* figures = figures_at(due_ns)) {
    figures->sent_late.add(at_ns - due_ns);
  }
  if (Tenth* tenth = tenth_at(due_ns)) {
    tenth->latest_sent_ns = std::max(tenth->latest_sent_ns, at_ns - due_ns);
  }
}

}  // namespace sorrel::load
