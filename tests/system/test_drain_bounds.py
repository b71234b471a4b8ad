# SPDX-License-Identifier: Apache-2.0
"""What is not finished in a drain's time: the mail is the next owner's, and is sent by nobody else."""

from __future__ import annotations

import pathlib

from notify_testing.events import mail_event
from notify_testing.group_topics import retry_topics
from notify_testing.kafka import KafkaCluster
from notify_testing.large_mails import large_mail_event, templates_with_a_large_one
from notify_testing.scenario import Rule, Scenario
from notify_testing.scripted_smtp import ScriptedSmtpServer
from notify_testing.stack import Stack
from notify_testing.waiting import wait_until

RECIPIENT = "ada@example.org"
STOP_DRAIN = 20.0  # seconds that a stop waits for what is on the wire


def begin_mail(stack: Stack, smtp: ScriptedSmtpServer) -> None:
    """Its envelope is with the server, which does not say 354 yet."""
    stack.cluster.publish(stack.notifications, [mail_event(f"{stack.group}-1", "k", RECIPIENT)])
    wait_until(lambda: smtp.commands["data"] == 1, 60, "DATA", progress=stack.workers[0].log_tail)


def test_a_rebalance_closes_an_open_envelope_and_the_next_owner_alone_sends_the_mail(
    cluster: KafkaCluster, tmp_path: pathlib.Path
) -> None:
    late = Rule("data", delay=300, limit=1)
    with ScriptedSmtpServer(Scenario([late])) as smtp, Stack(cluster, tmp_path, smtp) as stack:
        first = stack.new_worker().start().wait_ready(60)
        begin_mail(stack, smtp)
        stack.new_worker().start().wait_ready(60)
        # Its end is no matter of the rule's delay: only the worker can have closed it.
        wait_until(lambda: smtp.attempts[0].how == "lost", 60, "the end of the open envelope", progress=first.log_tail)
        stack.wait_for_mail(RECIPIENT)
        stack.wait_committed()
        assert [attempt.how for attempt in smtp.attempts] == ["lost", "250"]
        assert len(smtp.mails) == 1
        assert set(stack.stop(stack.workers).values()) == {0}
        assert len(smtp.mails) == 1


def test_a_354_that_comes_after_a_stops_drain_begins_no_body(cluster: KafkaCluster, tmp_path: pathlib.Path) -> None:
    # It comes between the end of the drain and that of the process, which still closes its sessions.
    late = Rule("data", delay=STOP_DRAIN + 1, limit=1)
    with ScriptedSmtpServer(Scenario([late])) as smtp, Stack(cluster, tmp_path, smtp) as stack:
        first = stack.new_worker().start().wait_ready(60)
        begin_mail(stack, smtp)
        assert first.stop() == 0
        wait_until(lambda: not smtp.sessions, 10, "the end of its sessions")
        assert smtp.mails == []
        second = stack.new_worker().start().wait_ready(60)
        stack.wait_for_mail(RECIPIENT)
        stack.wait_committed()
        assert [attempt.how for attempt in smtp.attempts] == ["lost", "250"]
        assert second.stop() == 0
        assert len(smtp.mails) == 1


def test_a_body_that_a_stops_drain_cuts_is_neither_handed_on_nor_committed(
    cluster: KafkaCluster, tmp_path: pathlib.Path
) -> None:
    stall = Rule("body", limit=1, stall=True)
    with ScriptedSmtpServer(Scenario([stall], receive_buffer=4096)) as smtp:
        settings = {"EMAIL_TEMPLATES": templates_with_a_large_one(tmp_path)}
        with Stack(cluster, tmp_path, smtp, email=settings) as stack:
            first = stack.start_worker()
            cluster.publish(stack.notifications, [large_mail_event(f"{stack.group}-1", "k", RECIPIENT)])
            wait_until(lambda: stall.applied == 1, 60, "the stalled body", progress=first.log_tail)
            assert first.stop() == 0
            # Neither handed on, which would be a second record of it, nor committed.
            assert cluster.read(*retry_topics(stack.group)) == []
            assert stack.dead_letters() == []
            assert stack.lag() == 1
            stack.start_worker()
            stack.wait_for_mail(RECIPIENT)
            stack.wait_committed()
            assert len(smtp.mails) == 1
            assert set(stack.stop(stack.workers).values()) == {0}
