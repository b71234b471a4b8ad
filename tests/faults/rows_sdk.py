# SPDX-License-Identifier: Apache-2.0
"""Faults that applications on the SDK and the outbox meet."""

from __future__ import annotations

import contextlib
import json
import signal
from typing import Iterator

from notify_testing.kafka import TOOLS, KafkaCluster
from notify_testing.ledger import accepted_from
from notify_testing.processes import Service
from notify_testing.waiting import wait_until

from fault_row import Result, Run, row
from sign_ups import SignUps

QUEUE = 100  # events
PUBLISHED = 700
ADDRESSES = 400


@row(15, "SDK's queue full")
def fill_queue(run: Run) -> Result:
    sign_ups = SignUps(run)
    signup = sign_ups.service(KAFKA_QUEUE_BUFFERING_MAX_MESSAGES=QUEUE).start().wait_ready()
    publisher = Service(
        "publisher",
        [TOOLS / "sdk-publisher", run.topic, run.name, PUBLISHED, 60],
        {"KAFKA_BOOTSTRAP_SERVERS": run.cluster.bootstrap, "KAFKA_QUEUE_BUFFERING_MAX_MESSAGES": QUEUE},
        run.folder,
    )
    run.others.append(publisher)
    with silence(run.cluster):
        publisher.start()
        wait_until(publisher.log, 20, "the SDK to say that its queue is full", progress=lambda: publisher)
        said = json.loads(publisher.log().splitlines()[0])
        wanted = {"error": "NOTIFY_E_QUEUE_FULL", "accepted": QUEUE, "pending": QUEUE}
        run.expect(said == wanted, f"the SDK said {said}")
        sign_ups.expect_all_taken(sign_ups.addresses("silence", ADDRESSES), "while Kafka is silent")
        waiting = signup.metric("notify_outbox_pending")
        run.expect(waiting == 2 * ADDRESSES, f"{waiting:.0f} events wait in the outbox, not {2 * ADDRESSES}")
        run.expect(publisher.running, f"the publisher ended with {publisher.exit_status}")
        run.say(f"{said['error']} after {said['accepted']} events; {waiting:.0f} rows wait in the outbox")
    run.start_workers(2, topics=[run.topic, *sign_ups.topics])
    run.expect(publisher.wait_ended(60) == 0, f"the publisher failed: {publisher.log_tail()}")
    told = json.loads(publisher.log().splitlines()[-1])
    run.expect(told["delivered"] == PUBLISHED, f"{told['delivered']} of {PUBLISHED} events were reported delivered")
    sign_ups.settle(signup, others=PUBLISHED)
    published = run.cluster.read(run.topic)
    run.expect(len(published) == PUBLISHED, f"{len(published)} records for {PUBLISHED} events")
    return sign_ups.conclude([], 0, "dup 0", others=accepted_from(published))


@contextlib.contextmanager
def silence(cluster: KafkaCluster) -> Iterator[None]:
    """No broker answers anything; connections stay."""
    brokers = range(1, cluster.brokers + 1)
    try:
        for broker in brokers:
            cluster.kill_broker(broker, how=signal.SIGSTOP)
        yield
    finally:
        for broker in brokers:
            cluster.kill_broker(broker, how=signal.SIGCONT)
