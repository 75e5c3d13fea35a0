// SPDX-License-Identifier: BSD-3-Clause
//
// Asks for status.json every second while the page is seen, and shows it. Rates and percentiles
// are differences between two answers.
"use strict";

const PERIOD_MS = 1000;
const LIMIT_MS = 5000;
const byId = (id) => document.getElementById(id);

// ---- numbers for people

function scaled(value, step, units) {
  let unit = 0;
  while (Math.abs(value) >= step && unit < units.length - 1) {
    value /= step;
    ++unit;
  }
  const digits = unit === 0 || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return [value.toFixed(digits), units[unit]];
}
const joined = ([number, unit]) => (unit ? `${number} ${unit}` : number);
const count = (value) => joined(scaled(value, 1000, ["", "k", "M", "G", "T"]));
const bytes = (value) => joined(scaled(value, 1024, ["B", "KiB", "MiB", "GiB", "TiB"]));
const rate = (value) => (value > 0 && value < 10 ? value.toFixed(1) : count(value));
const percent = (value) => `${(value * 100).toFixed(value > 0.9995 || value === 0 ? 0 : 1)} %`;

function micros(value) {
  if (!Number.isFinite(value)) return "–";
  if (value < 1000) return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} µs`;
  if (value < 1e6) return `${(value / 1000).toFixed(value < 10000 ? 1 : 0)} ms`;
  return `${(value / 1e6).toFixed(1)} s`;
}

function duration(seconds) {
  const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const first = Math.max(parts.findIndex(([size]) => seconds >= size), 0);
  if (seconds < 1) return "0 s";
  const [size, unit] = parts[first];
  const next = parts[first + 1];
  const rest = next ? Math.floor((seconds % size) / next[0]) : 0;
  return `${Math.floor(seconds / size)} ${unit}${rest ? ` ${rest} ${next[1]}` : ""}`;
}
const ago = (seconds) => (seconds < 1 ? "now" : `${duration(Math.round(seconds))} ago`);

// ---- histograms: bucket i holds calls below 2^i microseconds

const difference = (now, before) => now.map((value, i) => Math.max(value - (before?.[i] ?? 0), 0));

function percentile(histogram, share) {
  const total = histogram.reduce((sum, value) => sum + value, 0);
  if (!total) return null;
  let seen = 0;
  for (let i = 0; i < histogram.length; ++i) {
    if (histogram[i] && seen + histogram[i] >= share * total) {
      const low = i === 0 ? 0 : 2 ** (i - 1);
      return low + (2 ** i - low) * ((share * total - seen) / histogram[i]);
    }
    seen += histogram[i];
  }
  return null;
}

// ---- the page's parts

function text(name, content, className = "") {
  const node = document.createElement(name);
  node.textContent = content;
  if (className) node.className = className;
  return node;
}

function meter(share) {
  const cell = document.createElement("td");
  const box = text("div", "", "meter");
  const bar = document.createElement("span");
  const fill = document.createElement("i");
  fill.style.width = `${Math.min(share * 100, 100).toFixed(1)}%`;
  bar.append(fill);
  box.append(bar, text("em", `${(share * 100).toFixed(share < 0.0995 ? 1 : 0)} %`));
  cell.append(box);
  return cell;
}

function fillTable(id, rows, nothing) {
  const body = byId(id).tBodies[0];
  if (!rows.length) {
    const row = document.createElement("tr");
    const cell = text("td", nothing, "none");
    cell.colSpan = byId(id).tHead.rows[0].cells.length;
    row.append(cell);
    body.replaceChildren(row);
    return;
  }
  body.replaceChildren(...rows.map((cells) => {
    const row = document.createElement("tr");
    row.append(...cells.map((cell) =>
      cell instanceof Node ? cell : text("td", cell[0], cell[1] ?? "")));
    return row;
  }));
}

class Tile {
  constructor(label, kind) {
    const box = text("div", "", "tile");
    this.value = text("dd", "–", "value");
    this.note = text("dd", "\u00a0", "note");
    this.svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const drawing = document.createElement("dd");
    drawing.append(this.svg);
    box.append(text("dt", label), this.value, this.note, drawing);
    byId("tiles").append(box);
    this.kind = kind;
    this.points = [];
  }

  show(time, number, [shown, unit], note) {
    this.points.push([time, number]);
    while (this.points[0][0] < time - Charts.SPAN_S) this.points.shift();
    this.value.textContent = shown;
    if (unit) this.value.append(text("small", unit));
    this.note.textContent = note;
    this.note.title = note;
    Charts.spark(this.svg, this.points, this.kind);
  }
}

const tiles = {
  operations: new Tile("Operations", "a"),
  latency: new Tile("Command time, p99", "b"),
  memory: new Tile("Memory", "a"),
  hits: new Tile("Hit ratio", "b"),
  clients: new Tile("Clients", "a"),
  keys: new Tile("Keys", "b"),
};
const plots = {
  operations: new Charts.Plot(byId("chart-operations"), [{label: "commands/s", kind: "a"}], rate, {fill: true}),
  latency: new Charts.Plot(byId("chart-latency"),
    [{label: "p50", kind: "a"}, {label: "p99", kind: "b"}, {label: "p99.9", kind: "c"}], micros, {log: true}),
  memory: new Charts.Plot(byId("chart-memory"),
    [{label: "used", kind: "a"}, {label: "resident", kind: "b"}], bytes, {binary: true, fill: true}),
  network: new Charts.Plot(byId("chart-network"),
    [{label: "in/s", kind: "a"}, {label: "out/s", kind: "b"}], bytes, {binary: true, fill: true}),
};

// ---- what is known

let before = null;
let minute = [];  // answers of the last minute, oldest first
let paused = false;
let timer = null;

// The same process went on counting between the two answers.
const continues = (now) => before !== null && now.metrics.uptime_in_seconds >= before.metrics.uptime_in_seconds &&
  now.about.process_id === before.about.process_id &&
  now.metrics.total_commands_processed >= before.metrics.total_commands_processed;

function showState(kind, words) {
  const state = byId("state");
  if (state.textContent !== words) state.textContent = words;
  state.dataset.kind = kind;
}

function showTiles(now, rates) {
  const {metrics} = now;
  const time = now.time_ms / 1000;
  const looked = rates.hits + rates.misses;
  const all = metrics.keyspace_hits + metrics.keyspace_misses;
  const ratio = looked > 0 ? rates.hits / looked : null;
  const p99 = percentile(rates.histogram, 0.99);
  const keys = now.databases.reduce((sum, {keys: some}) => sum + some, 0);
  const expiring = now.databases.reduce((sum, {expires}) => sum + expires, 0);
  const limit = metrics.maxmemory > 0
    ? `${percent(metrics.used_memory / metrics.maxmemory)} of ${bytes(metrics.maxmemory)}`
    : `peak ${bytes(metrics.used_memory_peak)}, no limit`;
  tiles.operations.show(time, rates.commands, [rate(rates.commands), "/s"], `${count(metrics.total_commands_processed)} so far`);
  tiles.latency.show(time, p99, micros(p99 ?? NaN).split(" "), `p50 ${micros(percentile(rates.histogram, 0.5) ?? NaN)}, p99.9 ${micros(percentile(rates.histogram, 0.999) ?? NaN)}`);
  tiles.memory.show(time, metrics.used_memory, bytes(metrics.used_memory).split(" "), limit);
  tiles.hits.show(time, ratio, [ratio === null ? "–" : (ratio * 100).toFixed(1), ratio === null ? "" : "%"],
    all > 0 ? `${percent(metrics.keyspace_hits / all)} of all look-ups` : "no key was looked for");
  tiles.clients.show(time, metrics.connected_clients, [count(metrics.connected_clients), ""],
    `${count(metrics.blocked_clients)} wait, room for ${metrics.maxclients.toLocaleString("en")}`);
  tiles.keys.show(time, keys, [count(keys), ""], `${count(expiring)} with a time to live`);
}

function showPlots(now, rates) {
  const time = now.time_ms / 1000;
  plots.operations.add(time, [rates.commands]);
  plots.latency.add(time, [0.5, 0.99, 0.999].map((share) => percentile(rates.histogram, share)));
  plots.memory.add(time, [now.metrics.used_memory, now.metrics.used_memory_rss]);
  plots.network.add(time, [rates.input, rates.output]);
  for (const plot of Object.values(plots)) plot.draw();
}

function showCommands(now, oldest) {
  const seconds = Math.max((now.time_ms - oldest.time_ms) / 1000, 0.001);
  const old = new Map(oldest.commands.map((command) => [command.name, command]));
  const recent = now.commands.map((command) => {
    const was = old.get(command.name) ?? {calls: 0, usec: 0};
    return {...command, rate: (command.calls - was.calls) / seconds, time: command.usec - was.usec};
  });
  const busy = now !== oldest && recent.some(({rate: some}) => some > 0);
  const time = ({time: some, usec}) => (busy ? some : usec);
  const all = recent.reduce((sum, command) => sum + time(command), 0) || 1;
  recent.sort((a, b) => time(b) - time(a));
  fillTable("commands", recent.slice(0, 24).map((command) => [
    [command.name, "name"],
    [busy ? rate(command.rate) : "–", "number"],
    meter(time(command) / all),
    [micros(command.calls ? command.usec / command.calls : NaN), "number"],
    [command.p50 ? `≤ ${micros(command.p50)}` : "–", "number faint"],
    [command.p99 ? `≤ ${micros(command.p99)}` : "–", "number faint"],
    [count(command.failed), command.failed ? "number bad" : "number faint"],
  ]), "No command has run yet.");
}

function showSpread(now, oldest) {
  const calls = difference(now.histogram, now === oldest ? null : oldest.histogram);
  const total = calls.reduce((sum, value) => sum + value, 0);
  const first = calls.findIndex((value) => value > 0);
  const last = calls.findLastIndex((value) => value > 0);
  const rows = first < 0 ? [] : calls.slice(first, Math.min(last + 1, first + 14)).map((value, i) => ({
    label: `< ${micros(2 ** (first + i))}`,
    value,
    text: value > 0 && value / total < 0.0005 ? "< 0.1 %" : percent(value / total),
  }));
  Charts.bars(byId("spread"), rows, "Share of calls by the time they took");
}

function showKeys(now) {
  fillTable("hot", now.hot.map(({key, db, uses, share}) => [
    [key, "name"], [String(db), "number faint"], [rate(uses), "number"], meter(share),
  ]), "No key is used at present.");
  fillTable("big", now.big.map(({key, db, type, elements, bytes: size}) => [
    [key, "name"], [String(db), "number faint"], [type, "faint"], [count(elements), "number"], [bytes(size), "number"],
  ]), "No key of a kilobyte or more was found so far.");
  fillTable("databases", now.databases.map(({db, keys, expires}) => [
    [`db${db}`], [count(keys), "number"], [count(expires), "number"],
  ]), "There are no keys.");
}

function showDelays(now) {
  const time = now.time_ms / 1000;
  fillTable("slow", now.slow.map(({time_s: when, usec, words, address, client}) => {
    const command = text("td", words, "name");
    command.title = `${address} ${client}`.trim();
    return [[ago(time - when), "faint"], [micros(usec), "number"], command];
  }), "No command was slow.");
  fillTable("spikes", now.spikes.map(({event, time_s: when, last_ms: last, longest_ms: longest}) => [
    [event], [ago(time - when), "faint"], [micros(last * 1000), "number"], [micros(longest * 1000), "number"],
  ]), now.latency_threshold_ms ? `Nothing took ${now.latency_threshold_ms} ms.` : "Not watched: latency-monitor-threshold is 0.");
}

function showDisk(now) {
  const {metrics, about} = now;
  const time = now.time_ms / 1000;
  const ok = (value) => (value ? ["good", "ok"] : ["bad", "failed"]);
  const facts = [];
  if (metrics.rdb_bgsave_in_progress) facts.push(["Snapshot", "", `under way, ${(metrics.current_fork_perc ?? 0).toFixed(0)} %`]);
  facts.push(["Last snapshot", ...ok(metrics.rdb_last_bgsave_status)]);
  facts.push(["Taken", "", ago(time - metrics.rdb_last_save_time)]);
  facts.push(["Changes since", "", count(metrics.rdb_changes_since_last_save)]);
  facts.push(["Save points", "", about.save || "none"]);
  if (metrics.aof_enabled) {
    facts.push(["Append only log", ...ok(metrics.aof_last_write_status)]);
    facts.push(["Synced", "", about.append_sync]);
    facts.push(["Size", "", `${bytes(metrics.aof_current_size ?? 0)}, base ${bytes(metrics.aof_base_size ?? 0)}`]);
    facts.push(["Waits for the disk", "", bytes(metrics.aof_buffer_length ?? 0)]);
    facts.push(["Last rewrite", ...ok(metrics.aof_last_bgrewrite_status)]);
    if (metrics.aof_rewrite_in_progress) facts.push(["Rewrite", "", "under way"]);
  } else {
    facts.push(["Append only log", "", "off"]);
  }
  byId("disk").replaceChildren(...facts.map(([name, kind, value]) => {
    const row = document.createElement("div");
    const shown = text("dd", value);
    if (kind) shown.dataset.kind = kind;
    row.append(text("dt", name), shown);
    return row;
  }));
}

function show(now) {
  const seconds = continues(now) ? (now.time_ms - before.time_ms) / 1000 : 0;
  if (seconds === 0) minute = [];
  const grown = (name) => (seconds > 0 ? (now.metrics[name] - before.metrics[name]) / seconds : NaN);
  const rates = seconds > 0 ? {
    commands: grown("total_commands_processed"),
    input: grown("total_net_input_bytes"),
    output: grown("total_net_output_bytes"),
    hits: grown("keyspace_hits"),
    misses: grown("keyspace_misses"),
    histogram: difference(now.histogram, before.histogram),
  } : {
    commands: now.metrics.instantaneous_ops_per_sec, input: NaN, output: NaN, hits: 0, misses: 0,
    histogram: now.histogram,
  };
  minute.push(now);
  while (now.time_ms - minute[0].time_ms > 60000) minute.shift();
  before = now;
  const {about, metrics} = now;
  document.title = `${rate(rates.commands)}/s · Sorrel :${about.tcp_port}`;
  byId("about").textContent = `${about.sorrel_version}, speaks Redis ${about.redis_version} · ${about.role} on port ${about.tcp_port} · up ${duration(metrics.uptime_in_seconds)}`;
  showState(now.not_ready ? "bad" : "good", now.not_ready ? `Not ready: ${now.not_ready}` : "Ready");
  showTiles(now, rates);
  showPlots(now, rates);
  showCommands(now, minute[0]);
  showSpread(now, minute[0]);
  showKeys(now);
  showDelays(now);
  showDisk(now);
}

async function ask() {
  timer = null;
  if (paused || document.hidden) return;
  const began = performance.now();
  try {
    const answer = await fetch("status.json", {signal: AbortSignal.timeout(LIMIT_MS), cache: "no-store"});
    if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
    show(await answer.json());
  } catch (error) {
    showState("bad", error.name === "TypeError" || error.name === "TimeoutError" ? "No answer" : error.message);
  }
  schedule(Math.max(PERIOD_MS - (performance.now() - began), 100));
}

function schedule(wait) {
  if (timer === null) timer = setTimeout(ask, wait);
}

byId("pause").addEventListener("click", () => {
  paused = !paused;
  byId("pause").setAttribute("aria-pressed", String(paused));
  byId("pause").textContent = paused ? "Resume" : "Pause";
  if (paused) showState("unknown", "Paused");
  schedule(0);
});
document.addEventListener("visibilitychange", () => schedule(0));
ask();
