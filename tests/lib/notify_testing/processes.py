# SPDX-License-Identifier: Apache-2.0
"""The services as processes: started with a clean environment, waited for, killed, and never left behind."""

from __future__ import annotations

import atexit
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from typing import Any, Mapping, Optional, Sequence

from .group_topics import DELAYS
from .waiting import wait_until

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("NOTIFY_BUILD_DIR", REPOSITORY / "build")).resolve()
SIGNUP = BUILD / "services/signup/notify-signup"
ORDER = BUILD / "services/order/notify-order"
EMAIL = BUILD / "services/email/notify-email"
NOTIFYCTL = BUILD / "tools/notifyctl/notifyctl"
DEVBROKER = BUILD / "tools/devbroker/notify-devbroker"
TEMPLATES = REPOSITORY / "templates"
# What the email worker makes mails from, wherever it is started.
MAIL_FILES: dict[str, object] = {
    "EMAIL_TEMPLATES": TEMPLATES,
    "EMAIL_SCHEMAS": REPOSITORY / "schemas",
    "EMAIL_ROUTES": REPOSITORY / "deploy/routes.json",
    "EMAIL_DECLARED_TOPICS": REPOSITORY / "deploy/topics.json",
}
DEPARTMENT_HEAD = {"MAIL_VAR_DEPARTMENT_HEAD": "head@example.org"}  # the recipient of an order's second mail
# What a service may see of the caller's environment: nothing that could configure it. LD_PRELOAD is how scripts/test shows
# librdkafka's threads to the thread sanitizer.
SANITIZERS = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS", "LD_PRELOAD")
PASSED_ON = ("PATH", "HOME", "LANG", "TZ", *SANITIZERS)

_alive: list["Service"] = []


def clean_environment(settings: Mapping[str, object] = {}) -> dict[str, str]:
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environment.update({name: str(value) for name, value in settings.items()})
    return environment


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def nobody() -> str:
    """An address of this machine where nothing answers."""
    return f"127.0.0.1:{free_port()}"


