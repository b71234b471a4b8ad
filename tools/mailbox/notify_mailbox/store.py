# SPDX-License-Identifier: Apache-2.0
"""The mails, newest first, bounded in number and in bytes; what is oldest goes."""

import secrets
import shlex
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timezone

from .mail import Mail


class Store:
    def __init__(self, maximum_mails: int, maximum_bytes: int) -> None:
        self.maximum_mails = maximum_mails
        self.maximum_bytes = maximum_bytes
        self._mails: OrderedDict[str, Mail] = OrderedDict()
        self._bytes = 0
        self._received = 0
        self._changes = 0
        self._lock = threading.Lock()

    def add(self, raw: bytes, mail_from: str, recipients: list[str]) -> Mail:
        mail = Mail(secrets.token_hex(8), raw, mail_from, recipients, datetime.now(timezone.utc))
        with self._lock:
            self._mails[mail.id] = mail
            self._bytes += len(raw)
            self._received += 1
            self._changes += 1
            while len(self._mails) > self.maximum_mails or (self._bytes > self.maximum_bytes and len(self._mails) > 1):
                _, oldest = self._mails.popitem(last=False)
                self._bytes -= len(oldest.raw)
        return mail

    def get(self, mail_id: str) -> Mail | None:
        with self._lock:
            if mail_id == "latest":
                return next(reversed(self._mails.values()), None)
            return self._mails.get(mail_id)

    def mails(self, query: str = "") -> list[Mail]:
        with self._lock:
            mails = list(reversed(self._mails.values()))
        wanted = parse_query(query)
        return [mail for mail in mails if all(matches(mail) for matches in wanted)]

    def delete(self, ids: list[str] | None) -> None:
        """Those with the ids; all of them for None."""
        with self._lock:
            for mail_id in list(self._mails) if ids is None else ids:
                mail = self._mails.pop(mail_id, None)
                if mail is not None:
                    self._bytes -= len(mail.raw)
            self._changes += 1

    def mark_read(self, mail: Mail) -> None:
        with self._lock:
            if not mail.read:
                mail.read = True
                self._changes += 1

    def state(self) -> dict[str, int]:
        with self._lock:
            return {
                "Messages": len(self._mails),
                "Unread": sum(not mail.read for mail in self._mails.values()),
                "Bytes": self._bytes,
                "Received": self._received,
                "Changes": self._changes,
            }


def parse_query(query: str) -> list[Callable[[Mail], bool]]:
    """to:, from:, subject:, message-id: and bare words (anywhere), joined by and; quotes keep blanks together."""
    try:
        terms = shlex.split(query)
    except ValueError:  # a quote that is still open while somebody types
        terms = query.replace('"', " ").replace("'", " ").split()
    return [term_matcher(term.lower()) for term in terms]


def term_matcher(term: str) -> Callable[[Mail], bool]:
    field, colon, value = term.partition(":")
    if colon and field in ("to", "from", "subject", "message-id") and value:
        return lambda mail: value in mail.searchable(field)
    return lambda mail: term in mail.searchable("all")
