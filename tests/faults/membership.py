# SPDX-License-Identifier: Apache-2.0
"""Members of a row's group: how many there are, static ones, and what the group's coordinator wrote down about them."""

from __future__ import annotations

from typing import Optional, Sequence

from notify_testing.commit_check import commits_ahead, commits_back, settled_times
from notify_testing.group_log import Generation, GroupLog, read_group_log
from notify_testing.kafka import Record
from notify_testing.ledger import some
from notify_testing.processes import Service, sent_by, start_all
from notify_testing.waiting import wait_until

from fault_row import Run


def static_worker(run: Run, instance: str) -> Service:
    """Not started yet."""
    worker = run.new_worker()
    worker.settings["KAFKA_GROUP_INSTANCE_ID"] = instance
    return worker


def start_static_workers(run: Run, count: int) -> list[Service]:
    workers = [static_worker(run, f"worker-{number + 1}") for number in range(count)]
    start_all(workers)
    return workers


def group_log(run: Run) -> GroupLog:
    return read_group_log(run.cluster, run.group)


def wait_for_members(run: Run, count: int, timeout: float = 60) -> Generation:
    """Until a rebalance has ended with so many members.

    Static members that join a new group twice before its first rebalance ends are written down as its generation 0.
    """

    def latest() -> Generation | None:
        generations = [each for each in group_log(run).generations if each.number > 0]
        return generations[-1] if generations and len(generations[-1].members) == count else None

    return wait_until(latest, timeout, f"a group of {count}", interval=0.2, progress=lambda: summary(run))


def summary(run: Run) -> str:
    generations = [f"{each.number}: {len(each.members)}" for each in group_log(run).generations]
    return f"members by generation {', '.join(generations)}"


def wait_until_sent(worker: Service, count: int) -> None:
    """So many mails by this process."""
    wait_until(lambda: sent_by(worker) >= count, 60, f"{count} mails by {worker.name}", progress=worker.log_tail)


def expect_true_commits(
    run: Run,
    originals: Sequence[Record],
    may_step_back: bool = False,
    settled: Optional[dict[str, float]] = None,
) -> GroupLog:
    """No commit was ahead of what was delivered or handed on; nor, unless that may be, behind one before it."""
    log = group_log(run)
    if settled is None:
        settled = settled_times(run.smtp.mails, run.cluster.read(*run.retry_topics, run.dead_letter_topic))
    ahead = list(commits_ahead(log, originals, settled))
    back = list(commits_back(log))
    run.say(f"{len(log.commits)} commits: {len(ahead)} ahead, {len(back)} steps back")
    run.expect(len(log.commits) > 0, "the group committed nothing")
    run.expect(not ahead, f"commits ahead: {some(ahead)}")
    run.expect(may_step_back or not back, f"commits that step back: {some(back)}")
    return log