def run(
    command: Sequence[object], settings: Mapping[str, object] = {}, timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """A program that ends by itself: its status and what it printed."""
    return subprocess.run(
        [str(word) for word in command],
        env=clean_environment(settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout,
    )


class Service:
    """A process that runs until it is ended. Its output goes to FOLDER/NAME.log, which keeps earlier runs' lines too."""

    def __init__(
        self,
        name: str,
        command: Sequence[object],
        settings: Mapping[str, object],
        folder: pathlib.Path,
        admin_port: int = 0,
    ) -> None:
        self.name = name
        self.command = [str(word) for word in command]
        self.settings = dict(settings)
        self.folder = folder
        self.log_file = folder / f"{name}.log"
        self.admin_port = admin_port
        self.process: Optional[subprocess.Popen[bytes]] = None

    def __repr__(self) -> str:
        return f"<{self.name} {'running' if self.running else 'down'}>"

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self) -> "Service":
        assert not self.running, f"{self.name} runs already"
        # The death signal below comes when the starting *thread* ends.
        assert threading.current_thread() is threading.main_thread()
        environment = clean_environment(self.settings)
        # The kernel ends the service when this process is killed and cannot do it itself.
        command = [shutil.which("setpriv") or "/usr/bin/setpriv", "--pdeathsig", "KILL", "--", *self.command]
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                command, env=environment, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        _alive.append(self)
        return self

    def wait_ready(self, timeout: float = 30) -> "Service":
        """Until /readyz says 200."""
        wait_until(self._is_ready, timeout, f"{self.name} to be ready", progress=self._state)
        return self

    def _is_ready(self) -> bool:
        if not self.running:
            raise RuntimeError(f"{self.name} ended with {self.exit_status} before it was ready:\n{self.log_tail()}")
        return self.readiness()[0] == 200

    def _state(self) -> str:
        return f"/readyz says {self.readiness()}; log:\n{self.log_tail()}"

    def get(self, path: str) -> tuple[int, str]:
        """A page of the service's admin port; (0, reason) when nothing answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def readiness(self) -> tuple[int, Any]:
        status, text = self.get("/readyz")
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text

    def metric(self, name: str, **labels: str) -> float:
        """The sum of the series of a metric that have these labels; 0 when there is none."""
        total = 0.0
        for line in self.get("/metrics")[1].splitlines():
            if line.startswith((name + "{", name + " ")):
                if all(f'{label}="{value}"' in line for label, value in labels.items()):
                    total += float(line.rsplit(" ", 1)[1])
        return total

    def send(self, number: signal.Signals) -> None:
        assert self.process is not None and self.running, f"{self.name} does not run"
        self.process.send_signal(number)

    def kill(self) -> None:
        """kill -9, and wait until the kernel has taken the process away."""
        self.send(signal.SIGKILL)
        self._wait(10)

    def stop(self, timeout: float = 35) -> int:
        """SIGTERM and the exit status. A service that does not end in time is killed, and a TimeoutError raised."""
        self.send(signal.SIGTERM)
        return self._wait(timeout)

    def wait_ended(self, timeout: float) -> int:
        return self._wait(timeout)

    def _wait(self, timeout: float) -> int:
        assert self.process is not None
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
            raise TimeoutError(f"{self.name} did not end within {timeout:g} s:\n{self.log_tail()}") from None
        finally:
            if not self.running and self in _alive:
                _alive.remove(self)
        return status

    @property
    def exit_status(self) -> Optional[int]:
        return self.process.poll() if self.process is not None else None

    def log(self) -> str:
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def log_tail(self, lines: int = 15) -> str:
        return "\n".join(f"    | {line}" for line in self.log().splitlines()[-lines:])

    def clean_up(self) -> None:
        """Ends the process whatever its state, suspended included."""
        if self.process is not None and self.running:
            self.process.kill()
            self.process.wait(10)
        if self in _alive:
            _alive.remove(self)

    def __enter__(self) -> "Service":
        return self if self.running else self.start()

    def __exit__(self, *exception: object) -> None:
        self.clean_up()


def start_all(services: Sequence[Service], timeout: float = 60) -> None:
    """Together: each is waited for only when all have been started."""
    for service in services:
        service.start()
    for service in services:
        service.wait_ready(timeout)


@atexit.register
def end_all() -> None:
    for service in list(_alive):
        service.clean_up()


def email_worker(
    name: str,
    folder: pathlib.Path,
    *,
    bootstrap: str,
    smtp_url: str,
    group: str,
    topics: Sequence[str],
    **more: object,
) -> Service:
    """The email service with the settings that most tests want; more (EMAIL_MAX_IN_FLIGHT=64 …) adds or replaces."""
    port = free_port()
    settings: dict[str, object] = {
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
        "KAFKA_GROUP_ID": group,
        "KAFKA_SESSION_TIMEOUT_MS": 6000,
        "EMAIL_TOPICS": ",".join(topics),
        **MAIL_FILES,
        "EMAIL_RETRY_DELAYS": ",".join(DELAYS),
        "SMTP_URL": smtp_url,
        "SMTP_TLS": "none",
        "MAIL_FROM": "Example <noreply@example.org>",
        "ADMIN_LISTEN": f"127.0.0.1:{port}",
    }
    settings.update(more)
    return Service(name, [EMAIL], settings, folder, port)


def sent_by(worker: Service) -> float:
    """Mails, by this process of the worker."""
    return worker.metric("notify_mails_total", outcome="sent")


def web_service(
    name: str, program: pathlib.Path, folder: pathlib.Path, bootstrap: str, http_port: int, more: Mapping[str, object]
) -> Service:
    """A service on a SQLite file in folder; PUBLIC_URL is where it answers."""
    admin, http = free_port(), http_port or free_port()
    settings: dict[str, object] = {
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
        "KAFKA_SESSION_TIMEOUT_MS": 6000,
        "HTTP_LISTEN": f"127.0.0.1:{http}",
        "PUBLIC_URL": f"http://127.0.0.1:{http}",
        "DATABASE_URL": f"sqlite:{folder / (name + '.db')}",
        "ADMIN_LISTEN": f"127.0.0.1:{admin}",
    }
    settings.update(more)
    return Service(name, [program], settings, folder, admin)


def signup_service(name: str, folder: pathlib.Path, *, bootstrap: str, http_port: int = 0, **more: object) -> Service:
    return web_service(name, SIGNUP, folder, bootstrap, http_port, {"SIGNUP_CLIENT_RATE": "off", **more})


def order_service(name: str, folder: pathlib.Path, *, bootstrap: str, http_port: int = 0, **more: object) -> Service:
    return web_service(name, ORDER, folder, bootstrap, http_port, more)
