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
from notify_testing.kafka import KafkaCluster, Record
from notify_testing.processes import NOTIFYCTL, REPOSITORY, Service, email_worker, free_port, run
from notify_testing.scenario import Rule, Scenario
from notify_testing.scripted_smtp import ScriptedSmtpServer
from notify_testing.stack import DELAYS
from notify_testing.waiting import wait_until

OPERATIONS = (REPOSITORY / "docs/operations.md").read_text()
STATUSES = "notifications.status"
GONE = "550 5.1.1 no such user"


def key_of(address: str) -> bytes:
    return hashlib.sha256(address.encode()).hexdigest().encode()


class Group:
    """A worker with a group, topics and an SMTP server of its own."""

    def __init__(self, cluster: KafkaCluster, folder: pathlib.Path, smtp: ScriptedSmtpServer) -> None:
        self.cluster, self.smtp = cluster, smtp
        self.name = f"suppressing-{free_port()}"
        self.topic = f"{self.name}.notifications"
        settings = {"EMAIL_RETRY_DELAYS": ",".join(DELAYS), "KAFKA_TOPIC_METADATA_REFRESH_INTERVAL_MS": 500}
        self.worker: Service = email_worker(
            "email",
            folder,
            bootstrap=cluster.bootstrap,
            smtp_url=smtp.url,
            group=self.name,
            topics=[self.topic],
            **settings,
        )
        self.count = 0

    def mail(self, *recipients: str, key: str = "k") -> list[str]:
        """Publishes a mail to each, and gives the events' ids."""
        ids = []
        for recipient in recipients:
            self.count += 1
            ids.append(f"{self.name}-{self.count}")
            self.cluster.publish(self.topic, [mail_event(ids[-1], key, recipient)])
        return ids

    def wait_settled(self) -> None:
        consumed = [self.topic, *(f"{self.name}.retry.{delay}" for delay in DELAYS)]
        wait_until(
            lambda: self.cluster.lag(self.name, consumed) == 0,
            60,
            "a lag of 0",
            interval=0.3,
            progress=self.worker.log_tail,
        )

    def statuses(self) -> dict[str, dict[str, Any]]:
        """Of each event of this group the data of its last status, by event id."""
        told: dict[str, dict[str, Any]] = {}
        for record in self.cluster.read(STATUSES):
            data = record.json()["data"]
            if data["event"]["id"].startswith(self.name):
                told[data["event"]["id"]] = {**data, "type": record.json()["type"]}
        return told

    def dead_letters(self) -> list[Record]:
        return self.cluster.read(f"{self.name}.dlq")

    def suppressions(self) -> dict[bytes | None, Any]:
        """What the topic says last of each key."""
        return {record.key: record.json() for record in self.cluster.read(f"{self.name}.suppression")}

    def notifyctl(self, command: str) -> subprocess.CompletedProcess[str]:
        """A command as docs/operations.md has it; its group comes from the environment."""
        assert f"    {command}\n" in OPERATIONS
        settings = {"KAFKA_BOOTSTRAP_SERVERS": self.cluster.bootstrap, "KAFKA_GROUP_ID": self.name}
        return run([NOTIFYCTL, *shlex.split(command)[1:]], settings)

    def wait_for_list(self, address: str, listed: bool) -> None:
        """Until the topic says so; the worker hears of it in the same moment, for it follows the topic."""
        wait_until(lambda: bool(self.suppressions().get(key_of(address))) == listed, 30, f"{address} on the list")

    def attempts(self, address: str) -> int:
        return sum(attempt.recipient == address for attempt in self.smtp.attempts)


@pytest.fixture
def group(cluster: KafkaCluster, tmp_path: pathlib.Path, smtp: ScriptedSmtpServer) -> Iterator[Group]:
    made = Group(cluster, tmp_path, smtp)
    cluster.worker_topics(made.name, [made.topic], DELAYS)
    with made.worker:
        yield made


