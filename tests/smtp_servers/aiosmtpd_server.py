# SPDX-License-Identifier: Apache-2.0
"""aiosmtpd, the SMTP server of Python's world, in a process of its own."""

from __future__ import annotations

import collections
import json
import pathlib
from typing import Any

from notify_testing.certificates import make_certificate
from notify_testing.processes import Service, free_port
from notify_testing.waiting import wait_until

from real_server import Maildir, MaildirServer, Session

PROGRAM = pathlib.Path(__file__).resolve().parent / "aiosmtpd_program.py"


class Aiosmtpd(MaildirServer):
    def __init__(self, folder: pathlib.Path, pipelining: bool) -> None:
        super().__init__()
        self.folder = folder / "aiosmtpd"
        self.folder.mkdir()
        self.port = free_port()
        self.certificate = make_certificate(self.folder)
        self.inbox = Maildir(self.folder / "inbox")
        command = ["/usr/bin/python3", "-B", PROGRAM, self.folder, self.port, "pipelining" if pipelining else "plain"]
        self.service = Service("aiosmtpd", command, {"PASSWORD": self.password}, self.folder)

    def __enter__(self) -> "Aiosmtpd":
        self.service.start()
        wait_until((self.folder / "listening").exists, 60, "aiosmtpd to listen", progress=self.state)
        return self

    def __exit__(self, *exception: object) -> None:
        self.service.clean_up()

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "smtp.log").read_text().splitlines()]

    def state(self) -> str:
        return self.service.log_tail(30)

    def sessions(self) -> list[Session]:
        found: dict[int, Session] = collections.defaultdict(Session)
        for line in self.log():
            if "port" in line:
                session = found[line["port"]]
                session.has_tls = line["tls"] if session.mails == 0 else session.has_tls and line["tls"]
                session.mails += 1
                session.users.add(line["user"])
        return list(found.values())

    def complaints(self) -> list[str]:
        # Its own use of what will be gone in its next version is no concern of ours.
        output = [line for line in self.service.log().splitlines() if "deprecated" not in line]
        return [line["complaint"] for line in self.log() if "complaint" in line] + output
