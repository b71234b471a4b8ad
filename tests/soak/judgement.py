# SPDX-License-Identifier: Apache-2.0
"""What a soak asserts at its end, each as a check with what was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Container, Sequence

from notify_testing.ledger import Accepted, Account, some

from memory import Memory


@dataclass(frozen=True)
class Check:
    name: str
    holds: bool
    found: str


def settled_again(account: Account, dead_ids: Sequence[str]) -> int:
    """How often an event was settled that had been settled: delivered or dead-lettered. A mail that was refused, and whose
    worker died before it could commit that, may well be taken at the second time."""
    return account.duplicate_count + len(account.both) + len(dead_ids) - len(set(dead_ids))


def take_out_suppressed(
    account: Account, accepted: Sequence[Accepted], refused: Container[str], listed: Container[str]
) -> int:
    """A mail refused because its address does not exist puts the address on the group's list; when its worker dies before it
    could commit that, the event is read again and rightly comes to nothing. Refused at the SMTP server, and listed: both.
    """
    recipients = {entry.event_id: entry.recipient for entry in accepted}
    lost = [event for event in account.lost if not (recipients[event] in refused and recipients[event] in listed)]
    suppressed, account.lost = len(account.lost) - len(lost), lost
    return suppressed


def judge(
    account: Account,
    dead_ids: Sequence[str],
    bound: int,
    memory: Memory,
    vanished: Sequence[str],
    problems: Sequence[str],
) -> list[Check]:
    again = settled_again(account, dead_ids)
    grown = [str(life) for life in memory.judged if not life.is_flat]
    figures = f"{account.accepted} accepted, {account.delivered} delivered, {account.dead_lettered} dead-lettered"
    return [
        Check("something was delivered", account.delivered > 0, figures),
        Check("Kafka has what it acknowledged", not vanished, f"missing: {some(vanished)}"),
        Check("lost 0", not account.lost, some(account.lost)),
        Check("out of order 0", not account.out_of_order, some(account.out_of_order)),
        Check(f"dup ≤ {bound}", again <= bound, str(again)),
        Check("nothing that was never accepted", not account.strange, some(account.strange)),
        Check("memory flat", bool(memory.judged) and not grown, f"{len(memory.judged)} processes; grew: {some(grown)}"),
        Check("no other trouble", not problems, some(problems)),
    ]
