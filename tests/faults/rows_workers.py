# SPDX-License-Identifier: Apache-2.0
"""Faults of the email workers themselves."""

from __future__ import annotations

from notify_testing.events import mail_events

from fault_row import MAX_IN_FLIGHT, Result, Run, row


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
