# SPDX-License-Identifier: Apache-2.0
"""An event that is published twice is mailed once, with the worker's default settings."""

from __future__ import annotations

import collections
import pathlib

from notify_testing.events import binary, event, mail_event, mail_events, structured
from notify_testing.kafka import KafkaCluster
from notify_testing.processes import BUILD, run
from notify_testing.scenario import Rule, Scenario
from notify_testing.scripted_smtp import ScriptedSmtpServer
from notify_testing.stack import Stack

COUNTER = "notify_events_deduplicated_total"


def mails_per_event(smtp: ScriptedSmtpServer) -> collections.Counter[str]:
    return collections.Counter(mail.event_id for mail in smtp.mails)


def test_copies_are_left_out_however_they_are_written_and_other_sources_are_not(
    cluster: KafkaCluster, tmp_path: pathlib.Path, smtp: ScriptedSmtpServer
) -> None:
    data = {"template": "notification", "recipient": "ada@example.org", "variables": {"subject": "S", "text": "T"}}
    with Stack(cluster, tmp_path, smtp) as stack:
        document = event(f"{stack.group}-1", data)
        elsewhere = {**document, "source": "/elsewhere"}
        copies = [document, dict(reversed(document.items()))]
        records = [*(structured("k", copy) for copy in [*copies, elsewhere]), binary("k", document)]
        worker = stack.start_worker()
        cluster.publish(stack.notifications, [*records, binary("k", elsewhere)])
        stack.wait_committed()
        assert len(smtp.mails) == 2
        assert len({mail.message_id for mail in smtp.mails}) == 2
        assert worker.metric(COUNTER) == 3
        assert worker.stop() == 0
        told = [record.json()["data"]["event"]["id"] for record in cluster.read("notifications.status")]
        assert told.count(document["id"]) == 2


def test_a_copy_that_comes_after_the_worker_was_killed_is_left_out(
    cluster: KafkaCluster, tmp_path: pathlib.Path, smtp: ScriptedSmtpServer
) -> None:
    records = mail_events("kill", 600, keys=37)
    with Stack(cluster, tmp_path, smtp) as stack:
        worker = stack.start_worker()
        cluster.publish(stack.notifications, records)
        stack.wait_committed()
        worker.kill()
        cluster.publish(stack.notifications, records[:200])
        worker.start().wait_ready(60)
        cluster.publish(stack.notifications, [*records[400:], mail_event("new", "kill-key-1", "new@example.org")])
        stack.wait_committed()
        assert mails_per_event(smtp) == {f"kill-{number:06d}": 1 for number in range(600)} | {"new": 1}
        assert worker.metric(COUNTER) == 400
        assert worker.metric("notify_offset_resets_total") == 0


def test_a_copy_that_comes_after_a_rebalance_is_left_out_by_the_new_owner(
    cluster: KafkaCluster, tmp_path: pathlib.Path, smtp: ScriptedSmtpServer
) -> None:
    records = mail_events("move", 300, keys=37)
    with Stack(cluster, tmp_path, smtp) as stack:
        first = stack.start_worker()
        cluster.publish(stack.notifications, records)
        stack.wait_committed()
        second = stack.start_worker()
        cluster.publish(stack.notifications, records)
        stack.wait_committed()
        assert set(mails_per_event(smtp).values()) == {1}
        assert len(smtp.mails) == 300
        assert first.metric(COUNTER) + second.metric(COUNTER) == 300
        assert first.metric(COUNTER) > 0 and second.metric(COUNTER) > 0


def test_a_retry_is_no_copy_of_its_event(cluster: KafkaCluster, tmp_path: pathlib.Path) -> None:
    busy = Rule("rcpt", recipient="busy@", limit=2, reply="450 4.2.0 mailbox busy")
    with ScriptedSmtpServer(Scenario(rules=[busy])) as smtp, Stack(cluster, tmp_path, smtp) as stack:
        worker = stack.start_worker()
        record = mail_event("b-1", "k", "busy@example.org")
        cluster.publish(stack.notifications, [record, record])
        stack.wait_for_mail("busy@example.org")
        stack.wait_committed()
        assert busy.applied == 2
        assert len(smtp.mails) == 1
        assert worker.metric(COUNTER) == 1
        assert worker.metric("notify_retries_total") == 2


def test_an_offset_reset_by_hand_sends_again(
    cluster: KafkaCluster, tmp_path: pathlib.Path, smtp: ScriptedSmtpServer
) -> None:
    records = mail_events("back", 30, keys=1)
    with Stack(cluster, tmp_path, smtp) as stack:
        worker = stack.start_worker()
        partition = cluster.publish(stack.notifications, records)[0].partition
        stack.wait_committed()
        assert worker.stop() == 0
        tool = BUILD / "tests/integration/notifyctl/commit_offset"
        reset = run([tool, cluster.bootstrap, stack.group, stack.notifications, str(partition), "10"])
        assert reset.returncode == 0, reset.stderr
        worker.start().wait_ready(60)
        cluster.publish(stack.notifications, records[5:6])  # a copy of what stands below the new offset
        stack.wait_committed()
        expected = {f"back-{number:06d}": 1 if number < 10 else 2 for number in range(30)}
        assert mails_per_event(smtp) == expected
        assert worker.metric(COUNTER) == 1
        assert worker.metric("notify_offset_resets_total") == 0


def test_a_window_of_none_mails_every_copy(
    cluster: KafkaCluster, tmp_path: pathlib.Path, smtp: ScriptedSmtpServer
) -> None:
    record = mail_event("off-1", "k", "ada@example.org")
    with Stack(cluster, tmp_path, smtp, email={"EMAIL_DEDUPE_WINDOW": 0}) as stack:
        worker = stack.start_worker()
        cluster.publish(stack.notifications, [record, record, record])
        stack.wait_committed()
        assert len(smtp.mails) == 3
        assert worker.metric(COUNTER) == 0
