# SPDX-License-Identifier: Apache-2.0
"""What a row of the fault table is made of.

A row is a function that gets a Run and returns its Result:

    @row(3, "SIGTERM under load")
    def terminate_workers(run: Run) -> Result: ...

Its Run has topics, a group, a scripted SMTP server and a folder of its own; the cluster is shared by all rows. Reaching into what a
row must prove: `expect` notes what does not hold, and the row fails; nothing is asserted away.
"""

from __future__ import annotations

import pathlib
import time
from dataclasses import dataclass, field
from typing import Callable, Optional, Sequence

from notify_testing.group_topics import dead_letter_topic, retry_topics
from notify_testing.kafka import KafkaCluster, Publication, Record
from notify_testing.ledger import Accepted, Account, accepted_from, settle, some
from notify_testing.processes import Service, email_worker, start_all
from notify_testing.scenario import Rule, unhurried
from notify_testing.scripted_smtp import ScriptedSmtpServer
from notify_testing.smtp_records import Mail
from notify_testing.waiting import wait_until

MAX_IN_FLIGHT = 64

RowFunction = Callable[["Run"], "Result"]
ROWS: dict[int, tuple[str, RowFunction]] = {}


def row(number: int, fault: str) -> Callable[[RowFunction], RowFunction]:
    def register(function: RowFunction) -> RowFunction:
        assert number not in ROWS, f"row {number} is there twice"
        ROWS[number] = (fault, function)
        return function

    return register


@dataclass
class Result:
    account: Account
    bound: str  # "dup ≤ 384", as the table shows it
    problems: list[str]
    seconds: float = 0.0


