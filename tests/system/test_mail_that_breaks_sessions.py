# SPDX-License-Identifier: Apache-2.0
"""A mail over which the SMTP server stumbles each time costs the others neither their delivery nor much of their time."""

from __future__ import annotations

import pathlib
from typing import Optional

import pytest

from notify_testing.events import mail_event, mail_events
from notify_testing.kafka import KafkaCluster
from notify_testing.scenario import Rule, Scenario
from notify_testing.scripted_smtp import ScriptedSmtpServer
from notify_testing.stack import Stack
from notify_testing.waiting import wait_until

OTHERS = 400


@pytest.mark.parametrize("reply, connections", [(None, 1), ("421 4.3.0 goodbye", 4)])
def test_others_are_sent_and_it_is_charged_at_last(
    reply: Optional[str], connections: int, cluster: KafkaCluster, tmp_path: pathlib.Path
) -> None:
    stumbling = Rule("rcpt", recipient="^stumbling@", reply=reply, drop=True)
    with ScriptedSmtpServer(Scenario([stumbling])) as smtp:
        with Stack(cluster, tmp_path, smtp, email={"SMTP_CONNECTIONS": connections}) as stack:
            worker = stack.start_worker()
            others = mail_events(stack.group, OTHERS, keys=OTHERS)
            records = [*others[:20], mail_event("stumbling", "s", "stumbling@example.org"), *others[20:]]
            for record in records:
                record.partition = 0
            cluster.publish(stack.notifications, records)
            wait_until(lambda: len(smtp.mails) >= OTHERS, 60, "the others", progress=lambda: len(smtp.mails))
            assert len(smtp.mails) == OTHERS
            # Whatever comes later shows that the server is well; each time the mail is tried again, until it is charged.
            for number in range(20):
                cluster.publish(stack.notifications, [mail_event(f"late-{number}", "l", "late@example.org")])
                wait_until(lambda: len(smtp.mails_to("late@example.org")) > number, 30, "a later mail")
                if cluster.read(f"{stack.group}.retry.1s"):
                    break
            (retry,) = cluster.read(f"{stack.group}.retry.1s")
            assert retry.text_header("notify-attempt") == "1"
            assert worker.stop() == 0
