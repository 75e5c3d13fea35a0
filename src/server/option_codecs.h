// SPDX-License-Identifier: BSD-3-Clause
//
// How options that only this server has are read and shown: values of several words or letters with
// rules of their own. Those of general kinds are config's (sorrel/config/option_table.h).
#pragma once

#include <cstdint>
#include <string>

#include <sorrel/config/option_table.h>
#include <sorrel/net/event_loop.h>

#include "options.h"

namespace sorrel::server {

// "class hard soft seconds", repeated.
config::Codec output_limits(net::EventLoop::OutputLimits& target);

// One letter for each class of keyspace events; A stands for most of them.
config::Codec event_classes(std::string& target);

// Several of: default, save, nosave, now, force.
config::Codec shutdown_mode(ShutdownMode& target);

// "seconds changes", repeated; an empty word forgets what came before it.
config::Codec save_points(std::vector<SavePoint>& target);

// The name of a file without a path.
config::Codec file_name(std::string& target, std::string_view complaint);

// At most as many addresses as one may bind to.
config::Codec addresses(std::vector<std::string>& target);

// Bytes with a unit, or "n%" of what memory there is for this process (machine_memory.h). Shown as
// bytes.
config::Codec memory_or_share(std::uint64_t& target, std::uint64_t most);

// Bytes ("64mb") or per cent ("5%").
config::Codec memory_or_percent(ClientMemoryLimit& target);

// Three numbers from -2000 to 2000.
config::Codec oom_scores(OomScores& target);

// Numbers from 0 to 100.
config::Codec percentiles(std::vector<double>& target);

// A template that expand_title() accepts.
config::Codec title_template(std::string& target);

}  // namespace sorrel::server