def send_until_suppressed(group: Group, address: str) -> str:
    """The first event to the address that is not tried any more: the list's way back to the worker takes a moment."""

    def mail_once_more() -> str:
        [event_id] = group.mail(address)
        group.wait_settled()
        return event_id if group.statuses()[event_id]["outcome"] == "suppressed" else ""

    return wait_until(mail_once_more, 60, f"a mail to {address} to be suppressed", progress=group.worker.log_tail)


def test_an_address_that_does_not_exist_is_sent_nothing_until_it_is_taken_off(group: Group) -> None:
    group.smtp.scenario = Scenario([Rule("rcpt", recipient=r"^ada@", reply=GONE)])
    group.worker.wait_ready(60)
    [refused] = group.mail("ada@example.org")
    group.wait_settled()
    [letter] = group.dead_letters()
    assert letter.text_header("notify-reason") == "permanent-failure"
    entry = group.suppressions()[key_of("ada@example.org")]
    assert entry["address"] == "ada@example.org" and entry["reason"] == "rcpt: 550 5.1.1"
    assert group.statuses()[refused]["outcome"] == "failed"

    suppressed = send_until_suppressed(group, "ada@example.org")
    attempts, letters = group.attempts("ada@example.org"), len(group.dead_letters())
    [again, other] = group.mail("ada@EXAMPLE.ORG", "grace@example.org")
    group.wait_settled()
    assert group.attempts("ada@example.org") == attempts, "it was tried on the wire"
    assert len(group.dead_letters()) == letters, "a suppressed mail is no dead letter"
    assert len(group.smtp.mails_to("grace@example.org")) == 1
    statuses = group.statuses()
    for event_id in (suppressed, again):
        status = statuses[event_id]
        assert status["type"] == "com.example.notification.failed.v1"
        assert (status["outcome"], status["reason"], status["attempts"]) == ("suppressed", "suppressed", 0)
    assert statuses[other]["outcome"] == "sent"
    assert group.worker.metric("notify_mails_total", outcome="suppressed") == 2
    assert "ada@example.org" not in group.worker.log() and "ada@example.org" not in group.worker.get("/metrics")[1]

    group.smtp.scenario = Scenario()
    check = group.notifyctl("notifyctl suppression check ada@example.org")
    assert check.returncode == 0 and "rcpt: 550 5.1.1" in check.stdout, check.stderr
    listing = group.notifyctl("notifyctl suppression list")
    assert listing.returncode == 0 and listing.stdout.splitlines()[1].split()[0] == "ada@example.org"
    removed = group.notifyctl("notifyctl suppression remove ada@example.org")
    assert removed.returncode == 0, removed.stderr
    assert group.suppressions()[key_of("ada@example.org")] is None
    assert group.notifyctl("notifyctl suppression check ada@example.org").returncode == 1

    def is_sent_again() -> bool:
        group.mail("ada@example.org")
        group.wait_settled()
        return len(group.smtp.mails_to("ada@example.org")) > 0

    wait_until(is_sent_again, 30, "a mail to be sent again", progress=group.worker.log_tail)


def test_a_worker_that_starts_knows_the_list_before_its_first_mail(group: Group) -> None:
    added = group.notifyctl('notifyctl suppression add ada@example.org --reason "asked by telephone"')
    assert added.returncode == 0, added.stderr
    group.worker.kill()  # whether it had begun or not
    ids = group.mail(*["ada@example.org", "grace@example.org"] * 5)
    for _ in range(2):
        group.worker.start().wait_ready(60)
        group.wait_settled()
        assert group.attempts("ada@example.org") == 0
        assert group.worker.stop() == 0
        ids += group.mail("ada@example.org")
    statuses = group.statuses()
    assert [statuses[each]["outcome"] for each in ids[:11]] == [*["suppressed", "sent"] * 5, "suppressed"]
    assert group.dead_letters() == []


