# SPDX-License-Identifier: Apache-2.0
"""Dead letters from their death to their mail: by a worker, notifyctl, and the commands of docs/operations.md."""

from __future__ import annotations

import json
import pathlib
import threading
from typing import Any, Mapping, Optional

from notify_testing.embedded import EmbeddedStack
from notify_testing.events import REQUESTED, event, mail_event, structured
from notify_testing.group_topics import DELAYS, dead_letter_topic
from notify_testing.kafka import KafkaCluster, Record
from notify_testing.processes import DEPARTMENT_HEAD, NOTIFYCTL, REPOSITORY, run
from notify_testing.scenario import Rule, Scenario
from notify_testing.schemas import example
from notify_testing.scripted_smtp import ScriptedSmtpServer
from notify_testing.stack import Stack
from notify_testing.waiting import wait_until

OPERATIONS = (REPOSITORY / "docs/operations.md").read_text()
REFUSAL = "550 5.7.1 not now"
RUN = (
    "notifyctl dlq list",
    "notifyctl dlq list --filter reason=permanent-failure --filter younger-than=2h",
    "notifyctl dlq show 0 0",
    "notifyctl dlq redrive --filter reason=permanent-failure --dry-run",
    "notifyctl dlq redrive --filter reason=permanent-failure --rate 20",
    "notifyctl lag --group email.dlq.redrive",
    "notifyctl tail --topic notifications --from-beginning --limit 1",
)


def refusing(recipient: str, times: int) -> Scenario:
    """A server that refuses so many mails to somebody, and then relents."""
    return Scenario([Rule("rcpt", recipient=recipient, reply=REFUSAL, limit=times)])


def notifyctl(bootstrap: str, *words: str, **settings: object) -> str:
    told = run([NOTIFYCTL, *words], {"KAFKA_BOOTSTRAP_SERVERS": bootstrap, **settings}, timeout=120)
    assert told.returncode == 0, told.stdout + told.stderr
    return told.stdout


