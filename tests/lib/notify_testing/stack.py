# SPDX-License-Identifier: Apache-2.0
"""Signup, email workers, an SMTP server and topics of their own on a cluster: the whole way of a mail."""

from __future__ import annotations

import itertools
import pathlib
import time
from typing import Mapping, Optional, Self

from .group_topics import dead_letter_topic, retry_topics
from .kafka import KafkaCluster, Record
from .processes import Service, email_worker, end_all, free_port, signup_service, start_all
from .scripted_smtp import ScriptedSmtpServer
from .sign_up import post_sign_up
from .smtp_records import Mail
from .waiting import wait_until
from .web import Answer

_numbers = itertools.count(1)


class Stack:
    """Nothing runs until it is started. Everything ends with the with-block."""

    def __init__(
        self,
        cluster: KafkaCluster,
        folder: pathlib.Path,
        smtp: ScriptedSmtpServer,
        *,
        signup: Mapping[str, object] = {},
        email: Mapping[str, object] = {},
    ) -> None:
        self.cluster, self.folder, self.smtp = cluster, folder, smtp
        self.group = f"email-{int(time.time())}-{next(_numbers)}"
        self.users, self.notifications = f"{self.group}.users", f"{self.group}.notifications"
        self.topics = [self.users, self.notifications]
        self.email_settings = dict(email)
        self.http_port = free_port()
        topics = {"SIGNUP_TOPIC": self.users, "NOTIFICATION_TOPIC": self.notifications}
        self.signup = signup_service(
            "signup", folder, bootstrap=cluster.bootstrap, http_port=self.http_port, **{**topics, **signup}
        )
        self.workers: list[Service] = []

    def __enter__(self) -> Self:
        self.cluster.worker_topics(self.group, self.topics)
        return self

    def __exit__(self, *exception: object) -> None:
        end_all()

    def new_worker(self) -> Service:
        settings = {"KAFKA_HEARTBEAT_INTERVAL_MS": 1000, **self.email_settings}
        worker = email_worker(
            f"email-{len(self.workers) + 1}",
            self.folder,
            bootstrap=self.cluster.bootstrap,
            smtp_url=self.smtp.url,
            group=self.group,
            topics=self.topics,
            **settings,
        )
        self.workers.append(worker)
        return worker

    def start(self, workers: int = 1) -> Self:
        start_all([self.signup, *(self.new_worker() for _ in range(workers))])
        return self

    def start_worker(self) -> Service:
        """Without signup, for tests that publish events themselves."""
        return self.new_worker().start().wait_ready(60)

    def sign_up(self, address: str, name: str = "Ada") -> Answer:
        return post_sign_up(self.http_port, address, name)

    def wait_for_mail(self, recipient: str, number: int = 1, timeout: float = 30) -> Mail:
        """The recipient's n-th mail."""
        wait_until(
            lambda: len(self.smtp.mails_to(recipient)) >= number,
            timeout,
            f"mail {number} to {recipient}",
            progress=lambda: "\n".join(f"{each}\n{each.log_tail()}" for each in [self.signup, *self.workers]),
        )
        return self.smtp.mails_to(recipient)[number - 1]

    @property
    def consumed_topics(self) -> list[str]:
        return [*self.topics, *retry_topics(self.group)]

    def wait_committed(self, timeout: float = 60) -> None:
        """Until the group has committed the end of every topic it reads."""
        wait_until(lambda: self.lag() == 0, timeout, "a lag of 0", interval=0.3, progress=self.lag)

    def lag(self) -> int:
        return self.cluster.lag(self.group, self.consumed_topics)

    def dead_letters(self) -> list[Record]:
        return self.cluster.read(dead_letter_topic(self.group))

    def stop(self, services: Optional[list[Service]] = None) -> dict[str, int]:
        """SIGTERM to all that run, and their exit statuses by name."""
        running = [each for each in services or [self.signup, *self.workers] if each.running]
        return {service.name: service.stop() for service in running}
