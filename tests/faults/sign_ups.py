# SPDX-License-Identifier: Apache-2.0
"""The stage of the rows about the sign-up service: its topics, its port, and the account of its sign-ups."""

from __future__ import annotations

import collections
import dataclasses
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Iterable, Sequence

from notify_testing.kafka import Kafka
from notify_testing.ledger import Accepted, event_id_of, recipient_of
from notify_testing.processes import Service, free_port, signup_service
from notify_testing.sign_up import sign_up
from notify_testing.waiting import wait_until

from fault_row import Result, Run


class SignUps:
    def __init__(self, run: Run) -> None:
        self.run = run
        self.users, self.notifications = f"{run.name}.users", f"{run.name}.notifications"
        self.topics = [self.users, self.notifications]
        self.http_port = free_port()
        self.answered: list[str] = []  # the addresses that got a 202
        run.create_topics(self.notifications)
        # One partition, so one broker that facts about users wait for.
        config = {"min.insync.replicas": "2"}
        run.cluster.create_topics([{"name": self.users, "partitions": 1, "replication_factor": 3, "config": config}])

    def service(self, bootstrap: str = "", **more: object) -> Service:
        """All on one port and one file: one at a time."""
        service = signup_service(
            "signup",
            self.run.folder,
            bootstrap=bootstrap or self.run.cluster.bootstrap,
            http_port=self.http_port,
            SIGNUP_TOPIC=self.users,
            NOTIFICATION_TOPIC=self.notifications,
            **more,
        )
        self.run.others.append(service)
        return service

    def addresses(self, what: str, count: int) -> list[str]:
        return [f"{self.run.name}-{what}-{number}@example.org" for number in range(count)]

    def sign_up_all(self, addresses: Sequence[str]) -> collections.Counter[int]:
        """Some at once. How often each status came."""
        with ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(lambda address: sign_up(self.http_port, address), addresses))
        self.answered += [address for address, status in zip(addresses, statuses) if status == 202]
        return collections.Counter(statuses)

    def expect_all_taken(self, addresses: Sequence[str], when: str) -> None:
        statuses = self.sign_up_all(addresses)
        self.run.expect(statuses == {202: len(addresses)}, f"{when}: answers {dict(statuses)}, not only 202")

    def sign_up_until_refused(self, addresses: Sequence[str]) -> int:
        """One after the other until three in a row were refused; by a 503, or it is a problem. How many were taken."""
        refused = 0
        before = len(self.answered)
        for address in addresses:
            status = sign_up(self.http_port, address)
            self.run.expect(status in (202, 503), f"an answer {status}")
            refused = refused + 1 if status != 202 else 0
            if status == 202:
                self.answered.append(address)
            if refused == 3:
                return len(self.answered) - before
        raise AssertionError(f"{len(addresses)} sign-ups, and never three refused in a row")

    def sign_up_until_killed(self, service: Service, addresses: Sequence[str], kill_after: int) -> int:
        """Many at once; the service is killed the moment that the given number of 202s has come. How many came in all."""
        took: list[str] = []
        enough = threading.Event()

        def one(address: str) -> None:
            if enough.is_set():
                return
            try:
                status = sign_up(self.http_port, address)
            except OSError:
                return  # the kill cut the connection off
            if status == 202:
                took.append(address)
            if len(took) >= kill_after:
                enough.set()

        with ThreadPoolExecutor(8) as pool:
            for address in addresses:
                pool.submit(one, address)
            if not enough.wait(30):
                raise TimeoutError(f"{len(took)} of {kill_after} sign-ups were answered in 30 s:\n{service.log_tail()}")
            service.kill()
        self.answered += took
        return len(took)

    def settle(self, signup: Service, others: int = 0) -> None:
        """Everything delivered, so many events of others too, and the outbox empty; then all end."""
        self.run.wait_settled(len(self.answered) + others, topics=[self.run.topic, *self.topics])
        try:
            wait_until(lambda: signup.metric("notify_outbox_pending") == 0, 15, "an empty outbox")
        except TimeoutError as error:
            self.run.expect(False, str(error))
        self.run.workers.append(signup)  # ended and judged with the others
        self.run.stop_workers()

    def publications(self) -> dict[str, list[str]]:
        """The mail events in Kafka, each of them a sign-up's only one."""
        events = events_by_recipient(self.run.cluster, self.notifications)
        changed = [recipient for recipient, ids in events.items() if len(set(ids)) > 1]
        self.run.expect(not changed, f"one sign-up made several events: {changed[:5]}")
        return events

    def conclude(
        self, published: Iterable[str], most_duplicates: int, bound: str, others: Sequence[Accepted] = ()
    ) -> Result:
        """An answer that a kill cut off may have been a commit all the same: what was published counts as accepted too.
        Events are known by their recipients here, those of others too."""
        accepted = [Accepted(address, address, 0, address) for address in sorted({*self.answered, *published})]
        accepted += [dataclasses.replace(other, event_id=other.recipient) for other in others]
        mails = [dataclasses.replace(mail, event_id=mail.recipient) for mail in self.run.smtp.mails]
        self.run.expect(self.run.dead_letters() == [], "mails were dead-lettered")
        return self.run.conclude_account(self.run.account(accepted, mails=mails), most_duplicates, bound=bound)


def events_by_recipient(kafka: Kafka, topic: str) -> dict[str, list[str]]:
    """The ids of a topic's mail events; an id stands there as often as its event was published."""
    events: dict[str, list[str]] = collections.defaultdict(list)
    for record in kafka.read(topic):
        events[recipient_of(record)].append(event_id_of(record))
    return events


def published_again(publications: dict[str, list[str]]) -> int:
    return sum(len(ids) - 1 for ids in publications.values())
