# SPDX-License-Identifier: Apache-2.0
"""Whether what a group committed was true at that time: by Kafka's record of the commits, and the SMTP server's of the mails."""

from __future__ import annotations

from typing import Iterable, Iterator, Sequence

from .group_log import Commit, GroupLog
from .kafka import Record
from .ledger import event_id_of
from .smtp_records import Mail

NEVER = float("inf")
CLOCK_STEP = 0.001  # Kafka's times are whole milliseconds, cut off


def settled_times(mails: Sequence[Mail], forwarded: Iterable[Record]) -> dict[str, float]:
    """When each event was first delivered, or durable in a retry topic or in the dead letters."""
    times: dict[str, float] = {}
    for mail in mails:
        times[mail.event_id] = min(mail.time, times.get(mail.event_id, NEVER))
    for record in forwarded:
        event = event_id_of(record)
        times[event] = min(record.timestamp / 1000, times.get(event, NEVER))
    return times


def commits_ahead(log: GroupLog, originals: Sequence[Record], settled: dict[str, float]) -> Iterator[str]:
    """Commits that call a record complete, by their offset or their metadata, before it was settled."""
    for (topic, partition), commits in log.commits_by_partition().items():
        records = sorted(
            (record for record in originals if (record.topic, record.partition) == (topic, partition)),
            key=lambda record: record.offset,
        )
        if not records:
            continue
        assert [record.offset for record in records] == list(range(len(records))), "the topic has other records"
        times = [settled.get(event_id_of(record), NEVER) for record in records]
        latest_below = [0.0]
        for time in times:
            latest_below.append(max(time, latest_below[-1]))
        for commit in commits:
            if commit.offset > len(records) or latest_below[commit.offset] > commit.time + CLOCK_STEP:
                yield f"{topic} {partition}: offset {commit.offset} was committed at {commit.time:.3f}, ahead"
            for offset in sorted(commit.complete_above()):
                if offset >= len(records) or times[offset] > commit.time + CLOCK_STEP:
                    yield f"{topic} {partition}: {offset} was called complete at {commit.time:.3f}, ahead"


def commits_back(log: GroupLog) -> Iterator[str]:
    """Commits after which the group no longer knew of a record that it had called complete before."""
    for (topic, partition), commits in log.commits_by_partition().items():
        for before, after in zip(commits, commits[1:]):
            if after.offset < before.offset or forgets(before, after):
                yield f"{topic} {partition}: {after.offset} was committed after {before.offset}, a step back"


def forgets(before: Commit, after: Commit) -> bool:
    kept = {offset for offset in before.complete_above() if offset >= after.offset}
    return bool(kept) and not kept <= after.complete_above()
