# SPDX-License-Identifier: Apache-2.0
"""The system that a soak breaks and mends: three brokers, a publisher, workers, a scripted SMTP server. Each method injects a
fault or takes it back; `bound` grows by what the fault may cost in mails sent twice:

  kill -9 of a worker, or its suspension past the session timeout    F, what it may have in flight
  kill -9 of the group's coordinator                                 F for each worker: none can commit, and all may be put out
  a connection dropped after the dot                                 1: the mail was taken, and its sender was not told
  the SMTP server gone                                               1 for each session that was cut
  all the rest; an event that a producer wrote twice is mailed once  0
"""

from __future__ import annotations

import pathlib
import signal
import subprocess
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Callable, Optional

from notify_testing.group_topics import dead_letter_topic, retry_topics, suppression_topic
from notify_testing.kafka import KafkaCluster
from notify_testing.processes import Service, email_worker, start_all
from notify_testing.scenario import Rule, unhurried
from notify_testing.scripted_smtp import ScriptedSmtpServer
from notify_testing.smtp_records import Mail
from notify_testing.waiting import wait_until

from memory import Memory
from plan import BROKERS, COORDINATOR, SESSION_TIMEOUT, WORKERS, Fault
from publisher import Publisher

MAX_IN_FLIGHT = 64
DEDUPE_WINDOW = 500  # of each partition: full, and so as large as it gets, within a short run's first third
DRAIN = 300  # seconds, at most


def forget_content(mail: Mail) -> None:
    """A long run would keep them all."""
    mail.content = b""


