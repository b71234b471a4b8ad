# SPDX-License-Identifier: Apache-2.0
"""Publishes mail events at a steady rate until it is told to stop, in pieces of a few seconds, one piece after the other.

What counts as accepted is what Kafka's log holds in the end, where an event's offset tells its place among those of its key. A
producer whose broker is killed may be told of an error though its record is there, or write it once more; what it was told is
there must be there.
"""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass
from typing import Optional

from notify_testing.events import mail_event
from notify_testing.kafka import KafkaCluster
from notify_testing.ledger import Accepted, accepted_from

KEYS = 199
PIECE = 5.0  # seconds
PATIENCE = 120  # seconds for Kafka to take a piece


@dataclass
class Log:
    """What Kafka has of the events."""

    accepted: list[Accepted]
    published_again: int  # records of an event after its first
    vanished: list[str]  # events that were acknowledged and are not there


class Publisher:
    def __init__(self, cluster: KafkaCluster, topic: str, name: str, rate: float) -> None:
        self.cluster, self.topic, self.name, self.rate = cluster, topic, name, rate
        self.acknowledged: set[str] = set()
        self.refusals: list[str] = []
        self.trouble: Optional[BaseException] = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)

    def start(self) -> "Publisher":
        self._thread.start()
        return self

    def stop(self) -> None:
        """The last piece is finished first."""
        self._over.set()
        self._thread.join(PIECE + PATIENCE + 60)
        if self._thread.is_alive():
            raise TimeoutError("the publisher does not end")
        if self.trouble is not None:
            raise self.trouble

    def log(self) -> Log:
        """In the order of the offsets, as far as a partition goes."""
        accepted: dict[str, Accepted] = {}
        records = 0
        for record in self.cluster.each_record(self.topic, patience=300):
            (entry,) = accepted_from([record])
            records += 1
            accepted.setdefault(entry.event_id, entry)
        vanished = sorted(self.acknowledged - accepted.keys())
        return Log(list(accepted.values()), records - len(accepted), vanished)

    def _run(self) -> None:
        try:
            for first in itertools.count(0, self._size):
                if self._over.is_set():
                    return
                self._publish(first)
        except BaseException as error:  # for the main thread to raise
            self.trouble = error

    @property
    def _size(self) -> int:
        return max(1, int(self.rate * PIECE))

    def _publish(self, first: int) -> None:
        records = []
        for number in range(first, first + self._size):
            name = f"{self.name}-{number:08d}"
            records.append(mail_event(name, f"{self.name}-key-{number % KEYS}", f"{name}@example.org"))
        publication = self.cluster.publish_in_background(self.topic, records, self.rate, PATIENCE)
        try:
            publication.wait()
        except RuntimeError as error:
            self.refusals.append(str(error))
        self.acknowledged.update(entry.event_id for entry in accepted_from(records) if entry.position >= 0)
