# SPDX-License-Identifier: Apache-2.0
"""Faults of the email workers themselves."""

from __future__ import annotations

import os
import signal
import threading

from notify_testing.events import mail_events
from notify_testing.processes import Service
from notify_testing.smtp_records import Attempt

from fault_row import MAX_IN_FLIGHT, Result, Run, row
from membership import expect_true_commits, start_static_workers, wait_for_members


@row(1, "kill -9 of workers in a loop")
def kill_workers(run: Run) -> Result:
    run.create_topics()
    run.slow_server()
    publication = run.publish(mail_events(run.name, 6000, keys=199))
    records = publication.wait()
    run.start_workers(3)
    kills = 0
    # One, two, then all three at once: a member that died holds a rebalance up for its session timeout.
    for victims in (1, 2, 3):
        run.wait_for_more_mails(700)
        for worker in run.workers[-victims:]:
            worker.kill()
            kills += 1
        run.say(f"killed {kills} workers so far, {len(run.smtp.mails)} mails")
        for worker in run.workers[-victims:]:
            worker.start()
    run.expect(len(run.smtp.mails) < len(records), "the last kill came after the last mail")
    run.wait_settled(len(records))
    run.stop_workers()
    cut_off = sum(attempt.how == "lost" for attempt in run.smtp.attempts)
    run.expect(cut_off > 0, "no mail was under way at any of the kills")
    run.say(f"{cut_off} attempts were cut off by the kills")
    return run.conclude(records, MAX_IN_FLIGHT * kills, bound=f"dup ≤ F = {MAX_IN_FLIGHT} × {kills}")


@row(2, "kill just after 250s, before the commit")
def kill_after_replies(run: Run) -> Result:
    run.create_topics()
    run.slow_server()
    records = run.publish(mail_events(run.name, 5000, keys=199)).wait()
    # Static members are back within a second, so that many kills fit.
    workers = start_static_workers(run, 2)
    rounds = 8
    last_answered = []
    for _ in range(rounds):
        run.wait_for_more_mails(200)
        last_answered.append(kill_at_the_next_reply(run, workers))
        for worker in workers:
            worker.start()
    run.expect(len(run.smtp.mails) < len(records), "the last kill came after the last mail")
    run.wait_settled(len(records))
    run.stop_workers()
    by_recipient: dict[str, int] = {}
    for mail in run.smtp.mails:
        by_recipient[mail.recipient] = by_recipient.get(mail.recipient, 0) + 1
    again = sum(by_recipient[recipient] > 1 for recipient in last_answered)
    run.say(f"{again} of {rounds} mails whose 250 was the last before a kill were sent again")
    run.expect(again > 0, "no kill came between a 250 and its commit")
    expect_true_commits(run, records)
    kills = rounds * len(workers)
    return run.conclude(records, MAX_IN_FLIGHT * kills, bound=f"dup ≤ F = {MAX_IN_FLIGHT} × {kills}")


def kill_at_the_next_reply(run: Run, workers: list[Service]) -> str:
    """kill -9 by the SMTP server's thread, the moment it has written a 250. The recipient whose mail that was."""
    answered: list[str] = []
    killed = threading.Event()
    pids = [worker.pid for worker in workers]

    def kill(attempt: Attempt) -> None:
        if attempt.how != "250" or killed.is_set():
            return
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        answered.append(attempt.recipient)
        killed.set()

    run.smtp.on_attempt_ended = kill
    in_time = killed.wait(30)
    run.smtp.on_attempt_ended = lambda attempt: None
    if not in_time:
        raise TimeoutError("no mail was answered in 30 s")
    for worker in workers:
        worker.wait_ended(10)
    return answered[0]


@row(3, "SIGTERM under load")
def terminate_workers(run: Run) -> Result:
    run.create_topics()
    run.slow_server()
    records = run.publish(mail_events(run.name, 6000, keys=199)).wait()
    run.start_workers(3)
    for turn in range(6):
        run.wait_for_more_mails(500)
        worker = run.workers[turn % 3]
        busy = sum(attempt.ended is None for attempt in run.smtp.attempts)
        run.say(f"SIGTERM {turn + 1}: {busy} mails on the wire, {len(run.smtp.mails)} delivered")
        run.expect(busy > 0, f"nothing was under way at SIGTERM {turn + 1}")
        worker.process.terminate()  # type: ignore[union-attr]
        run.expect_clean_end(worker)
        worker.start()
    run.expect(len(run.smtp.mails) < len(records), "the last SIGTERM came after the last mail")
    run.wait_settled(len(records))
    run.stop_workers()
    return run.conclude(records, 0, bound="dup 0")


@row(4, "SIGSTOP past the session timeout")
def suspend_workers(run: Run) -> Result:
    run.create_topics()
    run.slow_server(0.2)
    records = run.publish(mail_events(run.name, 6000, keys=199)).wait()
    run.start_workers(3)
    wait_for_members(run, 3)
    stops = 0
    for victims in (1, 2):
        run.wait_for_more_mails(150)
        suspended = run.workers[-victims:]
        for worker in suspended:
            worker.send(signal.SIGSTOP)
        stops += victims
        wait_for_members(run, 3 - victims)
        # Those that remain have sent what the suspended ones still hold.
        run.wait_for_more_mails(150)
        run.say(f"waking {victims} whose membership timed out, {len(run.smtp.mails)} mails so far")
        for worker in suspended:
            worker.send(signal.SIGCONT)
        wait_for_members(run, 3)
        for worker in suspended:
            run.expect("the assignment was lost" in worker.log(), f"{worker.name} did not see that it was gone")
    run.expect(len(run.smtp.mails) < len(records), "the last stop came after the last mail")
    run.slow_server(0.02)
    run.wait_settled(len(records))
    run.stop_workers()
    expect_true_commits(run, records)
    return run.conclude(records, MAX_IN_FLIGHT * stops, bound=f"dup ≤ F = {MAX_IN_FLIGHT} × {stops}")
