# SPDX-License-Identifier: Apache-2.0
"""Addresses that the SMTP server says do not exist: on the list, left alone, told as such, and taken off again."""

from __future__ import annotations

import hashlib
import json
import pathlib
import shlex
import subprocess
from typing import Any, Iterator

import pytest

from notify_testing.events import event, mail_event, structured
from notify_testing.group_topics import dead_letter_topic, suppression_topic
from notify_testing.kafka import KafkaCluster
from notify_testing.processes import NOTIFYCTL, REPOSITORY, email_worker, nobody, run
from notify_testing.scenario import Rule, Scenario
from notify_testing.schemas import example
from notify_testing.scripted_smtp import ScriptedSmtpServer
from notify_testing.stack import Stack
from notify_testing.waiting import wait_until

OPERATIONS = (REPOSITORY / "docs/operations.md").read_text()
STATUSES = "notifications.status"
ORDER = "com.example.order.placed.v1"
GONE = "550 5.1.1 no such user"


def key_of(address: str) -> bytes:
    return hashlib.sha256(address.encode()).hexdigest().encode()


class SuppressingStack(Stack):
    """One worker, which hears of new topics and of the list soon."""

    def __init__(self, cluster: KafkaCluster, folder: pathlib.Path, smtp: ScriptedSmtpServer) -> None:
        super().__init__(cluster, folder, smtp, email={"KAFKA_TOPIC_METADATA_REFRESH_INTERVAL_MS": 500})
        self.worker = self.new_worker()
        self.count = 0

    def mail(self, *recipients: str, key: str = "k") -> list[str]:
        """Publishes a mail to each, and gives the events' ids."""
        ids = []
        for recipient in recipients:
            self.count += 1
            ids.append(f"{self.group}-{self.count}")
            self.cluster.publish(self.notifications, [mail_event(ids[-1], key, recipient)])
        return ids

    def statuses(self) -> dict[str, dict[str, Any]]:
        """Of each event of this group the data of its last status, by event id."""
        told: dict[str, dict[str, Any]] = {}
        for record in self.cluster.read(STATUSES):
            data = record.json()["data"]
            if data["event"]["id"].startswith(f"{self.group}-"):
                told[data["event"]["id"]] = {**data, "type": record.json()["type"]}
        return told

    def suppressions(self) -> dict[bytes | None, Any]:
        """What the topic says last of each key."""
        return {record.key: record.json() for record in self.cluster.read(suppression_topic(self.group))}

    def notifyctl(self, command: str) -> subprocess.CompletedProcess[str]:
        """A command as docs/operations.md has it; its group comes from the environment."""
        assert f"    {command}\n" in OPERATIONS
        settings = {"KAFKA_BOOTSTRAP_SERVERS": self.cluster.bootstrap, "KAFKA_GROUP_ID": self.group}
        return run([NOTIFYCTL, *shlex.split(command)[1:]], settings)

    def wait_for_list(self, address: str, listed: bool) -> None:
        """Until the topic says so; the worker hears of it in the same moment, for it follows the topic."""
        wait_until(lambda: bool(self.suppressions().get(key_of(address))) == listed, 30, f"{address} on the list")

    def attempts(self, address: str) -> int:
        return sum(attempt.recipient == address for attempt in self.smtp.attempts)


@pytest.fixture
def stack(cluster: KafkaCluster, tmp_path: pathlib.Path, smtp: ScriptedSmtpServer) -> Iterator[SuppressingStack]:
    with SuppressingStack(cluster, tmp_path, smtp) as made:
        made.worker.start()
        yield made


def send_until_suppressed(stack: SuppressingStack, address: str) -> str:
    """The first event to the address that is not tried any more: the list's way back to the worker takes a moment."""

    def mail_once_more() -> str:
        [event_id] = stack.mail(address)
        stack.wait_committed()
        return event_id if stack.statuses()[event_id]["outcome"] == "suppressed" else ""

    return wait_until(mail_once_more, 60, f"a mail to {address} to be suppressed", progress=stack.worker.log_tail)