@dataclass
class Run:
    number: int
    cluster: KafkaCluster
    folder: pathlib.Path
    say: Callable[[str], None]
    smtp: ScriptedSmtpServer = field(default_factory=ScriptedSmtpServer)
    workers: list[Service] = field(default_factory=list)
    others: list[Service] = field(default_factory=list)  # ended at the latest when the row ends
    worker_settings: dict[str, object] = field(default_factory=dict)  # of this row's own
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        # A cluster that is used again still has the topics of the run before.
        self.started = time.time()
        self.name = f"row{self.number}-{int(self.started)}"
        self.group = self.name
        self.topic = f"{self.name}.events"

    # --- the stage ----------------------------------------------------------------------------------------

    @property
    def retry_topics(self) -> list[str]:
        return retry_topics(self.group)

    @property
    def dead_letter_topic(self) -> str:
        return dead_letter_topic(self.group)

    @property
    def broker_ports(self) -> list[int]:
        return [int(address.rpartition(":")[2]) for address in self.cluster.bootstrap.split(",")]

    def create_topics(self, *more: str) -> None:
        self.cluster.worker_topics(self.group, [self.topic, *more])

    def slow_server(self, seconds: float = 0.02, *rules: Rule) -> None:
        self.smtp.scenario = unhurried(*rules, seconds=seconds)

    def new_worker(self, topics: Optional[Sequence[str]] = None) -> Service:
        worker = email_worker(
            f"email-{len(self.workers) + 1}",
            self.folder,
            bootstrap=self.cluster.bootstrap,
            smtp_url=self.smtp.url,
            group=self.group,
            topics=topics or [self.topic],
            **{
                "EMAIL_MAX_IN_FLIGHT": MAX_IN_FLIGHT,
                "KAFKA_HEARTBEAT_INTERVAL_MS": 1000,
                **self.worker_settings,
            },
        )
        self.workers.append(worker)
        return worker

    def start_workers(self, count: int, topics: Optional[Sequence[str]] = None) -> None:
        start_all([self.new_worker(topics) for _ in range(count)])

    def publish(self, records: Sequence[Record], rate: float = 0) -> Publication:
        return self.cluster.publish_in_background(self.topic, records, rate)

    # --- what happens -------------------------------------------------------------------------------------

    def expect(self, holds: bool, problem: str) -> None:
        if not holds:
            self.problems.append(problem)
            self.say(f"✗ {problem}")

    def wait_for(self, condition: Callable[[], bool], timeout: float, what: str) -> None:
        self._wait(condition, timeout, what, self._progress)

    def wait_for_mails(self, count: int, timeout: float = 60) -> None:
        """So many mails in all, duplicates included."""
        self._wait(lambda: len(self.smtp.mails) >= count, timeout, f"{count} mails at the SMTP server", self._progress)

    def wait_for_more_mails(self, count: int, timeout: float = 60) -> None:
        self.wait_for_mails(len(self.smtp.mails) + count, timeout)

    def lag(self) -> int:
        return self.cluster.lag(self.group, [self.topic, *self.retry_topics])

    def wait_settled(self, events: int, timeout: float = 120, topics: Sequence[str] = ()) -> None:
        """Until so many events were delivered or dead-lettered and every offset is committed. Running out of time is a
        problem of the row, whose account then shows what is missing."""
        consumed = [*(topics or [self.topic]), *self.retry_topics]

        def is_settled() -> bool:
            # The lag is asked last: it costs a process.
            return self.settled_count() >= events and self.cluster.lag(self.group, consumed) == 0

        try:
            self._wait(is_settled, timeout, f"{events} settled events and a lag of 0", self._progress, interval=0.5)
        except TimeoutError as error:
            self.expect(False, str(error))

    def settled_count(self) -> int:
        delivered = {mail.event_id for mail in list(self.smtp.mails)}
        dead = sum(state.high - state.low for state in self.cluster.partitions(self.group, [self.dead_letter_topic]))
        return len(delivered) + dead

    def _wait(
        self,
        condition: Callable[[], bool],
        timeout: float,
        what: str,
        progress: Callable[[], str],
        interval: float = 0.02,
    ) -> None:
        wait_until(condition, timeout, what, interval=interval, progress=progress)

    def _progress(self) -> str:
        running = sum(worker.running for worker in self.workers)
        return f"{len(self.smtp.mails)} mails, {running} workers running, lag {self.lag()}"

    def stop_workers(self) -> None:
        """SIGTERM to all at once; each must end with 0 in time."""
        running = [worker for worker in self.workers if worker.running]
        for worker in self.workers:
            if not worker.running and worker.exit_status not in (None, -9):
                self.expect(
                    worker.exit_status == 0, f"{worker.name} ended with {worker.exit_status}\n{worker.log_tail()}"
                )
        for worker in running:
            worker.process.terminate()  # type: ignore[union-attr]
        for worker in running:
            self.expect_clean_end(worker)

    def expect_clean_end(self, worker: Service) -> None:
        try:
            status = worker.wait_ended(35)
        except TimeoutError as error:
            self.expect(False, str(error))
        else:
            self.expect(status == 0, f"{worker.name} ended with {status} at SIGTERM\n{worker.log_tail()}")

    # --- the end ------------------------------------------------------------------------------------------

    def retry_records(self) -> list[Record]:
        """Each is an attempt that was charged to its mail."""
        return self.cluster.read(*self.retry_topics)

    def charged(self) -> int:
        """How many of them there are."""
        return sum(state.high for state in self.cluster.partitions(self.group, self.retry_topics))

    def attempts_told(self) -> dict[str, int]:
        """How often each mail was tried until it was sent, by the statuses of this row's group."""
        told = {}
        for record in self.cluster.read(f"notifications.status@{self.started * 1000:.0f}"):
            status = record.json()
            if status["source"] == f"/{self.group}" and status["data"]["outcome"] == "sent":
                told[status["data"]["event"]["id"]] = status["data"]["attempts"]
        return told

    def dead_letters(self) -> list[Record]:
        return self.cluster.read(self.dead_letter_topic)

    def account(
        self, accepted: Sequence[Accepted], dead: Sequence[str] = (), mails: Optional[Sequence[Mail]] = None
    ) -> Account:
        return settle(accepted, self.smtp.mails if mails is None else mails, self.smtp.attempts, dead)

    def conclude(
        self, records: Sequence[Record], most_duplicates: int, *, bound: str = "", dead: Sequence[str] = ()
    ) -> Result:
        """The row's result: lost 0, out of order 0, dup within the bound, and nothing that is not as it should be."""
        return self.conclude_account(self.account(accepted_from(records), dead), most_duplicates, bound=bound)

    def conclude_account(self, account: Account, most_duplicates: int, *, bound: str = "") -> Result:
        self.expect(not account.lost, f"lost: {some(account.lost)}")
        self.expect(not account.out_of_order, f"out of order: {some(account.out_of_order)}")
        self.expect(not account.both, f"delivered and dead-lettered: {some(account.both)}")
        self.expect(not account.strange, f"never accepted: {some(account.strange)}")
        duplicates = account.duplicate_count
        self.expect(duplicates <= most_duplicates, f"{duplicates} duplicates: {some(account.duplicates)}")
        return Result(account, bound or f"dup ≤ {most_duplicates}", self.problems)

    def clean_up(self) -> None:
        for service in [*self.workers, *self.others]:
            service.clean_up()
        self.smtp.close()
