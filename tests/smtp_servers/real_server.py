# SPDX-License-Identifier: Apache-2.0
"""What the tests ask of every real server, whatever its log looks like."""

from __future__ import annotations

import abc
import collections
import pathlib
import re
import secrets
from dataclasses import dataclass, field
from typing import Iterator

from notify_testing.certificates import Certificate

USER = "shop"
EVENT_ID = re.compile(rb"^X-Event-Id:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
LARGEST = 100_000  # octets of a mail that the servers take


@dataclass
class Session:
    """A connection, as the server logged it. Of a mail it has taken the envelope at least."""

    mails: int = 0
    has_tls: bool = False
    users: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Delivered:
    event_id: str
    headers: str


class RealServer(abc.ABC):
    """Takes mail on 127.0.0.1:port for USER with the password, after STARTTLS only."""

    port: int
    certificate: Certificate

    def __init__(self) -> None:
        self.password = secrets.token_hex(12)

    @abc.abstractmethod
    def sessions(self) -> list[Session]:
        """Those in which a mail was begun, by the server's own log."""

    @abc.abstractmethod
    def complaints(self) -> list[str]:
        """What the log says against the client's use of the protocol."""

    @abc.abstractmethod
    def delivered(self) -> list[Delivered]:
        """Every mail that the server has put into a mailbox, copies included."""

    @abc.abstractmethod
    def delivered_count(self) -> int: ...

    @abc.abstractmethod
    def state(self) -> str:
        """The end of its log, for the report of a failure."""


class Maildir:
    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder / "new"

    def __len__(self) -> int:
        return sum(1 for _ in self.folder.iterdir()) if self.folder.exists() else 0

    def __iter__(self) -> Iterator[Delivered]:
        for file in sorted(self.folder.iterdir()) if self.folder.exists() else []:
            headers = re.split(rb"\r?\n\r?\n", file.read_bytes(), maxsplit=1)[0]
            found = EVENT_ID.search(headers)
            yield Delivered(found[1].decode() if found else "", headers.decode("utf-8", "replace"))


class MaildirServer(RealServer):
    """One that delivers everything into one Maildir."""

    inbox: Maildir

    def delivered(self) -> list[Delivered]:
        return list(self.inbox)

    def delivered_count(self) -> int:
        return len(self.inbox)


def times_delivered(server: RealServer) -> collections.Counter[str]:
    return collections.Counter(mail.event_id for mail in server.delivered())
