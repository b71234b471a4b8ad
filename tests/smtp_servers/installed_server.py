# SPDX-License-Identifier: Apache-2.0
"""What the distribution's servers have in common: a root of their own, a greylisting service, one Maildir for everybody."""

from __future__ import annotations

import abc
import pathlib
import shutil
from typing import ClassVar, Self, Sequence

from notify_testing.certificates import make_certificate
from notify_testing.processes import free_port
from notify_testing.waiting import wait_until

from real_server import Maildir, MaildirServer
from server_root import ServerRoot


class InstalledServer(MaildirServer):
    name: ClassVar[str]  # as scripts/lib/smtp_servers knows it
    users: ClassVar[Sequence[str]]
    groups: ClassVar[Sequence[str]] = ()
    command: ClassVar[Sequence[str]]
    log_file: ClassVar[str]

    def __init__(self, folder: pathlib.Path, greylist_port: int) -> None:
        super().__init__()
        self.port = free_port()
        self.certificate = make_certificate(folder)
        self.place = ServerRoot(self.name, folder, self.users, self.groups)
        self.inbox = Maildir(self.place.root / "var/mail/inbox")
        self.configure(greylist_port)
        self.service = self.place.service(*self.command)

    @abc.abstractmethod
    def configure(self, greylist_port: int) -> None:
        """Everything that it needs in its root before it can start."""

    def copy_certificate(self, directory: str) -> tuple[str, str]:
        """Certificate and key, by their paths in there."""
        certificate, key = f"{directory}/certificate.pem", f"{directory}/key.pem"
        shutil.copy(self.certificate.certificate_file, self.place.root / certificate)
        shutil.copy(self.certificate.key_file, self.place.root / key)
        return certificate, key

    def __enter__(self) -> Self:
        self.service.start()
        wait_until(self._answers, 60, f"{self.name} to listen", progress=self.state)
        return self

    def _answers(self) -> bool:
        assert self.service.running, f"{self.name} ended:\n{self.state()}"
        return any("daemon started" in line for line in self.log())

    def __exit__(self, *exception: object) -> None:
        self.service.clean_up()

    def log(self) -> list[str]:
        return self.place.log(self.log_file)

    def state(self) -> str:
        return "\n".join([self.service.log_tail(), *self.log()[-25:]])
