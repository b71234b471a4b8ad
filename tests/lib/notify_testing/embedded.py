# SPDX-License-Identifier: Apache-2.0
"""The embedded broker alone, and the whole system on it with the mailbox: what scripts/demo starts, on free ports."""

from __future__ import annotations

import contextlib
import json
import pathlib
import urllib.parse
import urllib.request
from typing import Any, Iterator

from .group_topics import DEFAULT_DELAYS
from .kafka import Kafka
from .processes import (
    DEVBROKER,
    NOTIFYCTL,
    REPOSITORY,
    Service,
    email_worker,
    free_port,
    order_service,
    run,
    signup_service,
    start_all,
)
from .scripted_smtp import ScriptedSmtpServer
from .waiting import wait_until

MAILBOX = REPOSITORY / "tools/mailbox/notify-mailbox"
TOPICS = REPOSITORY / "deploy/topics.json"


class EmbeddedBroker(Kafka):
    """notify-devbroker: the topics are those of a file, for it makes none when it is asked; and it keeps nothing."""

    def __init__(self, folder: pathlib.Path, topics: pathlib.Path = TOPICS) -> None:
        super().__init__(bootstrap="", brokers=1)
        self._address = folder / "bootstrap"
        command = [DEVBROKER, "--topics", topics, "--bootstrap-file", self._address]
        self.service = Service("broker", command, {}, folder)

    def __enter__(self) -> "EmbeddedBroker":
        self.service.start()
        wait_until(self._is_there, 30, "the broker's address", progress=self.service.log_tail)
        self.bootstrap = self._address.read_text().strip()
        return self

    def _is_there(self) -> bool:
        assert self.service.running, f"the broker ended:\n{self.service.log_tail()}"
        return self._address.exists() and self._address.read_text() != ""

    def __exit__(self, *exception: object) -> None:
        self.service.clean_up()


class EmbeddedStack:
    """Broker, mailbox, signup, order and one email worker with the topics of deploy/topics.json."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.smtp_port, self.mailbox_port = free_port(), free_port()
        self.signup_port, self.order_port = free_port(), free_port()
        self.broker = EmbeddedBroker(folder)
        self._running = contextlib.ExitStack()
        self.signup: Service
        self.order: Service
        self.email: Service

    def __enter__(self) -> "EmbeddedStack":
        self._running.enter_context(self.broker)
        mailbox = [MAILBOX, "--smtp-port", self.smtp_port, "--http-port", self.mailbox_port]
        self._running.enter_context(Service("mailbox", mailbox, {}, self.folder, self.mailbox_port)).wait_ready()
        self.signup = signup_service("signup", self.folder, bootstrap=self.bootstrap, http_port=self.signup_port)
        self.order = order_service("order", self.folder, bootstrap=self.bootstrap, http_port=self.order_port)
        self.email = email_worker(
            "email",
            self.folder,
            bootstrap=self.bootstrap,
            smtp_url=f"smtp://127.0.0.1:{self.smtp_port}",
            group="email",
            topics=["users", "orders", "notifications"],
            EMAIL_RETRY_DELAYS=",".join(DEFAULT_DELAYS),
        )
        services = [self.signup, self.order, self.email]
        for service in services:
            self._running.callback(service.clean_up)
        start_all(services)
        return self

    def __exit__(self, *exception: object) -> None:
        self._running.close()

    @property
    def bootstrap(self) -> str:
        return self.broker.bootstrap

    def wait_for_mail(self, recipient: str, number: int = 1, timeout: float = 30) -> Any:
        """The recipient's latest mail once there are so many, as the mailbox's API shows it."""
        search = f"/api/v1/search?query={urllib.parse.quote('to:' + recipient)}"
        found = wait_until(
            lambda: (messages := self._fetch(search)["messages"])[number - 1 :] and messages,
            timeout,
            f"mail {number} to {recipient}",
            progress=lambda: f"{self.signup.log_tail()}\n{self.email.log_tail()}",
        )
        return self._fetch(f"/api/v1/message/{found[0]['ID']}")

    def _fetch(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.mailbox_port}{path}", timeout=5) as answer:
            return json.load(answer)


class EmbeddedWorker:
    """One worker on the embedded broker, for what Kafka has no part in; notifyctl speaks to it."""

    def __init__(self, broker: EmbeddedBroker, folder: pathlib.Path, smtp: ScriptedSmtpServer, **settings: str) -> None:
        self.broker = broker
        self.service = email_worker(
            "email",
            folder,
            bootstrap=broker.bootstrap,
            smtp_url=smtp.url,
            group="email",
            topics=["notifications"],
            **{"EMAIL_RETRY_DELAYS": ",".join(DEFAULT_DELAYS), **settings},
        )

    def ctl(self, *arguments: str) -> str:
        ended = run([NOTIFYCTL, *arguments], {"KAFKA_BOOTSTRAP_SERVERS": self.broker.bootstrap})
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def publish(self, recipient: str) -> None:
        text = ["--variable", "subject=Hello", "--variable", "text=It works."]
        self.ctl("publish", "--template", "notification", "--recipient", recipient, *text)


@contextlib.contextmanager
def running_worker(folder: pathlib.Path, smtp: ScriptedSmtpServer, **settings: str) -> Iterator[EmbeddedWorker]:
    with EmbeddedBroker(folder) as broker:
        worker = EmbeddedWorker(broker, folder, smtp, **settings)
        with worker.service:
            worker.service.wait_ready(60)
            yield worker
