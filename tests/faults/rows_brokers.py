# SPDX-License-Identifier: Apache-2.0
"""Faults of the Kafka cluster."""

from __future__ import annotations

from notify_testing.events import mail_events

from fault_row import Result, Run, row


@row(9, "partition leader killed")
def kill_partition_leader(run: Run) -> Result:
    run.create_topics()
    run.slow_server()
    # The service's own default. A commit waits at the coordinator until the dead replica is out of the ISR, 4 s and more, and
    # heartbeats wait behind it on the same connection: 6 s, which the other rows use, can cost a living member its place.
    run.worker_settings["KAFKA_SESSION_TIMEOUT_MS"] = 10000
    run.start_workers(2)
    publication = run.publish(mail_events(run.name, 6000, keys=199), rate=600)
    run.wait_for_mails(600)
    # A leader that does not coordinate the group: that fault is row 10's.
    coordinator = run.cluster.coordinator(run.group)
    leaders = [state.leader for state in run.cluster.partitions(run.group, [run.topic])]
    victim = next(leader for leader in leaders if leader != coordinator)
    run.say(f"killing broker {victim}, leader of {leaders.count(victim)} of {len(leaders)} partitions")
    run.cluster.kill_broker(victim)
    run.expect(publication.process.poll() is None, "publishing was over before the broker died")
    try:
        run.wait_for_more_mails(1500)
        left = [state.leader for state in run.cluster.partitions(run.group, [run.topic])]
        run.expect(victim not in left, f"broker {victim} still leads: {left}")
    finally:
        run.cluster.start_broker(victim)
    records = publication.wait()
    run.wait_settled(len(records))
    run.stop_workers()
    return run.conclude(records, 0, bound="dup 0")