def test_a_refusal_that_is_not_about_the_address_suppresses_nobody(group: Group) -> None:
    spam = "550 5.7.1 looks like spam"
    group.smtp.scenario = Scenario(
        [
            Rule("rcpt", recipient=r"^rcpt@", reply=spam),
            Rule("dot", recipient=r"^dot@", reply=spam),
            Rule("rcpt", recipient=r"^bare@", reply="550 no such user"),
            Rule("rcpt", recipient=r"^full@", reply="550 5.2.2 mailbox full"),
        ]
    )
    group.worker.wait_ready(60)
    recipients = [f"{name}@example.org" for name in ("rcpt", "dot", "bare", "full")]
    group.mail(*recipients, *recipients)
    group.wait_settled()
    assert len(group.dead_letters()) == 8
    assert [group.attempts(each) for each in recipients] == [2, 2, 2, 2]
    assert group.suppressions() == {}


def test_a_server_that_refuses_everybody_suppresses_nobody(group: Group) -> None:
    group.smtp.scenario = Scenario([Rule("rcpt", reply=GONE)])
    group.worker.settings["SMTP_CONNECTIONS"] = 2
    group.worker.kill()
    group.worker.start().wait_ready(60)
    recipients = [f"user-{number}@example.org" for number in range(40)]
    group.cluster.publish(
        group.topic, [mail_event(f"{group.name}-{each}", each, each) for each in recipients]
    )
    wait_until(lambda: group.worker.metric("notify_breaker_open") == 1, 60, "the breaker to open")
    group.smtp.scenario = Scenario()
    group.wait_settled()
    entries = group.suppressions()
    assert len(entries) > 0, "the first refusals looked like those of single addresses"
    assert set(entries.values()) == {None}
    refused, sent = len(group.dead_letters()), len(group.smtp.mails)
    assert refused >= 20 and sent > 0 and refused + sent == 40
    group.smtp.mails.clear()
    group.mail(*recipients)
    group.wait_settled()
    assert {mail.recipient for mail in group.smtp.mails} == set(recipients)


def test_a_mail_that_waited_for_a_retry_is_suppressed_when_it_comes_up(group: Group) -> None:
    group.smtp.scenario = Scenario([Rule("rcpt", recipient=r"^ada@", reply="450 4.2.1 try later")])
    group.worker.wait_ready(60)
    [event_id] = group.mail("ada@example.org")
    wait_until(lambda: group.attempts("ada@example.org") >= 2, 30, "an attempt and a retry")
    added = group.notifyctl('notifyctl suppression add ada@example.org --reason "asked by telephone"')
    assert added.returncode == 0, added.stderr
    wait_until(lambda: group.statuses().get(event_id), 60, "the mail's end", progress=group.worker.log_tail)
    group.wait_settled()
    status = group.statuses()[event_id]
    assert status["outcome"] == "suppressed" and status["attempts"] >= 2
    assert group.dead_letters() == [] and group.smtp.mails_to("ada@example.org") == []


def test_of_an_event_with_two_mails_only_the_suppressed_one_is_left_out(group: Group) -> None:
    """The order's own mail goes to its customer, the other to MAIL_VAR_DEPARTMENT_HEAD, who is on the list."""
    group.notifyctl('notifyctl suppression add ada@example.org --reason "asked by telephone"')
    group.worker.kill()
    group.worker.settings["MAIL_VAR_DEPARTMENT_HEAD"] = "ada@example.org"
    document = event(f"{group.name}-order", an_order("customer@example.org"), event_type="com.example.order.placed.v1")
    group.cluster.publish(group.topic, [structured("k", document)])
    group.worker.start().wait_ready(60)
    group.wait_settled()
    assert len(group.smtp.mails_to("customer@example.org")) == 1
    assert group.attempts("ada@example.org") == 0
    assert group.worker.metric("notify_mails_total", outcome="suppressed") == 1
    assert group.worker.metric("notify_mails_total", outcome="sent") == 1


