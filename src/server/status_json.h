// SPDX-License-Identifier: BSD-3-Clause
//
// What the page for people shows, as one JSON object; the page makes rates and percentiles of it by
// comparing it with the one before. One thread.
//
// Cost: as the metrics; bounded lists.
#pragma once

#include <string>

namespace sorrel::server {

class Server;

std::string status_json(Server& server);

}  // namespace sorrel::server