def test_an_address_that_does_not_exist_is_sent_nothing_until_it_is_taken_off(stack: SuppressingStack) -> None:
    stack.smtp.scenario = Scenario([Rule("rcpt", recipient=r"^ada@", reply=GONE)])
    stack.worker.wait_ready(60)
    [refused] = stack.mail("ada@example.org")
    stack.wait_committed()
    [letter] = stack.dead_letters()
    assert letter.text_header("notify-reason") == "permanent-failure"
    entry = stack.suppressions()[key_of("ada@example.org")]
    assert entry["address"] == "ada@example.org" and entry["reason"] == "rcpt: 550 5.1.1"
    assert stack.statuses()[refused]["outcome"] == "failed"

    suppressed = send_until_suppressed(stack, "ada@example.org")
    attempts, letters = stack.attempts("ada@example.org"), len(stack.dead_letters())
    [again, other] = stack.mail("ada@EXAMPLE.ORG", "grace@example.org")
    stack.wait_committed()
    assert stack.attempts("ada@example.org") == attempts, "it was tried on the wire"
    assert len(stack.dead_letters()) == letters, "a suppressed mail is no dead letter"
    assert len(stack.smtp.mails_to("grace@example.org")) == 1
    statuses = stack.statuses()
    for event_id in (suppressed, again):
        status = statuses[event_id]
        assert status["type"] == "com.example.notification.failed.v1"
        assert (status["outcome"], status["reason"], status["attempts"]) == ("suppressed", "suppressed", 0)
    assert statuses[other]["outcome"] == "sent"
    assert stack.worker.metric("notify_mails_total", outcome="suppressed") == 2
    assert "ada@example.org" not in stack.worker.log() and "ada@example.org" not in stack.worker.get("/metrics")[1]

    stack.smtp.scenario = Scenario()
    check = stack.notifyctl("notifyctl suppression check ada@example.org")
    assert check.returncode == 0 and "rcpt: 550 5.1.1" in check.stdout, check.stderr
    listing = stack.notifyctl("notifyctl suppression list")
    assert listing.returncode == 0 and listing.stdout.splitlines()[1].split()[0] == "ada@example.org"
    removed = stack.notifyctl("notifyctl suppression remove ada@example.org")
    assert removed.returncode == 0, removed.stderr
    assert stack.suppressions()[key_of("ada@example.org")] is None
    assert stack.notifyctl("notifyctl suppression check ada@example.org").returncode == 1

    def is_sent_again() -> bool:
        stack.mail("ada@example.org")
        stack.wait_committed()
        return len(stack.smtp.mails_to("ada@example.org")) > 0

    wait_until(is_sent_again, 30, "a mail to be sent again", progress=stack.worker.log_tail)


def test_a_worker_that_starts_knows_the_list_before_its_first_mail(stack: SuppressingStack) -> None:
    added = stack.notifyctl('notifyctl suppression add ada@example.org --reason "asked by telephone"')
    assert added.returncode == 0, added.stderr
    stack.worker.kill()  # whether it had begun or not
    ids = stack.mail(*["ada@example.org", "grace@example.org"] * 5)
    for _ in range(2):
        stack.worker.start().wait_ready(60)
        stack.wait_committed()
        assert stack.attempts("ada@example.org") == 0
        assert stack.worker.stop() == 0
        ids += stack.mail("ada@example.org")
    statuses = stack.statuses()
    assert [statuses[each]["outcome"] for each in ids[:11]] == [*["suppressed", "sent"] * 5, "suppressed"]
    assert stack.dead_letters() == []


def test_a_refusal_that_is_not_about_the_address_suppresses_nobody(stack: SuppressingStack) -> None:
    spam = "550 5.7.1 looks like spam"
    stack.smtp.scenario = Scenario(
        [
            Rule("rcpt", recipient=r"^rcpt@", reply=spam),
            Rule("dot", recipient=r"^dot@", reply=spam),
            Rule("rcpt", recipient=r"^bare@", reply="550 no such user"),
            Rule("rcpt", recipient=r"^full@", reply="550 5.2.2 mailbox full"),
        ]
    )
    stack.worker.wait_ready(60)
    recipients = [f"{name}@example.org" for name in ("rcpt", "dot", "bare", "full")]
    stack.mail(*recipients, *recipients)
    stack.wait_committed()
    assert len(stack.dead_letters()) == 8
    assert [stack.attempts(each) for each in recipients] == [2, 2, 2, 2]
    assert stack.suppressions() == {}


