# SPDX-License-Identifier: BSD-3-Clause
"""The deterministic stream of events and the model of what they must lead to.

Nothing here talks to a server: events come from a seeded generator, and the
model applies them one by one to plain Python containers. A run is right when
the server, driven in batches by many connections at once, ends in the state
that this file computes.

The outcome has to be independent of how the connections interleave, so the
events are partitioned. Worker w alone sends bot replies for its own humans and
its own posts (number modulo the number of workers), which makes "who was
first" in a cooldown and "who was the hundred-and-first" on a post a matter of
one connection's order. Likes and comments, which only add, go to any post from
any worker, and all workers meet on the board and in the minute windows.

stream.mjs is the same in JavaScript: equal options give equal events.
"""

from dataclasses import dataclass

BOT_REPLY, LIKE, COMMENT = 0, 1, 2
POINTS = (1, 20, 50)
BOT_REPLIES_PER_POST = 100
COOLDOWN_SECONDS = 600
BOTS = 40
WINDOWS = 10
BATCH = 200
BOARD = "trending"
MERGED = "trending:merged"
# Halving weights are exact in binary, so the merged scores compare exactly.
WEIGHTS = tuple(0.5**age for age in range(WINDOWS))


@dataclass(frozen=True)
class Shape:
    """The size of a run: everything that the stream depends on."""

    events: int
    workers: int
    seed: int

    @property
    def posts_per_worker(self):
        return max(2, self.events // self.workers // 488)

    @property
    def humans_per_worker(self):
        return max(4, self.events // self.workers // 156)

    @property
    def posts(self):
        return self.posts_per_worker * self.workers

    def events_of(self, worker):
        return self.events // self.workers + (worker < self.events % self.workers)

    def batches_of(self, worker):
        return -(-self.events_of(worker) // BATCH)


def score_key(post):
    return f"post:{post}:virality_score"


def count_key(post):
    return f"post:{post}:bot_count"


def cooldown_key(bot, human):
    return f"cooldown:bot_{bot}:human_{human}"


def window_key(minute):
    return f"trending:minute:{minute}"


def member(post):
    return f"post:{post}"


def progress_key(worker):
    return f"worker:{worker}:batches"


def events(shape, worker):
    """Yields (kind, post, minute, bot, human) of one worker, in order.

    xorshift32, two draws for each event; squaring the uniform draw makes low
    post numbers popular, as a few posts are in life.
    """
    mask = 0xFFFFFFFF
    x = (shape.seed * 2654435761 + (worker + 1) * 40503) & mask or 1
    own_posts, own_humans = shape.posts_per_worker, shape.humans_per_worker
    workers, posts, total = shape.workers, shape.posts, shape.events_of(worker)
    for i in range(total):
        x ^= (x << 13) & mask
        x ^= x >> 17
        x ^= (x << 5) & mask
        a = x
        x ^= (x << 13) & mask
        x ^= x >> 17
        x ^= (x << 5) & mask
        kind, draw, minute = a % 10, x & 0xFFFF, i * WINDOWS // total
        if kind < 6:
            post = (draw * draw * own_posts >> 32) * workers + worker
            human = (x >> 16) % own_humans * workers + worker
            yield BOT_REPLY, post, minute, (a >> 8) % BOTS, human
        else:
            post = draw * draw * posts >> 32
            yield (LIKE if kind < 9 else COMMENT), post, minute, 0, 0


def batches(shape, worker):
    """Yields the worker's events in lists of BATCH."""
    batch = []
    for event in events(shape, worker):
        batch.append(event)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


class Model:
    """What one worker's events do, computed one event at a time.

    An effect is (name, delta). The name is the key of a counter or of a
    cooldown (which counts 0 or 1), or "key|member" of a sorted set.
    """

    def __init__(self):
        self.cooldowns = set()
        self.counts = {}

    def batch(self, batch):
        """Applies a batch. Returns its effects in the order in which the
        three pipelines of the batch send them, and its outcome."""
        first, second, third = [], [], []
        accepted = cooled = capped = 0
        for kind, post, minute, bot, human in batch:
            if kind != BOT_REPLY:
                first += points(kind, post, minute)
                continue
            pair = cooldown_key(bot, human)
            if pair in self.cooldowns:
                cooled += 1
                continue
            self.cooldowns.add(pair)
            first.append((pair, 1))
            key = count_key(post)
            second.append((key, 1))
            if self.counts.get(key, 0) == BOT_REPLIES_PER_POST:
                capped += 1
                third.append((key, -1))
                continue
            accepted += 1
            self.counts[key] = self.counts.get(key, 0) + 1
            third += points(kind, post, minute)
        return (first, second, third), (accepted, cooled, capped)


def points(kind, post, minute):
    """The effects of one accepted event: post, board, and minute window."""
    gained = POINTS[kind]
    return [
        (score_key(post), gained),
        (f"{BOARD}|{member(post)}", gained),
        (f"{window_key(minute)}|{member(post)}", gained),
    ]


def expected(shape, done=None):
    """The state after the first done[w] batches of every worker w (all, when
    None). Returns (state, outcomes, torn): state maps names to values;
    outcomes[w] lists the outcome of each batch; torn[w] holds the effects and
    the outcome of the batch that follows, or None."""
    state, outcomes, torn = {}, [], []
    for worker in range(shape.workers):
        model, mine, following = Model(), [], None
        limit = shape.batches_of(worker) if done is None else done[worker]
        for number, batch in enumerate(batches(shape, worker)):
            effects, outcome = model.batch(batch)
            if number == limit:
                following = effects, outcome
                break
            mine.append(outcome)
            for phase in effects:
                for name, delta in phase:
                    state[name] = state.get(name, 0) + delta
        outcomes.append(mine)
        torn.append(following)
    return state, outcomes, torn


def sorted_set(state, key):
    """The members of one sorted set of a state, as ZREVRANGE orders them."""
    prefix = key + "|"
    pairs = [(n[len(prefix) :], v) for n, v in state.items() if n.startswith(prefix)]
    return sorted(pairs, key=lambda pair: (pair[1], pair[0]), reverse=True)


def merged_windows(state):
    """What ZUNIONSTORE with WEIGHTS makes of the minute windows, newest first."""
    total = {}
    for age, weight in enumerate(WEIGHTS):
        for post, value in sorted_set(state, window_key(WINDOWS - 1 - age)):
            total[post] = total.get(post, 0.0) + value * weight
    return sorted(total.items(), key=lambda pair: (pair[1], pair[0]), reverse=True)
