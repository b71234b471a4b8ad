# SPDX-License-Identifier: Apache-2.0
"""How the scripted SMTP server behaves: rules for phases of a session, as objects or as JSON."""

from __future__ import annotations

import dataclasses
import json
import re
import threading
from dataclasses import dataclass, field
from typing import Any, Optional

PHASES = ("connect", "ehlo", "auth", "mail", "rcpt", "data", "body", "dot", "idle")


@dataclass
class Rule:
    """What happens at a phase. The first rule that applies decides; without one the server accepts.

    Every field is a restriction or an action; the actions go together: first the delay, then the reply, then the drop.
    """

    phase: str
    recipient: Optional[str] = None  # a regular expression that the recipient must match (rcpt and later)
    once_each: bool = False  # a recipient's first occasion only
    after: int = 0  # so many occasions pass before it applies
    every: int = 1  # then to each n-th occasion
    limit: Optional[int] = None  # and so often at most
    reply: Optional[str] = None  # "550 5.1.1 no such user"; None: the ordinary reply
    delay: float = 0.0  # seconds before the reply, of silence before "idle" applies, and until a stall ends
    drop: bool = False  # close the connection: instead of the reply, or after it when one is given
    stall: bool = False  # read nothing more and never reply; after the delay, if any, cut the connection
    accepted: Optional[bool] = None  # whether a mail at "dot" counts as delivered; None: as the reply says

    def __post_init__(self) -> None:
        if self.phase not in PHASES:
            raise ValueError(f"unknown phase {self.phase!r}: one of {', '.join(PHASES)}")
        if self.every < 1:
            raise ValueError("every must be 1 or more")
        if self.reply is not None and not re.fullmatch(r"[2-5][0-9][0-9]([ -].*)?", self.reply, re.DOTALL):
            raise ValueError(f"{self.reply!r} is no SMTP reply")
        self._pattern = re.compile(self.recipient) if self.recipient else None
        self._occasions = 0
        self._met: set[str] = set()
        self.applied = 0
        self._lock = threading.Lock()

    def applies(self, recipient: str) -> bool:
        if self._pattern is not None and not self._pattern.search(recipient):
            return False
        with self._lock:
            if self.once_each and recipient in self._met:
                return False
            if self.once_each:
                self._met.add(recipient)
            occasion = self._occasions
            self._occasions += 1
            if occasion < self.after or (occasion - self.after) % self.every != self.every - 1:
                return False
            if self.limit is not None and self.applied >= self.limit:
                return False
            self.applied += 1
            return True

    @property
    def counts_as_accepted(self) -> bool:
        if self.accepted is not None:
            return self.accepted
        return not self.stall and (self.reply is None or self.reply.startswith("2"))


@dataclass
class Scenario:
    rules: list[Rule] = field(default_factory=list)
    extensions: list[str] = field(
        default_factory=lambda: ["PIPELINING", "SIZE 10485760", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"]
    )
    users: dict[str, str] = field(default_factory=dict)  # AUTH is offered when there are any
    require_auth: bool = False
    receive_buffer: Optional[int] = None  # bytes; a small one makes a stalled body stall the sender

    def find(self, phase: str, recipient: str = "") -> Optional[Rule]:
        for rule in self.rules:
            if rule.phase == phase and rule.applies(recipient):
                return rule
        return None

    @classmethod
    def from_json(cls, text: str) -> "Scenario":
        document: dict[str, Any] = json.loads(text)
        known = {entry.name for entry in dataclasses.fields(cls)}
        unknown = set(document) - known
        if unknown:
            raise ValueError(f"unknown member {sorted(unknown)[0]!r} in the scenario")
        rules = [Rule(**rule) for rule in document.pop("rules", [])]
        return cls(rules=rules, **document)


def unhurried(*rules: Rule, seconds: float = 0.02) -> Scenario:
    """A server that takes its time at the dot, so that mails are on their way when a fault comes; before that, the rules."""
    return Scenario([*rules, Rule("dot", delay=seconds)])
