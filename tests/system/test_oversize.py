# SPDX-License-Identifier: Apache-2.0
"""Records that are larger than the topics of the group take: none is tried for ever, and no other one suffers."""

from __future__ import annotations

import pathlib

from notify_testing.events import STRUCTURED, mail_event
from notify_testing.kafka import KafkaCluster, Record
from notify_testing.scenario import Rule, Scenario
from notify_testing.scripted_smtp import ScriptedSmtpServer
from notify_testing.stack import Stack
from notify_testing.waiting import wait_until

LIMIT = 10_000
SLOW_BATCHES = {"KAFKA_LINGER_MS": 200}  # so that small ones and large ones meet in one batch


def poison(name: str, size: int, key: bytes = b"k") -> Record:
    return Record(name.encode() + b" " * (size - len(name)), key, [STRUCTURED, ("name", name.encode())])


def start(stack: Stack) -> None:
    stack.new_worker().start().wait_ready(60)


def dead_letters(stack: Stack, number: int) -> list[Record]:
    topic = f"{stack.group}.dlq"
    found = wait_until(
        lambda: (records := stack.cluster.read(topic))[number - 1 :] and records,
        60,
        f"dead letter {number}",
        progress=stack.workers[0].log_tail,
    )
    return list(found)


def test_poison_that_the_dead_letters_do_not_take_goes_there_without_its_value(
    cluster: KafkaCluster, tmp_path: pathlib.Path
) -> None:
    with ScriptedSmtpServer() as smtp, Stack(cluster, tmp_path, smtp, email=SLOW_BATCHES) as stack:
        cluster.set_topic_config(f"{stack.group}.dlq", "max.message.bytes", LIMIT)
        small = {f"small-{number}": poison(f"small-{number}", 1500) for number in range(30)}
        large = poison("large", 50_000)
        large_key = poison("large-key", 100, key=b"k" * 50_000)
        records = [*list(small.values())[:15], large, large_key, *list(small.values())[15:]]
        cluster.publish(stack.notifications, [*records, mail_event("good", "k", "ada@example.org")])
        start(stack)
        stack.wait_for_mail("ada@example.org")
        dead = dead_letters(stack, len(records))
        stack.wait_committed()
        whole = {record.text_header("name"): record for record in dead if record.header("notify-oversize") is None}
        assert {name: record.value for name, record in whole.items()} == {
            name: record.value for name, record in small.items()
        }
        cut = {record.text_header("notify-oversize"): record for record in dead if record.header("notify-oversize")}
        assert len(dead) == len(records) and set(cut) == {"50000", "100"}
        assert (cut["50000"].value, cut["50000"].key, cut["50000"].text_header("name")) == (None, b"k", "large")
        assert (cut["100"].value, cut["100"].key, cut["100"].header("name")) == (None, None, None)
        assert {record.text_header("notify-reason") for record in dead} == {"invalid-event"}


def test_a_mail_that_its_retry_topic_does_not_take_is_dead_lettered_whole(
    cluster: KafkaCluster, tmp_path: pathlib.Path
) -> None:
    later = Scenario([Rule("rcpt", recipient=r"^large@", reply="450 4.2.1 try later")])
    with ScriptedSmtpServer(later) as smtp, Stack(cluster, tmp_path, smtp) as stack:
        cluster.set_topic_config(f"{stack.group}.retry.1s", "max.message.bytes", LIMIT)
        name = f"{stack.group}-large"  # the topic of statuses has those of other runs, too
        event = mail_event(name, "k", "large@example.org", "Long enough. " * 4000)
        cluster.publish(stack.notifications, [event, mail_event("good", "k", "ada@example.org")])
        start(stack)
        stack.wait_for_mail("ada@example.org")
        (dead,) = dead_letters(stack, 1)
        stack.wait_committed()
        assert (dead.text_header("notify-reason"), dead.value) == ("too-large", event.value)
        assert dead.text_header("notify-attempt") == "1"
        told = [record.json() for record in cluster.read("notifications.status")]
        own = [each["data"] for each in told if each["data"].get("event", {}).get("id") == name]
        assert [(data["reason"], data["attempts"]) for data in own] == [("too-large", 1)]
