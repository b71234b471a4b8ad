# SPDX-License-Identifier: Apache-2.0
"""Topics that are missing, and retry topics that a change of EMAIL_RETRY_DELAYS left behind: both are told."""

from __future__ import annotations

import itertools
import pathlib
import time
from typing import Any

from notify_testing.events import mail_event
from notify_testing.kafka import KafkaCluster
from notify_testing.processes import NOTIFYCTL, Service, email_worker, run
from notify_testing.scenario import Rule, Scenario
from notify_testing.scripted_smtp import ScriptedSmtpServer
from notify_testing.stack import Stack
from notify_testing.waiting import wait_until

_numbers = itertools.count(1)


def create(cluster: KafkaCluster, *names: str) -> None:
    cluster.create_topics([{"name": name, "partitions": 2, "replication_factor": 3} for name in names])


def kafka_check(worker: Service) -> tuple[int, Any]:
    status, document = worker.readiness()
    return status, document["checks"]["kafka"]["detail"] if isinstance(document, dict) else document


def reads(worker: Service, status: int, detail: str) -> None:
    wait_until(lambda: kafka_check(worker) == (status, detail), 60, f"{status} {detail!r}", progress=worker.log_tail)


def test_missing_topics_are_named_and_it_recovers_when_they_come(
    cluster: KafkaCluster, tmp_path: pathlib.Path, smtp: ScriptedSmtpServer
) -> None:
    group = f"watched-{int(time.time())}-{next(_numbers)}"
    present, later = f"{group}.present", f"{group}.later"
    create(cluster, "notifications.status", f"{group}.suppression", f"{group}.dlq", f"{group}.retry.1s", present)
    worker = email_worker(
        "email", tmp_path, bootstrap=cluster.bootstrap, smtp_url=smtp.url, group=group, topics=[present, later]
    )
    with worker:
        reads(worker, 503, f"missing topics: {group}.retry.3s, {later}")
        cluster.publish(present, [mail_event("one", "k", "ada@example.org")])
        wait_until(lambda: smtp.mails_to("ada@example.org"), 30, "the mail", progress=worker.log_tail)
        create(cluster, f"{group}.retry.3s")
        reads(worker, 200, f"missing topics: {later}")
        create(cluster, later)
        reads(worker, 200, "")
        assert worker.stop() == 0


def test_a_retry_topic_that_nobody_reads_any_more_is_warned_of_once_and_shown(
    cluster: KafkaCluster, tmp_path: pathlib.Path
) -> None:
    refusing = Scenario([Rule("rcpt", recipient=r"^ada@", reply="450 4.2.1 try later", limit=1)])
    with ScriptedSmtpServer(refusing) as smtp, Stack(cluster, tmp_path, smtp) as stack:
        left = f"{stack.group}.retry.10m"
        create(cluster, left, f"{stack.group}.retry.20m")
        stack.email_settings["EMAIL_RETRY_DELAYS"] = "10m,20m"
        first = stack.new_worker().start().wait_ready(60)
        cluster.publish(stack.notifications, [mail_event("one", "k", "ada@example.org")])
        wait_until(lambda: cluster.read(left), 30, "the retry", progress=first.log_tail)
        wait_until(lambda: cluster.lag(stack.group, [stack.notifications]) == 0, 30, "the commit")
        assert first.stop() == 0
        stack.email_settings["EMAIL_RETRY_DELAYS"] = "1s,3s"
        second = stack.new_worker().start().wait_ready(60)
        warning = "EMAIL_RETRY_DELAYS: they are not sent"
        wait_until(lambda: warning in second.log(), 30, "the warning", progress=second.log_tail)
        lines = [line for line in second.log().splitlines() if warning in line]
        assert len(lines) == 1 and left in lines[0], lines  # and none of the empty one
        settings = {"KAFKA_BOOTSTRAP_SERVERS": cluster.bootstrap}
        shown = run([NOTIFYCTL, "lag", "--group", stack.group], settings)
        assert shown.returncode == 0, shown.stderr
        rows = [line.split() for line in shown.stdout.splitlines()]
        assert sum(int(row[4]) for row in rows if row[0] == left) == 1, shown.stdout
        assert not any(row[0].endswith(".retry.20m") for row in rows), shown.stdout
        assert second.stop() == 0
