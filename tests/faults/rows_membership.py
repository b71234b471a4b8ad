# SPDX-License-Identifier: Apache-2.0
"""Who is a member of the group, and stays one."""

from __future__ import annotations

import signal

from notify_testing.events import mail_events
from notify_testing.group_log import Generation
from notify_testing.processes import sent_by
from notify_testing.scenario import Rule

from fault_row import MAX_IN_FLIGHT, Result, Run, row
from membership import (
    expect_true_commits,
    group_log,
    start_static_workers,
    static_worker,
    wait_for_members,
    wait_until_sent,
)


def expect_no_rebalance(run: Run, before: Generation) -> None:
    numbers = [generation.number for generation in group_log(run).generations_from(before)]
    run.expect(set(numbers) == {before.number}, f"the group went through generations {numbers}")


def by_instance(generation: Generation) -> dict[str, bytes]:
    """Assignments of static members."""
    return {instance: generation.assignments[member] for member, instance in generation.members.items()}


@row(5, "SMTP server slower than max.poll.interval")
def outlast_the_poll_interval(run: Run) -> Result:
    run.create_topics()
    interval, delay = 6.0, 8.0
    # All sessions of both workers wait so long, one and a half times over; then the server is its old self.
    slow = Rule("dot", limit=48, delay=delay)
    run.slow_server(0.02, slow)
    run.worker_settings["KAFKA_MAX_POLL_INTERVAL_MS"] = int(interval * 1000)
    run.start_workers(2)
    before = wait_for_members(run, 2)
    records = run.publish(mail_events(run.name, 2000, keys=199)).wait()
    run.wait_settled(len(records))
    run.expect(slow.applied == 48, f"only {slow.applied} mails were answered late")
    after = group_log(run).generations_from(before)
    expect_no_rebalance(run, before)
    run.expect(all(generation.members == before.members for generation in after), "a member has another id than before")
    run.stop_workers()
    expect_true_commits(run, records)
    return run.conclude(records, 0, bound="dup 0, no eviction")


@row(6, "scale 1→4→1 under load")
def scale_up_and_down(run: Run) -> Result:
    run.create_topics()
    run.slow_server(0.6)  # the mails last through the scaling, also on a busy machine
    records = run.publish(mail_events(run.name, 5000, keys=199)).wait()
    run.start_workers(1)
    run.wait_for_mails(60)
    for count in (2, 3, 4):
        run.start_workers(1)
        wait_for_members(run, count)
        run.wait_for_more_mails(60)
    for worker in run.workers:
        wait_until_sent(worker, 30)
    for count in (3, 2, 1):
        worker = run.workers[count]
        busy = sum(attempt.ended is None for attempt in run.smtp.attempts)
        run.expect(busy > 0, f"nothing was under way when {worker.name} was ended")
        worker.send(signal.SIGTERM)
        run.expect_clean_end(worker)
        wait_for_members(run, count)
        run.wait_for_more_mails(60)
    run.expect(len(run.smtp.mails) < len(records), "the scaling ended after the last mail")
    run.slow_server(0.01)
    run.wait_settled(len(records))
    run.stop_workers()
    expect_true_commits(run, records)
    return run.conclude(records, 0, bound="dup 0")


@row(7, "static member restarts")
def restart_static_members(run: Run) -> Result:
    run.create_topics()
    run.slow_server()
    run.worker_settings["KAFKA_SESSION_TIMEOUT_MS"] = 10000
    records = run.publish(mail_events(run.name, 5000, keys=199)).wait()
    workers = start_static_workers(run, 2)
    before = wait_for_members(run, 2)
    for worker, how, status in zip(workers, (signal.SIGTERM, signal.SIGKILL), (0, -signal.SIGKILL)):
        run.wait_for_more_mails(500)
        worker.send(how)
        ended = worker.wait_ended(35)
        run.expect(ended == status, f"{worker.name} ended with {ended} at signal {how:d}\n{worker.log_tail()}")
        worker.start().wait_ready()
        wait_until_sent(worker, 100)
    run.expect(len(run.smtp.mails) < len(records), "the last restart came after the last mail")
    run.wait_settled(len(records))
    expect_no_rebalance(run, before)
    after = group_log(run).generations[-1]
    run.expect(by_instance(after) == by_instance(before), "a partition went to the other member")
    run.expect(
        not set(before.members) & set(after.members), "a member id outlived its process: it was not seen to restart"
    )
    run.stop_workers()
    expect_true_commits(run, records)
    # One of the two was killed; SIGTERM costs no duplicate.
    return run.conclude(records, MAX_IN_FLIGHT, bound=f"dup ≤ F = {MAX_IN_FLIGHT} × 1, no rebalance")


@row(8, "two workers with one instance id")
def share_an_instance_id(run: Run) -> Result:
    run.create_topics()
    run.slow_server()
    records = run.publish(mail_events(run.name, 5000, keys=199)).wait()
    first, other = start_static_workers(run, 2)
    before = wait_for_members(run, 2)
    run.wait_for_more_mails(500)
    second = static_worker(run, first.settings["KAFKA_GROUP_INSTANCE_ID"]).start()  # type: ignore[arg-type]
    status = first.wait_ended(35)
    run.expect(status == 69, f"the fenced worker ended with {status}\n{first.log_tail()}")
    run.workers.remove(first)  # the others must end with 0
    wait_until_sent(second, 100)
    run.expect(len(run.smtp.mails) < len(records), "the fencing came after the last mail")
    run.wait_settled(len(records))
    run.expect(other.running and second.running, "another than the fenced worker ended")
    expect_no_rebalance(run, before)
    run.say(f"{other.name} sent {sent_by(other):.0f} mails, {second.name} {sent_by(second):.0f}")
    run.stop_workers()
    expect_true_commits(run, records)
    return run.conclude(records, MAX_IN_FLIGHT, bound=f"dup ≤ F = {MAX_IN_FLIGHT} × 1, exit 69")
