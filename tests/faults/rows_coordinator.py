# SPDX-License-Identifier: Apache-2.0
"""Faults of the group's coordinator, and of where it keeps the commits."""

from __future__ import annotations

import contextlib
from typing import Iterator

from notify_testing.events import mail_events, mails_of_kinds
from notify_testing.ledger import event_id_of
from notify_testing.scenario import Rule
from notify_testing.waiting import wait_until

from fault_row import MAX_IN_FLIGHT, Result, Run, row
from membership import expect_true_commits, wait_for_members

# The service's own default. The coordinator takes 5 s to refuse a commit, heartbeats wait behind it on the same connection, and
# librdkafka, which closes that connection and tries again, may lose the membership so: in row 14 every worker counts in F.
SESSION_TIMEOUT_MS = 10000
OFFSETS_TOPIC = "__consumer_offsets"


@row(10, "group coordinator killed")
def kill_coordinator(run: Run) -> Result:
    run.create_topics()
    run.slow_server(0.05)
    run.worker_settings["KAFKA_SESSION_TIMEOUT_MS"] = SESSION_TIMEOUT_MS
    records = run.publish(mail_events(run.name, 6000, keys=199)).wait()
    run.start_workers(2)
    wait_for_members(run, 2)
    run.wait_for_mails(600)
    victim = run.cluster.coordinator(run.group)
    run.say(f"killing broker {victim}, which coordinates the group")
    run.cluster.kill_broker(victim)
    try:
        # Many times what may be in flight: commits went on.
        run.wait_for_more_mails(1500)
        run.expect(len(run.smtp.mails) < len(records), "the mails were over before commits went on")
        successor = run.cluster.coordinator(run.group)
        run.expect(successor != victim, f"broker {victim} still coordinates the group")
    finally:
        run.cluster.start_broker(victim)
    run.wait_settled(len(records))
    run.stop_workers()
    expect_true_commits(run, records, may_step_back=True)
    most = MAX_IN_FLIGHT * len(run.workers)
    return run.conclude(records, most, bound=f"dup ≤ F = {MAX_IN_FLIGHT} × {len(run.workers)}")


@row(14, "commit errors")
def refuse_commits(run: Run) -> Result:
    run.create_topics()
    run.slow_server(0.05, Rule("rcpt", recipient=r"^refused\.", reply="550 5.1.1 no such user"))
    run.worker_settings["KAFKA_SESSION_TIMEOUT_MS"] = SESSION_TIMEOUT_MS
    run.start_workers(3)
    wait_for_members(run, 3)
    wanted = mails_of_kinds(run.name, ["refused", *["taken"] * 9] * 400, keys=199)
    victim = next(number for number in (1, 2, 3) if number != run.cluster.coordinator(run.group))
    killed = run.workers[0]
    try:
        with commits_need_all_replicas(run):
            records = run.publish(wanted).wait()
            run.wait_for_mails(500)
            run.cluster.kill_broker(victim)
            wait_for_refusals(run)
            run.say(f"every worker says that its commits are not taken; {len(run.smtp.mails)} mails so far")
            killed.kill()
        killed.start()
    finally:
        run.cluster.start_broker(victim)
    run.expect(len(run.smtp.mails) < len(records), "the commit errors came after the last mail")
    run.wait_settled(len(records))
    run.stop_workers()
    dead = [event_id_of(record) for record in run.dead_letters()]
    run.expect(len(dead) > 0, "nothing was dead-lettered")
    expect_true_commits(run, records, may_step_back=True)
    count = len(run.workers)
    bound = f"dup ≤ F = {MAX_IN_FLIGHT} × {count}, committed never ahead"
    return run.conclude(records, MAX_IN_FLIGHT * count, bound=bound, dead=dead)


@contextlib.contextmanager
def commits_need_all_replicas(run: Run) -> Iterator[None]:
    """min.insync.replicas raised to three of three: with a broker less nothing is committed any more."""
    run.cluster.set_topic_config(OFFSETS_TOPIC, "min.insync.replicas", 3)
    try:
        yield
    finally:
        run.cluster.set_topic_config(OFFSETS_TOPIC, "min.insync.replicas", None)


def wait_for_refusals(run: Run) -> None:
    """Until each worker has said that it cannot commit."""
    words = ("offsets cannot be committed", "a commit was not answered", "the assignment was lost")
    wait_until(
        lambda: all(any(each in worker.log() for each in words) for worker in run.workers),
        60,
        "every worker to say that it cannot commit",
        interval=0.2,
        progress=lambda: [worker.log_tail(3) for worker in run.workers],
    )