def an_order(customer: str) -> dict[str, Any]:
    money = {"amount": 980, "currency": "EUR"}
    item = {"sku": "TEA-100", "name": "Tea", "quantity": 1, "unit_price": money, "total": money}
    return {
        "order_id": "01a1fd2a-7234-7238-b3d2-8935b149564b",
        "customer": {"name": "Ada", "email": customer},
        "locale": "en",
        "currency": "EUR",
        "items": [item],
        "total": money,
        "placed_at": "2026-11-21T07:29:00Z",
    }


def test_without_the_list_nothing_is_sent_and_the_missing_topic_is_named(
    cluster: KafkaCluster, tmp_path: pathlib.Path, smtp: ScriptedSmtpServer
) -> None:
    group = Group(cluster, tmp_path, smtp)
    shape = {"partitions": 1, "replication_factor": 3, "config": {}}
    own = [group.topic, *(f"{group.name}.retry.{delay}" for delay in DELAYS), f"{group.name}.dlq", STATUSES]
    cluster.create_topics([{"name": name, **shape} for name in own])
    missing = f"{group.name}.suppression"
    with group.worker:
        group.mail("ada@example.org")
        wait_until(lambda: missing in group.worker.log(), 30, "the missing topic", progress=group.worker.log_tail)
        status, document = group.worker.readiness()
        assert status == 503 and not document["checks"]["suppressions"]["ok"]
        assert f"the topic {missing} does not exist" in document["checks"]["suppressions"]["detail"]
        wait_until(lambda: group.worker.readiness()[1]["checks"]["kafka"]["ok"], 60, "the group to be joined")
        assert smtp.attempts == [] and group.worker.metric("notify_in_flight") == 0
        cluster.create_topics([{"name": missing, **shape, "config": {"cleanup.policy": "compact"}}])
        group.worker.wait_ready(60)
        wait_until(lambda: smtp.mails_to("ada@example.org"), 30, "the mail", progress=group.worker.log_tail)
        named = [line for line in group.worker.log().splitlines() if missing in line]
        assert len(named) == 1 and json.loads(named[0])["level"] == "error", named
        assert group.worker.stop() == 0


def test_a_worker_that_waits_for_the_list_stops_at_once(tmp_path: pathlib.Path) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    worker = email_worker("email", tmp_path, bootstrap=nobody, smtp_url=f"smtp://{nobody}", group="g", topics=["t"])
    with worker:
        wait_until(lambda: "suppressions" in worker.get("/readyz")[1], 30, "the list's check")
        assert not worker.readiness()[1]["checks"]["suppressions"]["ok"]
        assert worker.stop(timeout=15) == 0


def test_a_list_topic_that_refuses_holds_the_record_back(group: Group) -> None:
    """The mail counts as settled only once Kafka has its address: before that no commit passes the event."""
    group.worker.wait_ready(60)
    group.smtp.scenario = Scenario([Rule("rcpt", recipient=r"^ada@", reply=GONE)])
    topic = f"{group.name}.suppression"
    settings = {"KAFKA_BOOTSTRAP_SERVERS": group.cluster.bootstrap}
    tool = [REPOSITORY / "scripts/kafka", "--dir", group.cluster.folder, "tool"]

    def limit(size: int) -> None:
        words = ["--alter", "--entity-type", "topics", "--entity-name", topic]
        words += ["--add-config", f"max.message.bytes={size}"]
        changed = run([*tool, "kafka.admin.ConfigCommand", *words], settings, timeout=120)
        assert changed.returncode == 0, changed.stdout + changed.stderr

    limit(10)  # no record fits
    group.mail("ada@example.org")
    wait_until(lambda: len(group.dead_letters()) == 1, 30, "the dead letter", progress=group.worker.log_tail)
    wait_until(lambda: topic in group.worker.log(), 30, "the trouble to be told", progress=group.worker.log_tail)
    assert group.cluster.lag(group.name, [group.topic]) == 1
    limit(1048588)
    group.wait_settled()
    assert key_of("ada@example.org") in group.suppressions()
    assert len(group.dead_letters()) == 1
