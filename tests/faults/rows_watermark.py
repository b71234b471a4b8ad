# SPDX-License-Identifier: Apache-2.0
"""What a commit may say while replies come in another order than the records stand in."""

from __future__ import annotations

import random

from notify_testing.events import mails_of_kinds
from notify_testing.ledger import recipient_of
from notify_testing.scenario import Rule, Scenario

from fault_row import MAX_IN_FLIGHT, Result, Run, row
from membership import expect_true_commits

# Seconds that the reply to a mail takes, and the share of the mails that get it.
PACES = {"fast": (0.005, 0.86), "slow": (0.1, 0.1), "slower": (0.5, 0.03), "slowest": (2.5, 0.01)}


@row(28, "replies out of order across sessions")
def replies_out_of_order(run: Run) -> Result:
    run.create_topics()
    run.smtp.scenario = Scenario(
        [Rule("dot", recipient=rf"^{pace}\.", delay=delay) for pace, (delay, _) in PACES.items()]
    )
    shares = [share for _, share in PACES.values()]
    paces = random.Random(28).choices(list(PACES), shares, k=2000)
    records = run.publish(mails_of_kinds(run.name, paces, keys=499)).wait()
    run.start_workers(2)
    run.wait_for_mails(len(records) // 2)
    run.workers[0].kill()
    run.expect(len(run.smtp.mails) < len(records), "the kill came after the last mail")
    run.workers[0].start()
    run.wait_settled(len(records))
    run.stop_workers()
    events = {recipient_of(record): str(record.json()["id"]) for record in records}
    # Taken by the server is not answered yet: what counts is the 250.
    answered: dict[str, float] = {}
    for attempt in run.smtp.attempts:
        if attempt.how == "250":
            answered.setdefault(events[attempt.recipient], attempt.replied)
    log = expect_true_commits(run, records, settled=answered)
    with_gaps = sum(len(commit.complete_above()) > 0 for commit in log.commits)
    run.expect(with_gaps >= 20, f"only {with_gaps} commits tell that replies came out of order")
    return run.conclude(records, MAX_IN_FLIGHT, bound=f"dup ≤ F = {MAX_IN_FLIGHT}, committed never ahead")
