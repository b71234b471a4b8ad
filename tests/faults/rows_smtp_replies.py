# SPDX-License-Identifier: Apache-2.0
"""Replies of the SMTP server that come late, out of turn, or ask for patience."""

from __future__ import annotations

import collections
import math
import time

from notify_testing.events import mail_events, mails_of_kinds
from notify_testing.group_topics import DELAYS
from notify_testing.kafka import Record
from notify_testing.ledger import event_id_of, recipient_of, some
from notify_testing.scenario import Rule, Scenario
from notify_testing.waiting import wait_until

from fault_row import Result, Run, row

LAST_DELAY = float(DELAYS[-1].rstrip("s"))


def expect_charged_as_tried(run: Run, records: list[Record]) -> dict[str, int]:
    """Every mail's status tells the attempts that the server saw; nothing else was charged. Those numbers, by recipient."""
    tried = collections.Counter(attempt.recipient for attempt in run.smtp.attempts)
    told = run.attempts_told()
    wrong = [
        f"{recipient}: {told.get(event_id_of(record))} told, {tried[recipient]} made"
        for record in records
        if told.get(event_id_of(record)) != tried[recipient := recipient_of(record)]
    ]
    run.expect(not wrong, f"attempts that were told and those that were made differ: {some(wrong)}")
    return tried


@row(19, "late 554 after a time-out")
def late_refusal(run: Run) -> Result:
    run.create_topics()
    late = Rule("dot", recipient=r"^late\.", once_each=True, delay=2.0, reply="554 5.7.1 too late")
    run.smtp.scenario = Scenario([late])
    run.worker_settings["SMTP_TIMEOUT_DOT"] = "1s"
    run.start_workers(2)
    records = run.publish(mails_of_kinds(run.name, [*["ordinary"] * 49, "late"] * 30, keys=97)).wait()
    run.wait_settled(len(records))
    run.expect(run.dead_letters() == [], "a late 554 was taken for some mail's reply")
    tried = expect_charged_as_tried(run, records)
    twice = {recipient for recipient, count in tried.items() if count > 1}
    run.expect(late.applied == 30, f"{late.applied} of 30 replies came late")
    run.expect(
        twice == {address for address in map(recipient_of, records) if address.startswith("late.")},
        f"not just the mails whose reply was late were tried again: {some(twice)}",
    )
    run.stop_workers()
    return run.conclude(records, 0, bound="dup 0, DLQ empty")


@row(20, "idle 421")
def goodbye_to_the_idle(run: Run) -> Result:
    run.create_topics()
    # Sessions that nobody uses for 50 ms are closed, some in the moment that a mail comes; and some servers say so only
    # to the mail, in busy sessions too: that may open the breaker, and still charges nothing.
    idle = Rule("idle", delay=0.05)
    at_mail = Rule("mail", every=20, reply="421 4.4.2 idle for too long")
    run.smtp.scenario = Scenario([idle, at_mail])
    run.start_workers(2)
    records = run.publish(mail_events(run.name, 1200, keys=97), rate=100).wait()
    run.wait_settled(len(records))
    run.expect(idle.applied >= 50, f"only {idle.applied} idle sessions were closed")
    run.expect(at_mail.applied >= 50, f"only {at_mail.applied} sessions were closed at MAIL")
    charged = run.retry_records()
    run.expect(charged == [], f"{len(charged)} attempts were charged")
    told = run.attempts_told()
    run.expect(
        set(told.values()) == {1} and len(told) == len(records), f"attempts: {collections.Counter(told.values())}"
    )
    run.expect(run.dead_letters() == [], "mails were dead-lettered")
    run.stop_workers()
    return run.conclude(records, 0, bound="dup 0, none charged")


@row(21, "450 for minutes")
def greylisting(run: Run) -> Result:
    run.create_topics()
    run.smtp.scenario = Scenario([Rule("rcpt", recipient=r"^grey\.", reply="450 4.2.0 try again later")])
    run.start_workers(2)
    started = time.monotonic()
    publication = run.publish(mails_of_kinds(run.name, [*["ordinary"] * 9, "grey"] * 160, keys=97), rate=130)
    records = publication.wait()
    run.wait_for_mails(1440)
    put_off = {recipient_of(record) for record in records if recipient_of(record).startswith("grey.")}
    wait_until(lambda: put_off <= {attempt.recipient for attempt in list(run.smtp.attempts)}, 60, "a 450 for each")
    time.sleep(max(0.0, 12 - (time.monotonic() - started)))  # the minutes, made short like the delays
    delivered = len(run.smtp.mails)
    run.expect(delivered == 1440, f"{delivered} mails were delivered while 160 got 450, not 1440")
    run.smtp.scenario = Scenario()
    waited = time.monotonic() - started
    run.wait_settled(len(records))
    run.expect(run.dead_letters() == [], "mails were dead-lettered")
    tried = expect_charged_as_tried(run, records)
    grey = [tried[address] for address in put_off]
    # At once, 1 s later, then every 3 s: and once more after the server had got enough.
    most = 3 + math.ceil(waited / LAST_DELAY)
    run.expect(max(grey) <= most, f"{max(grey)} attempts in {waited:.0f} s, more than {most}")
    run.expect(min(grey) >= 2 and max(grey) >= 4, f"{min(grey)} to {max(grey)} attempts: not tried again and again")
    run.expect(
        all(tried[recipient_of(record)] == 1 for record in records if recipient_of(record).startswith("ordinary.")),
        "ordinary mails were tried more than once",
    )
    for problem in too_early(run):
        run.expect(False, problem)
    run.stop_workers()
    return run.conclude(records, 0, bound="dup 0, DLQ empty")


def too_early(run: Run) -> list[str]:
    """Attempts that came before the time their retry record names."""
    times: dict[str, list[float]] = collections.defaultdict(list)
    for attempt in run.smtp.attempts:
        times[attempt.recipient].append(attempt.time)
    problems = []
    for record in run.retry_records():
        made = int(record.text_header("notify-attempt"))
        due = int(record.text_header("notify-due")) / 1000
        came = times[recipient_of(record)][made:][:1]
        if not came or came[0] < due:
            problems.append(f"attempt {made + 1} of {recipient_of(record)} came at {came}, and was due at {due}")
    return problems
