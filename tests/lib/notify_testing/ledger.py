# SPDX-License-Identifier: Apache-2.0
"""The account of a run: what was accepted, delivered and dead-lettered, and so what is lost, duplicated or out of order.

Lost and duplicated are as in the delivery promise: an accepted event must be delivered or dead-lettered; each delivery after an
event's first is a duplicate. Out of order counts first attempts: an event whose first attempt began before the first attempt of an
earlier event of its key was over (answered, or its connection gone).
"""

from __future__ import annotations

import collections
from dataclasses import dataclass, field
from typing import Iterable, Sequence

from .kafka import Record
from .smtp_records import Attempt, Mail


@dataclass(frozen=True)
class Accepted:
    """An event that Kafka (or the sign-up service) has taken. position orders the events of a key."""

    event_id: str
    key: str
    position: int
    recipient: str


@dataclass
class Account:
    accepted: int = 0
    delivered: int = 0
    dead_lettered: int = 0
    lost: list[str] = field(default_factory=list)
    duplicates: dict[str, int] = field(default_factory=dict)  # event → deliveries after the first
    out_of_order: list[tuple[str, str]] = field(default_factory=list)  # the earlier event, the one that overtook it
    both: list[str] = field(default_factory=list)  # delivered and dead-lettered
    strange: list[str] = field(default_factory=list)  # delivered or dead-lettered, but never accepted

    @property
    def duplicate_count(self) -> int:
        return sum(self.duplicates.values())


def accepted_from(records: Iterable[Record]) -> list[Accepted]:
    """Of published mail events."""
    accepted = []
    for record in records:
        document = record.json()
        key = (record.key or b"").decode()
        accepted.append(Accepted(document["id"], key, record.offset, document["data"]["recipient"]))
    return accepted


def event_id_of(record: Record) -> str:
    """The id of a record's event, structured or binary; "" when it has none that can be read."""
    if record.header("ce_id") is not None:
        return record.text_header("ce_id")
    try:
        document = record.json()
        return str(document["id"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def recipient_of(record: Record) -> str:
    """Of a mail event."""
    return str(record.json()["data"]["recipient"])


def some(things: object) -> str:
    """A few of many, for a message."""
    listed = list(things.items()) if isinstance(things, dict) else list(things)  # type: ignore[call-overload]
    shown = f": {', '.join(map(str, listed[:5]))}" if listed else ""
    return f"{len(listed)}{shown}{' …' if len(listed) > 5 else ''}"


def settle(
    accepted: Sequence[Accepted],
    mails: Sequence[Mail],
    attempts: Sequence[Attempt],
    dead_lettered: Iterable[str] = (),
) -> Account:
    account = Account(accepted=len(accepted))
    known = {entry.event_id for entry in accepted}
    assert len(known) == len(accepted), "two accepted events with one id"
    deliveries = collections.Counter(mail.event_id for mail in mails)
    dead = set(dead_lettered)
    account.delivered = sum(1 for event in deliveries if event in known)
    account.dead_lettered = len(dead & known)
    account.lost = sorted(event for event in known if event not in deliveries and event not in dead)
    account.duplicates = {event: count - 1 for event, count in deliveries.items() if event in known and count > 1}
    account.both = sorted(event for event in dead if event in deliveries)
    account.strange = sorted((set(deliveries) | dead) - known)
    account.out_of_order = overtaken(accepted, attempts)
    return account


def overtaken(accepted: Sequence[Accepted], attempts: Sequence[Attempt]) -> list[tuple[str, str]]:
    begun: dict[str, int] = {}
    ended: dict[str, float] = {}
    for attempt in attempts:  # in the order in which they began
        begun.setdefault(attempt.recipient, attempt.begun)
        end = float("inf") if attempt.ended is None else attempt.ended
        ended[attempt.recipient] = min(end, ended.get(attempt.recipient, float("inf")))
    by_key: dict[str, list[Accepted]] = collections.defaultdict(list)
    for entry in accepted:
        if entry.key and entry.recipient in begun:
            by_key[entry.key].append(entry)
    found = []
    for entries in by_key.values():
        latest_end, latest = -1.0, ""
        for entry in sorted(entries, key=lambda each: each.position):
            if begun[entry.recipient] < latest_end:
                found.append((latest, entry.event_id))
            if ended[entry.recipient] > latest_end:
                latest_end, latest = ended[entry.recipient], entry.event_id
    return found
