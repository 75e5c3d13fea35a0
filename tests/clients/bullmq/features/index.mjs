// SPDX-License-Identifier: BSD-3-Clause
// All features of BullMQ that are gone through, in this order.

import * as delayed from './delayed.mjs';
import * as events from './events.mjs';
import * as flows from './flows.mjs';
import * as limits from './limits.mjs';
import * as pausing from './pausing.mjs';
import * as priorities from './priorities.mjs';
import * as processes from './processes.mjs';
import * as removal from './removal.mjs';
import * as retries from './retries.mjs';
import * as schedulers from './schedulers.mjs';
import * as stalled from './stalled.mjs';

export const features = { events, delayed, retries, priorities, limits, flows, schedulers, pausing, removal, processes, stalled };
