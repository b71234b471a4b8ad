# SPDX-License-Identifier: Apache-2.0
"""Mailpit in a container, where an engine answers and its image is there. It takes nothing without STARTTLS and AUTH."""

from __future__ import annotations

import json
import pathlib
import shutil
import smtplib
import ssl
import subprocess
import urllib.request
import uuid
from typing import Any

from notify_testing.certificates import make_certificate
from notify_testing.processes import free_port
from notify_testing.waiting import wait_until

from real_server import USER, Delivered, RealServer, Session

IMAGE = "axllent/mailpit:latest"


def docker(*words: object, check: bool = True, timeout: float = 60) -> str:
    command = ["docker", *(str(word) for word in words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    assert not check or done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout + done.stderr


def why_not() -> str:
    if shutil.which("docker") is None:
        return "Mailpit was not run: no container engine"
    for words in (["info"], ["image", "inspect", IMAGE]):
        done = subprocess.run(["docker", *words], capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            return f"Mailpit was not run: docker {' '.join(words)} fails"
    return ""


class Mailpit(RealServer):
    def __init__(self, folder: pathlib.Path) -> None:
        super().__init__()
        self.certificate = make_certificate(folder)
        self.port, self.http_port = free_port(), free_port()
        self.name = f"notify-test-mailpit-{uuid.uuid4().hex[:8]}"
        self.certificate.key_file.chmod(0o644)  # of this test only, and read by the container's user

    def __enter__(self) -> "Mailpit":
        settings = {
            "MP_SMTP_TLS_CERT": "/certificate.pem",
            "MP_SMTP_TLS_KEY": "/key.pem",
            "MP_SMTP_REQUIRE_STARTTLS": "true",
            "MP_SMTP_AUTH": f"{USER}:{self.password}",
            "MP_MAX_MESSAGES": 5000,
            "MP_VERBOSE": "true",
        }
        words: list[object] = ["run", "--detach", "--rm", "--name", self.name, "--user", "10002:10002"]
        words += ["--stop-timeout", 2, "--publish", f"127.0.0.1:{self.port}:1025"]
        words += ["--publish", f"127.0.0.1:{self.http_port}:8025"]
        words += ["--volume", f"{self.certificate.certificate_file}:/certificate.pem:ro"]
        words += ["--volume", f"{self.certificate.key_file}:/key.pem:ro"]
        for name, value in settings.items():
            words += ["--env", f"{name}={value}"]
        docker(*words, IMAGE, timeout=120)
        wait_until(self._answers, 60, "Mailpit to be ready", interval=0.2, progress=self.state)
        return self

    def _answers(self) -> bool:
        try:
            return "total" in self._fetch("/api/v1/messages?limit=1")
        except OSError:
            return False

    def __exit__(self, *exception: object) -> None:
        docker("rm", "--force", self.name, check=False)

    def _fetch(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}{path}", timeout=20) as answer:
            return json.load(answer)

    def log(self) -> list[str]:
        return docker("logs", self.name).splitlines()

    def state(self) -> str:
        return "\n".join(docker("logs", "--tail", 20, self.name, check=False).splitlines())

    def version(self) -> str:
        return str(self._fetch("/api/v1/info")["Version"])

    def is_stand_in(self) -> bool:
        return any("stand-in" in line for line in self.log())

    def offers_pipelining(self) -> bool:
        with smtplib.SMTP("127.0.0.1", self.port, timeout=20) as client:
            client.starttls(context=ssl.create_default_context(cafile=str(self.certificate.certificate_file)))
            client.ehlo()
            return client.has_extn("pipelining")

    def sessions(self) -> list[Session]:
        raise NotImplementedError("its log names no session")

    def complaints(self) -> list[str]:
        return [
            line for line in self.log() if "level=error" in line or "[smtpd] < 50" in line or "[smtpd] < 53" in line
        ]

    def delivered(self) -> list[Delivered]:
        messages = self._fetch("/api/v1/messages?limit=5000")["messages"]
        return [Delivered(message["Subject"].removeprefix("Mail "), "") for message in messages]

    def delivered_count(self) -> int:
        return int(self._fetch("/api/v1/messages?limit=1")["total"])