class System:
    def __init__(self, cluster: KafkaCluster, folder: pathlib.Path, rate: float, say: Callable[[str], None]) -> None:
        self.cluster, self.say = cluster, say
        self.group = f"soak-{int(time.time())}"
        self.topic = f"{self.group}.events"
        self.dead_letter_topic = dead_letter_topic(self.group)
        self.retry_topics = retry_topics(self.group)
        self.problems: list[str] = []
        self.bound = 0
        self.published_again = 0  # records of an event after its first
        self.suppressed = 0
        self.bounds: dict[str, int] = {}  # by what it was for
        self.memory = Memory()
        self.smtp = ScriptedSmtpServer(on_mail=forget_content)
        self.all_is_well_at_smtp()
        settings = {
            "EMAIL_MAX_IN_FLIGHT": MAX_IN_FLIGHT,
            "EMAIL_DEDUPE_WINDOW": DEDUPE_WINDOW,
            "KAFKA_SESSION_TIMEOUT_MS": int(SESSION_TIMEOUT * 1000),
            "KAFKA_HEARTBEAT_INTERVAL_MS": 1000,
        }
        self.workers = {
            f"worker {number}": email_worker(
                f"email-{number}",
                folder,
                bootstrap=cluster.bootstrap,
                smtp_url=self.smtp.url,
                group=self.group,
                topics=[self.topic],
                **settings,
            )
            for number in range(1, WORKERS + 1)
        }
        self.wanted = set(self.workers)  # those that should run
        self.suspended: set[str] = set()
        self.publisher = Publisher(cluster, self.topic, self.group, rate)
        self._rule: Optional[Rule] = None  # that drops connections after the dot
        self._background = ThreadPoolExecutor(1)
        self._dead_broker: Optional[int] = None
        self._broker_start: Optional[Future[None]] = None

    def start(self) -> None:
        self.cluster.heal()
        self.cluster.worker_topics(self.group, [self.topic])
        start_all(list(self.workers.values()))
        self.publisher.start()

    def allow(self, duplicates: int, reason: str) -> None:
        self.bound += duplicates
        self.bounds[reason] = self.bounds.get(reason, 0) + duplicates

    def note(self, problem: str) -> None:
        self.problems.append(problem)
        self.say(f"✗ {problem}")

    # --- faults -------------------------------------------------------------------------------------------

    def begin(self, fault: Fault) -> None:
        if fault.targets == ("smtp",):
            self._begin_smtp(fault)
        elif fault.kind == "broker kill -9":
            self._kill_broker(fault.targets[0])
        else:
            for target in fault.targets:
                self._begin_worker(fault.kind, target)

    def end(self, fault: Fault) -> None:
        if fault.targets == ("smtp",):
            self._end_smtp()
        elif fault.kind == "broker kill -9":
            self._broker_start = self._background.submit(self._start_broker)
        else:
            for target in fault.targets:
                self._end_worker(target)

    def _begin_worker(self, kind: str, target: str) -> None:
        worker = self.workers[target]
        if not worker.running:
            return  # it ended by itself: watch() tells
        if kind in ("SIGSTOP", "long SIGSTOP"):
            worker.send(signal.SIGSTOP)
            self.suspended.add(target)
            self.allow(MAX_IN_FLIGHT if kind == "long SIGSTOP" else 0, kind)
            return
        self.wanted.discard(target)
        if kind == "kill -9":
            worker.kill()
            self.allow(MAX_IN_FLIGHT, kind)
        else:
            worker.send(signal.SIGTERM)

    def _end_worker(self, target: str) -> None:
        worker = self.workers[target]
        if target in self.suspended:
            self.suspended.discard(target)
            if worker.running:
                worker.send(signal.SIGCONT)
            return
        self._expect_clean_end(worker)
        worker.start()
        self.wanted.add(target)

    def _expect_clean_end(self, worker: Service) -> None:
        """It was told to end, in one way or the other."""
        try:
            status = worker.wait_ended(35)
        except TimeoutError as error:
            self.note(str(error))
        else:
            if status not in (0, -signal.SIGKILL):
                self.note(f"{worker.name} ended with {status}:\n{worker.log_tail()}")

    def may_begin(self, fault: Fault) -> bool:
        """One broker at a time is away, and on a slow machine it takes its time to come back."""
        return fault.resources != {"broker"} or self._dead_broker is None or self._broker_is_back()

    def _broker_is_back(self) -> bool:
        if self._broker_start is None or not self._broker_start.done():
            return False
        self._await_broker()
        return True

    def _start_broker(self) -> None:
        """Until its replicas have caught up: before that, a partition might have no other."""
        assert self._dead_broker is not None
        self.cluster.start_broker(self._dead_broker)
        wait_until(self._is_whole, 120, f"broker {self._dead_broker} to catch up", interval=0.5)

    def _is_whole(self) -> bool:
        topics = [self.topic, *self.retry_topics, self.dead_letter_topic, "__consumer_offsets"]
        try:
            return all(state.in_sync == BROKERS for state in self.cluster.partitions(self.group, topics))
        except (RuntimeError, subprocess.TimeoutExpired):
            return False

    def _kill_broker(self, target: str) -> None:
        coordinator = self.cluster.coordinator(self.group)
        self._dead_broker = coordinator if target == COORDINATOR else int(target.split()[1])
        self.cluster.kill_broker(self._dead_broker)
        if self._dead_broker == coordinator:
            self.allow(MAX_IN_FLIGHT * WORKERS, "coordinator killed")

    def _await_broker(self) -> None:
        if self._broker_start is not None:
            self._broker_start.result(300)
            self._broker_start = self._dead_broker = None

    def _begin_smtp(self, fault: Fault) -> None:
        if fault.kind == "SMTP server away":
            self.allow(self.smtp.refuse_connections(), fault.kind)
            return
        if fault.kind == "stall":
            rule = Rule(fault.phase, every=fault.every, stall=True, delay=4)
        elif fault.kind == "dropped after the dot":
            rule = self._rule = Rule(fault.phase, every=fault.every, drop=True)
        else:
            rule = Rule(fault.phase, every=fault.every, reply=fault.reply)
        self.all_is_well_at_smtp(rule)

    def _end_smtp(self) -> None:
        self.all_is_well_at_smtp()
        self.smtp.accept_connections()
        if self._rule is not None:
            self.allow(self._rule.applied, "dropped after the dot")
            self._rule = None

    def all_is_well_at_smtp(self, *but: Rule) -> None:
        self.smtp.scenario = unhurried(*but)

    # --- meanwhile ----------------------------------------------------------------------------------------

    def watch(self) -> None:
        """Once a second: nobody has ended who was not told to, and how much memory each worker takes."""
        if self.publisher.trouble is not None:
            raise self.publisher.trouble
        for target, worker in self.workers.items():
            if target not in self.wanted:
                continue
            if worker.running:
                self.memory.sample(worker.name, worker.pid)
            else:
                self.note(f"{worker.name} ended by itself with {worker.exit_status}:\n{worker.log_tail()}")
                worker.start()

    def lag(self) -> int:
        return self.cluster.lag(self.group, [self.topic, *self.retry_topics])

    def suppression_list(self) -> set[str]:
        """Every address that came on it."""
        records = self.cluster.read(suppression_topic(self.group))
        return {record.json()["address"] for record in records if record.value is not None}

    # --- the end ------------------------------------------------------------------------------------------

    def mend(self) -> None:
        """Whatever is still broken is made well."""
        self._end_smtp()
        self._await_broker()
        self.cluster.heal()
        for target in [*self.suspended, *(set(self.workers) - self.wanted)]:
            self._end_worker(target)

    def drain(self) -> None:
        def is_drained() -> bool:
            self.watch()
            return self.lag() == 0

        try:
            wait_until(is_drained, DRAIN, "a lag of 0", interval=1, progress=self.lag)
        except TimeoutError as error:
            self.note(str(error))

    def stop_workers(self) -> None:
        self.wanted.clear()
        for worker in self.workers.values():
            if worker.running:
                worker.send(signal.SIGTERM)
        for worker in self.workers.values():
            self._expect_clean_end(worker)

    def clean_up(self) -> None:
        for worker in self.workers.values():
            worker.clean_up()
        self.smtp.close()
        self._background.shutdown(wait=True)