def test_a_server_that_refuses_everybody_suppresses_nobody(stack: SuppressingStack) -> None:
    stack.smtp.scenario = Scenario([Rule("rcpt", reply=GONE)])
    stack.worker.settings["SMTP_CONNECTIONS"] = 2
    stack.worker.kill()
    stack.worker.start().wait_ready(60)
    recipients = [f"user-{number}@example.org" for number in range(40)]
    stack.cluster.publish(stack.notifications, [mail_event(f"{stack.group}-{each}", each, each) for each in recipients])
    wait_until(lambda: stack.worker.metric("notify_breaker_open") == 1, 60, "the breaker to open")
    stack.smtp.scenario = Scenario()
    stack.wait_committed()
    entries = stack.suppressions()
    assert len(entries) > 0, "the first refusals looked like those of single addresses"
    assert set(entries.values()) == {None}
    refused, sent = len(stack.dead_letters()), len(stack.smtp.mails)
    assert refused >= 20 and sent > 0 and refused + sent == 40
    stack.smtp.mails.clear()
    stack.mail(*recipients)
    stack.wait_committed()
    assert {mail.recipient for mail in stack.smtp.mails} == set(recipients)


def test_a_mail_that_waited_for_a_retry_is_suppressed_when_it_comes_up(stack: SuppressingStack) -> None:
    stack.smtp.scenario = Scenario([Rule("rcpt", recipient=r"^ada@", reply="450 4.2.1 try later")])
    stack.worker.wait_ready(60)
    [event_id] = stack.mail("ada@example.org")
    wait_until(lambda: stack.attempts("ada@example.org") >= 2, 30, "an attempt and a retry")
    added = stack.notifyctl('notifyctl suppression add ada@example.org --reason "asked by telephone"')
    assert added.returncode == 0, added.stderr
    wait_until(lambda: stack.statuses().get(event_id), 60, "the mail's end", progress=stack.worker.log_tail)
    stack.wait_committed()
    status = stack.statuses()[event_id]
    assert status["outcome"] == "suppressed" and status["attempts"] >= 2
    assert stack.dead_letters() == [] and stack.smtp.mails_to("ada@example.org") == []


def test_of_an_event_with_two_mails_only_the_suppressed_one_is_left_out(stack: SuppressingStack) -> None:
    """The order's own mail goes to its customer, the other to MAIL_VAR_DEPARTMENT_HEAD, who is on the list."""
    stack.notifyctl('notifyctl suppression add ada@example.org --reason "asked by telephone"')
    stack.worker.kill()
    stack.worker.settings["MAIL_VAR_DEPARTMENT_HEAD"] = "ada@example.org"
    order = {**example(ORDER), "customer": {"name": "Ada", "email": "customer@example.org"}}
    document = event(f"{stack.group}-order", order, event_type=ORDER)
    stack.cluster.publish(stack.notifications, [structured("k", document)])
    stack.worker.start().wait_ready(60)
    stack.wait_committed()
    assert len(stack.smtp.mails_to("customer@example.org")) == 1
    assert stack.attempts("ada@example.org") == 0
    assert stack.worker.metric("notify_mails_total", outcome="suppressed") == 1
    assert stack.worker.metric("notify_mails_total", outcome="sent") == 1


