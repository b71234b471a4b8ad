# SPDX-License-Identifier: Apache-2.0
"""Mails by the real worker, from Kafka to a real server, and what became of them."""

from __future__ import annotations

import contextlib
import itertools
import pathlib
import time
from typing import Iterator, Sequence

from notify_testing.events import mail_event, mail_events
from notify_testing.group_topics import dead_letter_topic, retry_topics, suppression_topic
from notify_testing.kafka import KafkaCluster, Record
from notify_testing.ledger import event_id_of
from notify_testing.processes import Service, email_worker, sent_by
from notify_testing.waiting import wait_until

from real_server import LARGEST, USER, RealServer, times_delivered
from turns_relay import TurnsRelay

DELAYS = ("1s", "4s")
_numbers = itertools.count(1)


class Load:
    """Topics and a worker of one test, whose sessions go through a relay that counts turns."""

    def __init__(self, cluster: KafkaCluster, server: RealServer, folder: pathlib.Path) -> None:
        self.cluster, self.server, self.folder = cluster, server, folder
        # A cluster that is used again still has the topics of the run before.
        self.group = f"smtp{next(_numbers)}-{int(time.time())}"
        self.topic = f"{self.group}.events"
        self.retry_topics = retry_topics(self.group, DELAYS)
        self.relay = TurnsRelay(server.port)
        self.seconds = 0.0
        self.before = server.delivered_count()
        cluster.worker_topics(self.group, [self.topic], DELAYS)

    @contextlib.contextmanager
    def worker(self, connections: int) -> Iterator[Service]:
        """SIGTERM at the end: a QUIT in each session, without which not every server tells of it."""
        started = email_worker(
            self.group,
            self.folder,
            bootstrap=self.cluster.bootstrap,
            smtp_url=f"smtp://127.0.0.1:{self.relay.port}",
            group=self.group,
            topics=[self.topic],
            SMTP_TLS="required",
            SMTP_CA_LOCATION=self.server.certificate.certificate_file,
            SMTP_USERNAME=USER,
            SMTP_PASSWORD=self.server.password,
            SMTP_CONNECTIONS=connections,
            EMAIL_RETRY_DELAYS=",".join(DELAYS),
            EMAIL_GIVE_UP_AFTER="15s",
        )
        with self.relay, started.start():
            started.wait_ready(60)
            yield started
            assert started.stop() == 0, started.log_tail()

    def send(self, records: Sequence[Record], connections: int, timeout: float) -> None:
        """Until every record is complete and the server has delivered what it took."""
        self.cluster.publish(self.topic, records)
        begun = time.monotonic()
        with self.worker(connections) as worker:

            def progress() -> str:
                done = f"{self.server.delivered_count() - self.before} delivered, lag {self.lag()}"
                return f"{done}\n{worker.log_tail()}\n{self.server.state()}"

            wait_until(lambda: self.lag() == 0, timeout, "every record complete", interval=0.5, progress=progress)
            self.seconds = time.monotonic() - begun
            self.sent = int(sent_by(worker))
            self.breaker_open = worker.metric("notify_breaker_open")
        whole = self.before + self.sent
        wait_until(
            lambda: self.server.delivered_count() >= whole,
            timeout,
            f"{whole} mails in the mailbox",
            interval=0.2,
            progress=self.server.state,
        )

    def lag(self) -> int:
        return self.cluster.lag(self.group, [self.topic, *self.retry_topics])

    # --- what became of them ------------------------------------------------------------------------------

    def delivered(self, prefix: str) -> dict[str, int]:
        return {event: count for event, count in times_delivered(self.server).items() if event.startswith(prefix)}

    def dead_letters(self) -> dict[str, str]:
        """Event to reason; each must be there once."""
        records = self.cluster.read(dead_letter_topic(self.group))
        letters = [(event_id_of(record), record.text_header("notify-reason")) for record in records]
        assert len(dict(letters)) == len(letters), letters
        return dict(letters)

    def first_retries(self) -> list[str]:
        return sorted(event_id_of(record) for record in self.cluster.read(self.retry_topics[0]))

    def suppressed(self) -> set[str]:
        records = self.cluster.read(suppression_topic(self.group))
        return {record.json()["address"] for record in records if record.value}

    def figures(self, name: str, mails: int) -> str:
        return (
            f"{name}: {mails} mails in {self.seconds:.1f} s over {len(self.relay.connections)} connections, "
            f"{self.relay.turns / max(1, mails):.2f} turns a mail"
        )


# --- mails that servers refuse ------------------------------------------------------------------------------

REFUSED = {"unknown": 6, "full": 3, "quota": 3, "grey": 6, "spam": 3, "large": 1, "long": 1}
GOOD_BETWEEN = 8


def mails_with_refusals(prefix: str, kinds: Sequence[str]) -> dict[str, list[Record]]:
    """Kind to its records, the ordinary ones under "good"; `mixed` puts them in the order to publish."""
    texts = {"large": "x " * LARGEST, "long": "x " * 10_000}
    records: dict[str, list[Record]] = {}
    for kind in kinds:
        records[kind] = []
        for number in range(REFUSED[kind]):
            name = f"{prefix}-{kind}-{number}"
            recipient = f"{kind}-{prefix}-{number}@example.org"
            records[kind].append(mail_event(name, name, recipient, texts.get(kind, "Hello.")))
    refused = sum(len(each) for each in records.values())
    records["good"] = mail_events(f"{prefix}-good", refused * GOOD_BETWEEN, 50)
    return records


def mixed(records: dict[str, list[Record]]) -> list[Record]:
    """Refused ones among good ones, as they are in life: a server that refuses everybody is another matter."""
    good = iter(records["good"])
    result: list[Record] = []
    for record in itertools.chain.from_iterable(each for kind, each in records.items() if kind != "good"):
        result += [*itertools.islice(good, GOOD_BETWEEN), record]
    return result


def ids(records: Sequence[Record]) -> list[str]:
    return sorted(event_id_of(record) for record in records)
