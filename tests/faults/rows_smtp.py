# SPDX-License-Identifier: Apache-2.0
"""Faults of the SMTP server."""

from __future__ import annotations

import time

from notify_testing.events import mail_events, mails_of_kinds
from notify_testing.ledger import event_id_of, recipient_of
from notify_testing.scenario import Rule, Scenario

from dead_letters import dead_letter_problems
from fault_row import Result, Run, row


@row(18, "connection lost after the dot")
def drop_after_the_dot(run: Run) -> Result:
    run.create_topics()
    run.smtp.scenario = Scenario([Rule("dot", every=97, drop=True)])
    run.start_workers(2)
    records = run.publish(mail_events(run.name, 5000, keys=199)).wait()
    run.wait_settled(len(records))
    run.stop_workers()
    dropped = run.smtp.drops["dot"]
    run.expect(dropped >= 50, f"only {dropped} connections were dropped")
    message_ids = {mail.event_id: mail.message_id for mail in run.smtp.mails}
    changed = [mail.event_id for mail in run.smtp.mails if message_ids[mail.event_id] != mail.message_id]
    run.expect(not changed, f"a second delivery has another Message-ID: {changed[:5]}")
    return run.conclude(records, dropped, bound=f"dup ≤ dropped = {dropped}")


@row(22, "550 for half")
def refuse_half(run: Run) -> Result:
    run.create_topics()
    run.smtp.scenario = Scenario([Rule("rcpt", recipient=r"^refused\.", reply="550 5.1.1 no such user")])
    run.start_workers(2)
    # An odd number of keys, so that each has good and bad recipients in turn.
    records = run.publish(mails_of_kinds(run.name, ["taken", "refused"] * 2000, keys=199)).wait()
    run.wait_settled(len(records))
    run.stop_workers()
    dead = run.dead_letters()
    refused = {event_id_of(record) for record in records if recipient_of(record).startswith("refused.")}
    dead_ids = [event_id_of(record) for record in dead]
    run.expect(
        len(dead_ids) == len(set(dead_ids)), f"{len(dead_ids) - len(set(dead_ids))} dead letters are there twice"
    )
    run.expect(
        set(dead_ids) == refused,
        f"the DLQ misses {len(refused - set(dead_ids))} and has {len(set(dead_ids) - refused)} more",
    )
    for problem in dead_letter_problems(records, dead, run.group):
        run.expect(False, problem)
    attempted = sum(attempt.how == "550" for attempt in run.smtp.attempts)
    run.expect(attempted == len(refused), f"{attempted} attempts for {len(refused)} refused recipients")
    return run.conclude(records, 0, bound="dup 0, DLQ exact", dead=dead_ids)


@row(23, "SMTP server down for long")
def server_down(run: Run) -> Result:
    run.create_topics()
    run.slow_server()
    run.start_workers(2)
    first = run.publish(mail_events(f"{run.name}-a", 3000, keys=99)).wait()
    run.wait_for_mails(800)
    sessions = run.smtp.refuse_connections()
    run.say(f"the server went away after {len(run.smtp.mails)} mails, with {sessions} sessions open")
    # The mails that were on the wire at the cut may be charged, each one time; later, while nothing answers, none is.
    time.sleep(4)
    charged, lag, attempts = run.charged(), run.lag(), len(run.smtp.attempts)
    second = run.publish(mail_events(f"{run.name}-b", 2000, keys=99)).wait()
    time.sleep(15)
    run.expect(charged <= 2 * sessions, f"{charged} mails were charged for {sessions} sessions cut")
    run.expect(
        run.charged() == charged,
        f"{run.charged() - charged} mails were charged while the server was down",
    )
    grown = run.lag() - lag
    run.expect(grown == len(second), f"the lag grew by {grown}, not by the {len(second)} that were published")
    run.expect(len(run.smtp.attempts) == attempts, "mails were tried while the port was closed")
    run.expect(all(worker.running for worker in run.workers), "a worker ended")
    run.smtp.accept_connections()
    records = first + second
    run.wait_settled(len(records), timeout=150)
    run.expect(run.dead_letters() == [], "mails were dead-lettered")
    run.stop_workers()
    return run.conclude(records, sessions, bound=f"dup ≤ sessions cut = {sessions}, DLQ empty")
