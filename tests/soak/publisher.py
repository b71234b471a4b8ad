# SPDX-License-Identifier: Apache-2.0
"""Publishes mail events at a steady rate until it is told to stop, in pieces of a few seconds: the next piece begins when Kafka
has all of the one before, so the offsets tell the order of a key's events."""

from __future__ import annotations

import threading
from typing import Optional

from notify_testing.events import mail_event
from notify_testing.kafka import KafkaCluster
from notify_testing.ledger import Accepted, accepted_from

KEYS = 199
PIECE = 5.0  # seconds
PATIENCE = 120  # seconds for Kafka to take a piece


class Publisher:
    def __init__(self, cluster: KafkaCluster, topic: str, name: str, rate: float) -> None:
        self.cluster, self.topic, self.name, self.rate = cluster, topic, name, rate
        self.accepted: list[Accepted] = []
        self.trouble: Optional[BaseException] = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)

    def start(self) -> "Publisher":
        self._thread.start()
        return self

    def stop(self) -> list[Accepted]:
        """What Kafka has taken; the last piece is finished first."""
        self._over.set()
        self._thread.join(PIECE + PATIENCE + 60)
        if self._thread.is_alive():
            raise TimeoutError("the publisher does not end")
        if self.trouble is not None:
            raise self.trouble
        return self.accepted

    def _run(self) -> None:
        size, number = max(1, int(self.rate * PIECE)), 0
        try:
            while not self._over.is_set():
                records = []
                for number in range(number, number + size):
                    name = f"{self.name}-{number:08d}"
                    records.append(mail_event(name, f"{self.name}-key-{number % KEYS}", f"{name}@example.org"))
                number += 1
                taken = self.cluster.publish_in_background(self.topic, records, self.rate, PATIENCE).wait()
                self.accepted += accepted_from(taken)
        except BaseException as error:  # for the main thread to raise
            self.trouble = error
