# SPDX-License-Identifier: BSD-3-Clause
"""Kombu alone, which carries Celery's messages: exchanges, simple queues, refused messages."""

import socket

import kombu

from bench import until

TITLE = "exchanges and queues of Kombu"
DATABASE = 3


def run(bench):
    with kombu.Connection(f"redis://127.0.0.1:{bench.server.port}/{DATABASE}") as connection:
        topics(bench, connection)
        everybody(bench, connection)
        simple(bench, connection)
    left = bench.redis(DATABASE).keys("*")
    bench.checks.that(all(key.startswith("_kombu.binding.") for key in left), "nothing left but bindings", "", left)


def drain(connection, queues, number):
    """Bodies by queue, as so many messages arrive; each is acknowledged."""
    got = {queue.name: [] for queue in queues}

    def receive(body, message):
        got[message.delivery_info.get("queue") or message.headers["for"]].append(body)
        message.ack()

    consumers = []
    for queue in queues:
        def take(body, message, name=queue.name):
            message.headers["for"] = name
            message.delivery_info["queue"] = name
            receive(body, message)
        consumers.append(connection.Consumer([queue], callbacks=[take]))
    for consumer in consumers:
        consumer.consume()
    try:
        while sum(map(len, got.values())) < number:
            connection.drain_events(timeout=30)
    except socket.timeout:
        pass
    for consumer in consumers:
        consumer.cancel()
    return got


def topics(bench, connection):
    exchange = kombu.Exchange("log", type="topic", durable=True)
    keys = {"errors": "*.error", "disk": "disk.#", "all": "#"}
    queues = [kombu.Queue(name, exchange, routing_key=key) for name, key in keys.items()]
    channel = connection.channel()
    producer = kombu.Producer(channel, exchange)
    for key in ("disk.error", "disk.full.now", "net.error", "net.up"):
        producer.publish(key, routing_key=key, declare=list(queues))
    got = drain(channel.connection.client, queues, 8)
    wanted = {
        "errors": ["disk.error", "net.error"],
        "disk": ["disk.error", "disk.full.now"],
        "all": ["disk.error", "disk.full.now", "net.error", "net.up"],
    }
    bench.checks.same(got, wanted, "topics find their queues", "8 messages")


def everybody(bench, connection):
    exchange = kombu.Exchange("news", type="fanout")
    heard, listeners = [], []
    for number in range(3):
        listener = connection.clone()
        queue = kombu.Queue(f"listener-{number}", exchange, auto_delete=True)
        consumer = listener.Consumer([queue], callbacks=[lambda body, _, n=number: heard.append((n, body))], no_ack=True)
        consumer.consume()
        try:
            listener.drain_events(timeout=0.2)
        except socket.timeout:
            pass
        listeners.append(listener)
    until_subscribed(bench, 3)
    producer = connection.Producer(exchange=exchange)
    for word in ("first", "second"):
        producer.publish(word, routing_key="")
    for number, listener in enumerate(listeners):
        while sum(n == number for n, _ in heard) < 2:
            listener.drain_events(timeout=30)
        listener.release()
    bench.checks.same(sorted(heard), [(n, word) for n in range(3) for word in ("first", "second")], "news reaches every listener")


def until_subscribed(bench, number):
    client = bench.redis(DATABASE)
    listening = lambda: [one for one in client.client_list() if one["db"] == str(DATABASE) and one["psub"] != "0"]
    until(lambda: len(listening()) == number, "all listeners have subscribed")


def simple(bench, connection):
    checks = bench.checks
    with connection.SimpleQueue("simple") as queue:
        for number in range(5):
            queue.put({"number": number})
        checks.same(queue.qsize(), 5, "a queue knows its length")
        bound = queue.queue
        bound.get().ack()
        bound.get().requeue()
        order = []
        for _ in range(3):
            message = queue.get(timeout=30)
            order.append(message.payload["number"])
            message.ack()
        last = bound.get()
        checks.same([*order, last.payload["number"]], [2, 3, 4, 1], "what is given back comes last")
        last.reject()
        queue.put({"number": 5})
        checks.same(queue.clear(), 1, "a queue is emptied")
        try:
            queue.get(timeout=0.2)
            empty = False
        except queue.Empty:
            empty = True
        checks.that(empty, "and gives nothing then")
