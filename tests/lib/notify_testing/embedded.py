# SPDX-License-Identifier: Apache-2.0
"""The whole system on the embedded broker, with the mailbox: what scripts/demo starts, on free ports."""

from __future__ import annotations

import contextlib
import json
import pathlib
import urllib.parse
import urllib.request
from typing import Any, Iterator

from .processes import (
    BUILD,
    NOTIFYCTL,
    REPOSITORY,
    Service,
    email_worker,
    free_port,
    order_service,
    run,
    signup_service,
)
from .scripted_smtp import ScriptedSmtpServer
from .waiting import wait_until

DEVBROKER = BUILD / "tools/devbroker/notify-devbroker"
MAILBOX = REPOSITORY / "tools/mailbox/notify-mailbox"


def embedded_broker(folder: pathlib.Path) -> tuple[Service, str]:
    """The broker with the topics of deploy/topics.json, to be ended by the caller, and its address."""
    file = folder / "bootstrap"
    command = [DEVBROKER, "--topics", REPOSITORY / "deploy/topics.json", "--bootstrap-file", file]
    broker = Service("broker", command, {}, folder).start()
    wait_until(lambda: file.exists() and file.read_text(), 20, "the broker's address", progress=broker.log_tail)
    return broker, file.read_text().strip()


class EmbeddedStack:
    """Broker, mailbox, signup, order and one email worker with the topics of deploy/topics.json."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.smtp_port, self.mailbox_port = free_port(), free_port()
        self.signup_port, self.order_port = free_port(), free_port()
        self.bootstrap = ""
        self._running = contextlib.ExitStack()
        self.signup: Service
        self.order: Service
        self.email: Service

    def __enter__(self) -> "EmbeddedStack":
        broker, self.bootstrap = embedded_broker(self.folder)
        self._start(broker)
        mailbox = [MAILBOX, "--smtp-port", self.smtp_port, "--http-port", self.mailbox_port]
        self._start(Service("mailbox", mailbox, {}, self.folder, self.mailbox_port)).wait_ready()
        self.signup = signup_service("signup", self.folder, bootstrap=self.bootstrap, http_port=self.signup_port)
        self.order = order_service("order", self.folder, bootstrap=self.bootstrap, http_port=self.order_port)
        self.email = email_worker(
            "email",
            self.folder,
            bootstrap=self.bootstrap,
            smtp_url=f"smtp://127.0.0.1:{self.smtp_port}",
            group="email",
            topics=["users", "orders", "notifications"],
            EMAIL_RETRY_DELAYS="10s,1m,10m,1h,6h",
        )
        services = [self.signup, self.order, self.email]
        for service in services:
            self._start(service)
        for service in services:
            service.wait_ready(60)
        return self

    def __exit__(self, *exception: object) -> None:
        self._running.close()

    def _start(self, service: Service) -> Service:
        return self._running.enter_context(service)

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

    def __init__(self, folder: pathlib.Path, smtp: ScriptedSmtpServer, **settings: str) -> None:
        self.broker, self.bootstrap = embedded_broker(folder)
        self.service = email_worker(
            "email",
            folder,
            bootstrap=self.bootstrap,
            smtp_url=smtp.url,
            group="email",
            topics=["notifications"],
            **{"EMAIL_RETRY_DELAYS": "10s,1m,10m,1h,6h", **settings},
        )

    def ctl(self, *arguments: str) -> str:
        ended = run([NOTIFYCTL, *arguments], {"KAFKA_BOOTSTRAP_SERVERS": self.bootstrap})
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def publish(self, recipient: str) -> None:
        text = ["--variable", "subject=Hello", "--variable", "text=It works."]
        self.ctl("publish", "--template", "notification", "--recipient", recipient, *text)


@contextlib.contextmanager
def running_worker(folder: pathlib.Path, smtp: ScriptedSmtpServer, **settings: str) -> Iterator[EmbeddedWorker]:
    worker = EmbeddedWorker(folder, smtp, **settings)
    with worker.broker, worker.service:
        worker.service.wait_ready(60)
        yield worker