def test_without_the_list_nothing_is_sent_and_the_missing_topic_is_named(
    cluster: KafkaCluster, tmp_path: pathlib.Path, smtp: ScriptedSmtpServer
) -> None:
    stack = SuppressingStack(cluster, tmp_path, smtp)
    shape = {"partitions": 1, "replication_factor": 3, "config": {}}
    own = [*stack.consumed_topics, dead_letter_topic(stack.group), STATUSES]
    cluster.create_topics([{"name": name, **shape} for name in own])
    missing = suppression_topic(stack.group)
    with stack.worker:
        stack.mail("ada@example.org")
        wait_until(lambda: missing in stack.worker.log(), 30, "the missing topic", progress=stack.worker.log_tail)
        status, document = stack.worker.readiness()
        assert status == 503 and not document["checks"]["suppressions"]["ok"]
        assert f"the topic {missing} does not exist" in document["checks"]["suppressions"]["detail"]
        wait_until(lambda: stack.worker.readiness()[1]["checks"]["kafka"]["ok"], 60, "the group to be joined")
        assert smtp.attempts == [] and stack.worker.metric("notify_in_flight") == 0
        cluster.create_topics([{"name": missing, **shape, "config": {"cleanup.policy": "compact"}}])
        stack.worker.wait_ready(60)
        wait_until(lambda: smtp.mails_to("ada@example.org"), 30, "the mail", progress=stack.worker.log_tail)
        named = [line for line in stack.worker.log().splitlines() if missing in line]
        assert len(named) == 1 and json.loads(named[0])["level"] == "error", named
        assert stack.worker.stop() == 0


def test_a_worker_that_waits_for_the_list_stops_at_once(tmp_path: pathlib.Path) -> None:
    worker = email_worker("email", tmp_path, bootstrap=nobody(), smtp_url=f"smtp://{nobody()}", group="g", topics=["t"])
    with worker:
        wait_until(lambda: "suppressions" in worker.get("/readyz")[1], 30, "the list's check")
        assert not worker.readiness()[1]["checks"]["suppressions"]["ok"]
        assert worker.stop(timeout=15) == 0


def test_a_list_topic_that_refuses_holds_the_record_back(cluster: KafkaCluster, stack: SuppressingStack) -> None:
    """The mail counts as settled only once Kafka has its address: before that no commit passes the event."""
    stack.worker.wait_ready(60)
    stack.smtp.scenario = Scenario([Rule("rcpt", recipient=r"^ada@", reply=GONE)])
    topic = suppression_topic(stack.group)
    cluster.set_topic_config(topic, "max.message.bytes", 10)  # no record fits
    stack.mail("ada@example.org")
    wait_until(lambda: len(stack.dead_letters()) == 1, 30, "the dead letter", progress=stack.worker.log_tail)
    wait_until(lambda: topic in stack.worker.log(), 30, "the trouble to be told", progress=stack.worker.log_tail)
    assert stack.cluster.lag(stack.group, [stack.notifications]) == 1
    cluster.set_topic_config(topic, "max.message.bytes", 1048588)
    stack.wait_committed()
    assert key_of("ada@example.org") in stack.suppressions()
    assert len(stack.dead_letters()) == 1


def test_a_worker_that_dies_before_the_dead_letter_is_durable_leaves_the_address_off_the_list(
    cluster: KafkaCluster, tmp_path: pathlib.Path
) -> None:
    with ScriptedSmtpServer(Scenario([Rule("rcpt", reply=GONE)])) as smtp:
        with SuppressingStack(cluster, tmp_path, smtp) as stack:
            dead_letters = dead_letter_topic(stack.group)
            cluster.set_topic_config(dead_letters, "max.message.bytes", 1)  # it takes nothing
            stack.worker.start().wait_ready(60)
            (name,) = stack.mail("gone@example.org")
            refused = "the topic takes not even a few headers"
            wait_until(lambda: refused in stack.worker.log(), 30, "a dead letter refused", progress=stack.worker.log_tail)
            wait_until(lambda: name in stack.statuses(), 30, "its status", progress=stack.worker.log_tail)
            assert cluster.read(suppression_topic(stack.group)) == []
            stack.worker.kill()
            cluster.set_topic_config(dead_letters, "max.message.bytes", 1048588)
            stack.worker.start().wait_ready(60)
            stack.wait_committed()
            assert [record.text_header("notify-reason") for record in stack.dead_letters()] == ["permanent-failure"]
            assert [record.key for record in cluster.read(suppression_topic(stack.group))] == [key_of("gone@example.org")]