class DeadLetters:
    """Those of a stack's group."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.topic = dead_letter_topic(stack.group)

    def wait_for(self, number: int) -> list[Record]:
        found = wait_until(
            lambda: (records := self.stack.cluster.read(self.topic))[number - 1 :] and records,
            30,
            f"dead letter {number}",
            progress=self.stack.workers[0].log_tail,
        )
        return list(found)

    def redrive(self, *words: str) -> dict[str, Any]:
        settings = {"KAFKA_GROUP_ID": self.stack.group, "EMAIL_RETRY_DELAYS": ",".join(DELAYS)}
        told: dict[str, Any] = json.loads(
            notifyctl(self.stack.cluster.bootstrap, "dlq", "redrive", "--json", *words, **settings)
        )
        return told

    def lag(self) -> int:
        return self.stack.cluster.lag(f"{self.topic}.redrive", [self.topic])


def worker_of(stack: Stack) -> DeadLetters:
    stack.start_worker()
    return DeadLetters(stack)


def test_a_redriven_mail_arrives_once_and_leaves_nothing_behind(cluster: KafkaCluster, tmp_path: pathlib.Path) -> None:
    with ScriptedSmtpServer(refusing("ada@", 1)) as smtp, Stack(cluster, tmp_path, smtp) as stack:
        letters = worker_of(stack)
        cluster.publish(stack.notifications, [mail_event("one", "k", "ada@example.org")])
        (dead,) = letters.wait_for(1)
        assert dead.text_header("notify-reason") == "permanent-failure"
        assert dead.text_header("notify-template") == "notification"
        told = letters.redrive()
        assert (told["redriven"], told["left_out"], told["retry_topic"]) == (1, 0, f"{stack.group}.retry.1s")
        stack.wait_for_mail("ada@example.org")
        stack.wait_committed()
        assert letters.lag() == 0
        assert letters.redrive()["waiting"] == 0
        assert len(smtp.mails_to("ada@example.org")) == 1
        assert len(cluster.read(letters.topic)) == 1


def test_only_the_mail_that_died_is_sent_again_of_an_event_with_two(
    cluster: KafkaCluster, tmp_path: pathlib.Path
) -> None:
    order_type = "com.example.order.placed.v1"
    order = event("order-1", example(order_type), event_type=order_type)
    with ScriptedSmtpServer(refusing("head@", 1)) as smtp, Stack(
        cluster, tmp_path, smtp, email=DEPARTMENT_HEAD
    ) as stack:
        letters = worker_of(stack)
        cluster.publish(stack.notifications, [structured("order-1", order)])
        (dead,) = letters.wait_for(1)
        assert dead.text_header("notify-template") == "department-head"
        letters.redrive("--filter", "template=department-head")
        stack.wait_for_mail("head@example.org")
        stack.wait_committed()
        assert [len(smtp.mails_to(f"{name}@example.org")) for name in ("head", "ada")] == [1, 1]


def test_a_mail_that_dies_again_can_be_redriven_again_and_counts_it(
    cluster: KafkaCluster, tmp_path: pathlib.Path
) -> None:
    with ScriptedSmtpServer(refusing("ada@", 2)) as smtp, Stack(cluster, tmp_path, smtp) as stack:
        letters = worker_of(stack)
        cluster.publish(stack.notifications, [mail_event("one", "k", "ada@example.org")])
        letters.wait_for(1)
        assert letters.redrive()["redriven"] == 1
        again = max(letters.wait_for(2), key=lambda record: record.offset)
        assert again.text_header("notify-replay-count") == "1"
        assert again.text_header("notify-reason") == "permanent-failure"
        assert letters.redrive()["redriven"] == 1
        stack.wait_for_mail("ada@example.org")
        stack.wait_committed()
        assert len(smtp.mails_to("ada@example.org")) == 1
        (last,) = [
            each for each in cluster.read(f"{stack.group}.retry.1s") if each.header("notify-replay-count") == b"2"
        ]
        assert last.text_header("notify-attempt") == "1"


def test_an_event_that_expired_or_was_given_up_is_mailed_when_it_is_redriven(
    cluster: KafkaCluster, tmp_path: pathlib.Path
) -> None:
    data = {"template": "notification", "recipient": "old@example.org", "locale": "en", "variables": {"text": "x"}}
    old = {**event("old", data, event_type=REQUESTED), "time": "2020-01-01T00:00:00Z"}
    late = mail_event("late", "k", "late@example.org")
    limits = {"EMAIL_GIVE_UP_AFTER": "1s"}
    rules = [Rule("rcpt", recipient="late@", reply="450 4.2.1 later", limit=2)]
    with ScriptedSmtpServer(Scenario(rules)) as smtp, Stack(cluster, tmp_path, smtp, email=limits) as stack:
        letters = worker_of(stack)
        cluster.publish(stack.notifications, [structured("o", old), late])
        reasons = {record.text_header("notify-reason") for record in letters.wait_for(2)}
        assert reasons == {"expired", "gave-up"}
        assert letters.redrive()["redriven"] == 2
        for name in ("old", "late"):
            stack.wait_for_mail(f"{name}@example.org")
        stack.wait_committed()
        assert [len(smtp.mails_to(f"{name}@example.org")) for name in ("old", "late")] == [1, 1]


def test_two_redrives_at_once_share_the_work_and_lose_nothing(
    cluster: KafkaCluster, tmp_path: pathlib.Path, smtp: ScriptedSmtpServer
) -> None:
    with Stack(cluster, tmp_path, smtp) as stack:
        letters = DeadLetters(stack)
        records = [mail_event(f"e-{number}", f"k-{number}", f"e-{number}@example.org") for number in range(60)]
        for record in records:
            record.headers.append(("notify-reason", b"gave-up"))
        cluster.publish(letters.topic, records)
        other = threading.Thread(target=letters.redrive, args=("--rate", "20"))
        other.start()
        letters.redrive("--rate", "20")
        other.join(120)
        assert not other.is_alive()
        redriven = [record.json()["id"] for record in cluster.read(f"{stack.group}.retry.1s")]
        assert set(redriven) == {f"e-{number}" for number in range(60)}
        assert len(redriven) <= 60 + 100
        assert letters.lag() == 0


# --- the page for operators ---


def documented(text: str, bootstrap: str) -> str:
    assert f"    {text}\n" in OPERATIONS
    program, *words = text.split()
    assert program == "notifyctl"
    return notifyctl(bootstrap, *words, EMAIL_SCHEMAS=REPOSITORY / "schemas")


def dead_letter(headers: Mapping[str, str], partition: Optional[int] = 0) -> Record:
    record = mail_event("dead", "k", "grace@example.org", "https://example.org/canary")
    record.headers += [(name, value.encode()) for name, value in headers.items()]
    record.partition = partition
    return record


def test_the_commands_for_dead_letters_do_what_the_page_says(tmp_path: pathlib.Path) -> None:
    with EmbeddedStack(tmp_path) as stack:
        record = dead_letter({"notify-reason": "permanent-failure"})
        stack.broker.publish("email.dlq", [record])
        for command in RUN[:2]:
            assert "permanent-failure" in documented(command, stack.bootstrap)
        shown = documented(RUN[2], stack.bootstrap)
        assert "notify-reason" in shown and "canary" not in shown and "grace@" not in shown
        assert documented(RUN[3], stack.bootstrap).startswith("would redrive 1 of 1 to email.retry.10s")
        assert documented(RUN[4], stack.bootstrap).startswith("redrove 1 of 1 to email.retry.10s")
        stack.wait_for_mail("grace@example.org")
        assert documented(RUN[5], stack.bootstrap).split()[-1] == "0"
        stack.broker.publish("notifications", [mail_event("e", "k", "x@example.org", "canary")])
        followed = documented(RUN[6], stack.bootstrap)
        assert REQUESTED in followed and "canary" not in followed
