# SPDX-License-Identifier: BSD-3-Clause
"""The load: worker threads in a few processes, each with a connection of its own.

A worker takes its events batch by batch and acts on what the server answers:
claim cooldowns and book the humans' points; count the bot replies that passed;
take the points of those within the limit, or undo the count. Each step is one
pipeline that needs the replies of the one before. It never looks at the model.

When the connection breaks it stops and reports how far it was: which pipelines
were acknowledged and when, and which were sent. The parent looks at what the
restarted server holds, completes the torn batch, and says where to go on.
"""

import multiprocessing
import threading
import time

import redis

import stream


class Worker:
    def __init__(self, shape, number, port, acknowledged):
        self.shape, self.number = shape, number
        self.acknowledged = acknowledged
        self.client = redis.Redis(host="127.0.0.1", port=port)
        self.commands = 0
        self.outcomes = {}
        self.receipts = []  # (batch, phase, moment of the last reply)
        self.sent = (-1, -1)  # the last pipeline sent: batch, phase
        self.error = None

    def run(self, start):
        """Runs from batch number start to the end, or until the server is gone."""
        self.receipts, self.sent = [], (-1, -1)
        for gone in [number for number in self.outcomes if number >= start]:
            del self.outcomes[gone]
        try:
            for number, batch in enumerate(stream.batches(self.shape, self.number)):
                if number >= start:
                    self.outcomes[number] = self.batch(number, batch)
                    self.acknowledged[self.number] = number + 1
        except redis.exceptions.ConnectionError:
            pass
        except Exception as error:  # any error reply: the run has failed
            self.error = f"worker {self.number}: {error!r}"

    def send(self, pipeline, number, phase):
        self.commands += len(pipeline)
        self.sent = (number, phase)
        replies = pipeline.execute()
        self.receipts.append((number, phase, time.monotonic()))
        return replies

    def batch(self, number, batch):
        """One batch. Returns how many bot replies were accepted, refused by
        a cooldown, and refused by the limit of a post."""
        passed = self.claim(number, batch)
        pipeline = self.client.pipeline(transaction=False)
        for event in passed:
            pipeline.incr(stream.count_key(event[1]))
        counts = self.send(pipeline, number, 1)

        pipeline = self.client.pipeline(transaction=False)
        accepted = 0
        for event, count in zip(passed, counts):
            if count > stream.BOT_REPLIES_PER_POST:
                pipeline.decr(stream.count_key(event[1]))
            else:
                accepted += 1
                self.add_points(pipeline, event)
        pipeline.zrevrange(stream.BOARD, 0, 9, withscores=True)
        pipeline.zrevrank(stream.BOARD, stream.member(batch[0][1]))
        pipeline.set(stream.progress_key(self.number), number + 1)
        top, rank, _ = self.send(pipeline, number, 2)[-3:]
        self.look_at_board(top, rank)
        bots = sum(event[0] == stream.BOT_REPLY for event in batch)
        return accepted, bots - len(passed), len(passed) - accepted

    def claim(self, number, batch):
        """Books likes and comments and claims the cooldowns of bot replies.
        Returns the bot replies that got theirs."""
        pipeline = self.client.pipeline(transaction=False)
        claims = []
        for event in batch:
            if event[0] == stream.BOT_REPLY:
                claims.append((len(pipeline), event))
                key = stream.cooldown_key(event[3], event[4])
                pipeline.set(key, 1, nx=True, ex=stream.COOLDOWN_SECONDS)
            else:
                self.add_points(pipeline, event)
        replies = self.send(pipeline, number, 0)
        return [event for at, event in claims if replies[at]]

    @staticmethod
    def add_points(pipeline, event):
        kind, post, minute = event[:3]
        gained, name = stream.POINTS[kind], stream.member(post)
        pipeline.incrby(stream.score_key(post), gained)
        pipeline.zincrby(stream.BOARD, gained, name)
        pipeline.zincrby(stream.window_key(minute), gained, name)

    @staticmethod
    def look_at_board(top, rank):
        scores = [score for _, score in top]
        in_order = scores == sorted(scores, reverse=True) and 1 <= len(scores) <= 10
        if not in_order or not (rank is None or rank >= 0):
            raise AssertionError(f"the live board is out of order: {top}, rank {rank}")


def process(shape, numbers, port, acknowledged, pipe):
    """A process of workers: for each message, the batch at which each worker
    starts, it runs them all and answers with their reports."""
    workers = [Worker(shape, number, port, acknowledged) for number in numbers]
    while (starts := pipe.recv()) is not None:
        threads = [
            threading.Thread(target=worker.run, args=(starts[worker.number],))
            for worker in workers
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        pipe.send(
            [(w.number, w.outcomes, w.receipts, w.sent, w.commands, w.error) for w in workers]
        )


class Crowd:
    """All workers, in a few processes; seen from the parent."""

    def __init__(self, shape, port, processes):
        self.acknowledged = multiprocessing.Array("q", shape.workers, lock=False)
        self.pipes, self.processes = [], []
        for at in range(processes):
            numbers = range(at, shape.workers, processes)
            mine, theirs = multiprocessing.Pipe()
            child = multiprocessing.Process(
                target=process,
                args=(shape, numbers, port, self.acknowledged, theirs),
                daemon=True,
            )
            child.start()
            self.pipes.append(mine)
            self.processes.append(child)

    def run(self, starts):
        for pipe in self.pipes:
            pipe.send(starts)

    def finished(self):
        return all(pipe.poll() for pipe in self.pipes)

    def reports(self):
        """Waits for all workers to stop; their reports, by worker number."""
        everyone = [report for pipe in self.pipes for report in pipe.recv()]
        return {report[0]: report[1:] for report in everyone}

    def close(self):
        for pipe in self.pipes:
            pipe.send(None)
        for child in self.processes:
            child.join()
