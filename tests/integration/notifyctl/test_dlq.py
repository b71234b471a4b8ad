#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""notifyctl dlq and tail as their users call them, against the embedded broker; what they did is read by other programs."""

import json
import os
import pty
import signal
import subprocess
import time
import unittest
from typing import Any

from notifyctl_case import BAD_CONFIGURATION, BAD_USAGE, UNAVAILABLE, NotifyctlCase, declared

from notify_testing.events import event, mail_event, structured
from notify_testing.group_topics import dead_letter_topic, retry_topics
from notify_testing.kafka import Record
from notify_testing.schemas import SCHEMAS

GROUPS = ("show", "filter", "limit", "dry", "crash", "missing", "bar", "stop", "again", "oversize")
DELAYS = ("5s", "1s")
FIRST_ATTEMPT = 1_600_000_000_000


def settings(group: str) -> dict[str, str]:
    return {"EMAIL_SCHEMAS": str(SCHEMAS), "EMAIL_RETRY_DELAYS": ",".join(DELAYS), "KAFKA_GROUP_ID": group}


def dead(name: str, reason: str = "gave-up", **more: str) -> Record:
    """A dead letter as a worker writes it, of a mail to NAME@example.org."""
    record = mail_event(name, f"key-{name}", f"{name}@example.org", text="https://example.org/canary")
    headers = {
        "notify-reason": reason,
        "notify-mail": f"mail-{name}",
        "notify-attempt": "9",
        "notify-first-attempt": str(FIRST_ATTEMPT),
        "notify-template": "notification",
        "kafka_dlt-original-topic": "notifications",
        "kafka_dlt-exception-message": "rcpt: 550",
        **more,
    }
    record.headers += [(key.replace("__", "-"), value.encode()) for key, value in headers.items()]
    record.headers += [("kafka_dlt-original-offset", (258).to_bytes(8, "big")), ("other", None)]
    return record


def ids(records: list[Record]) -> list[str]:
    return sorted(record.json()["id"] for record in records)


class DeadLetters(NotifyctlCase):
    topics = [
        *declared(["notifications"], partitions=2),
        *declared(
            [name for group in GROUPS for name in (dead_letter_topic(group), *retry_topics(group, DELAYS))],
            partitions=2,
        ),
        *declared(["alone.dlq"]),
    ]

    def dlq(self, group: str, *words: str) -> subprocess.CompletedProcess[str]:
        return self.notifyctl("dlq", *words, **settings(group))

    def put(self, group: str, *records: Record) -> list[Record]:
        return self.kafka.publish(f"{group}.dlq", records)

    def waiting(self, group: str, *words: str) -> list[str]:
        return sorted(each["event"] for each in self.told(self.dlq(group, "list", "--json", *words))["dead_letters"])

    def lag(self, group: str) -> int:
        return self.kafka.lag(f"{group}.dlq.redrive", [f"{group}.dlq"])

    def test_list_and_show_tell_a_dead_letter_and_no_secret(self) -> None:
        (record,) = self.put("show", dead("ada"))
        listed = self.told(self.dlq("show", "list", "--json"))["dead_letters"][0]
        expected = {
            "partition": record.partition,
            "offset": record.offset,
            "reason": "gave-up",
            "message": "rcpt: 550",
            "mail": "mail-ada",
            "template": "notification",
            "type": "com.example.notification.requested.v1",
            "event": "ada",
            "original_topic": "notifications",
            "replay_count": 0,
        }
        self.assertEqual({name: listed[name] for name in expected}, expected)
        table = self.dlq("show", "list")
        self.assertEqual(table.stdout.split()[:4], ["PARTITION", "OFFSET", "TIME", "REASON"])
        shown = self.dlq("show", "show", str(record.partition), str(record.offset), "--json")
        document = self.told(shown)
        headers = {header["name"]: header["value"] for header in document["headers"]}
        self.assertEqual(headers["notify-reason"], "gave-up")
        self.assertEqual(headers["kafka_dlt-original-offset"], 258)
        self.assertIsNone(headers["other"])
        self.assertEqual(document["key"], "key-ada")
        self.assertEqual(document["event"]["data"]["template"], "notification")
        text = self.dlq("show", "show", str(record.partition), str(record.offset))
        for result in (shown, table, text):
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertNotIn("canary", result.stdout)
            self.assertNotIn("ada@", result.stdout)
        self.assertEqual(self.dlq("show", "show", "0", "999").returncode, BAD_USAGE)
        self.assertEqual(self.dlq("show", "show", "7", "0").returncode, BAD_USAGE)

    def test_of_a_value_that_is_no_event_only_the_size_is_shown(self) -> None:
        poison = Record(b"canary {", None, [("notify-reason", b"invalid-event")])
        poison.partition = 1
        (record,) = self.put("missing", poison)
        document = self.told(self.dlq("missing", "show", "1", str(record.offset), "--json"))
        self.assertEqual((document["event"], document["key"], document["value_bytes"]), (None, None, 8))
        self.assertIn("JSON", document["no_event_because"])
        self.assertNotIn("canary", json.dumps(document))

    def test_a_dead_letter_without_its_value_says_so_and_is_never_redriven(self) -> None:
        headers = [("notify-reason", b"invalid-event"), ("notify-oversize", b"50000")]
        (empty, _) = self.put("oversize", Record(None, b"k", headers), dead("whole"))
        document = self.told(self.dlq("oversize", "show", str(empty.partition), str(empty.offset), "--json"))
        self.assertEqual((document["event"], document["value_bytes"]), (None, 0))
        self.assertIn("50000 bytes", document["no_event_because"])
        would = self.told(self.dlq("oversize", "redrive", "--dry-run", "--json"))
        self.assertEqual((would["redriven"], would["left_out"], would["without_value"]), (1, 1, 1))
        redrive = self.dlq("oversize", "redrive", "--json")
        told = self.told(redrive)
        self.assertEqual((told["redriven"], told["left_out"], told["without_value"]), (1, 1, 1))
        self.assertIn("cannot be redriven", redrive.stderr)
        self.assertEqual(ids(self.kafka.read("oversize.retry.1s")), ["whole"])
        (again,) = [record for record in self.kafka.read("oversize.dlq") if record.value is None and record.offset > 0]
        self.assertEqual(again.headers, headers)

    def test_what_is_meant_is_redriven_and_what_is_left_out_is_a_dead_letter_as_before(self) -> None:
        meant = [dead(f"meant-{number}") for number in range(5)]
        left_out = [dead(f"out-{number}", "permanent-failure") for number in range(4)]
        before = self.put("filter", *meant, *left_out)
        told = self.told(self.dlq("filter", "redrive", "--filter", "reason=gave-up", "--json"))
        self.assertEqual((told["waiting"], told["redriven"], told["left_out"]), (9, 5, 4))
        self.assertEqual(told["retry_topic"], "filter.retry.1s")
        self.assertEqual(self.waiting("filter"), ids(left_out))
        # 4 are the copies: nothing else lies between the committed offsets and the ends.
        self.assertEqual(self.lag("filter"), 4)
        there = {(record.json()["id"], record.offset): record for record in self.kafka.read("filter.dlq")}
        originals = {record.json()["id"]: record for record in before}
        for name in ids(left_out):
            first, copy = sorted((each for key, each in there.items() if key[0] == name), key=lambda each: each.offset)
            self.assertEqual(first.offset, originals[name].offset)
            for what in ("partition", "key", "value", "headers", "timestamp"):
                self.assertEqual(getattr(copy, what), getattr(first, what), what)
        redriven = self.kafka.read("filter.retry.1s")
        self.assertEqual(ids(redriven), ids(meant))
        self.assertEqual(self.kafka.read("filter.retry.5s", "notifications"), [])
        for record in redriven:
            original = originals[record.json()["id"]]
            self.assertEqual((record.key, record.value), (original.key, original.value))
            self.assertEqual(record.text_header("notify-mail"), original.text_header("notify-mail"))
            self.assertEqual(record.text_header("notify-attempt"), "1")
            self.assertGreater(int(record.text_header("notify-first-attempt")), FIRST_ATTEMPT)
            self.assertEqual(record.text_header("notify-replay-count"), "1")
            self.assertEqual(record.text_header("kafka_dlt-original-topic"), "notifications")
            for gone in ("notify-due", "notify-reason", "kafka_dlt-exception-message"):
                self.assertIsNone(record.header(gone))

    def test_a_limit_leaves_the_rest_for_the_next_redrive(self) -> None:
        self.put("limit", *(dead(f"l-{number}") for number in range(7)))
        self.assertEqual(self.told(self.dlq("limit", "redrive", "--limit", "3", "--json"))["redriven"], 3)
        self.assertEqual(len(self.waiting("limit")), 4)
        self.assertEqual(len(self.waiting("limit", "--limit", "2")), 2)
        self.assertEqual(len(self.waiting("limit", "--all")), 7)
        self.assertEqual(self.told(self.dlq("limit", "redrive", "--json"))["redriven"], 4)
        self.assertEqual((self.waiting("limit"), self.lag("limit")), ([], 0))
        self.assertEqual(len(self.kafka.read("limit.retry.1s")), 7)
        self.assertIn("no dead letters wait", self.dlq("limit", "redrive").stdout)

    def test_a_dry_run_changes_nothing(self) -> None:
        self.put("dry", dead("one"), dead("two", "expired"))
        told = self.told(self.dlq("dry", "redrive", "--dry-run", "--filter", "reason=expired", "--json"))
        self.assertEqual((told["redriven"], told["left_out"], told["dry_run"]), (1, 1, True))
        self.assertEqual(self.waiting("dry"), ["one", "two"])
        self.assertEqual((len(self.kafka.read("dry.dlq")), self.kafka.read("dry.retry.1s")), (2, []))

    def test_a_second_redrive_counts_on(self) -> None:
        self.put("again", dead("x", **{"notify-replay-count": "4"}))
        self.told(self.dlq("again", "redrive", "--json"))
        (record,) = self.kafka.read("again.retry.1s")
        self.assertEqual(record.text_header("notify-replay-count"), "5")

    def start_redrive(self, group: str, *words: str, **streams: Any) -> subprocess.Popen[str]:
        return self.start_notifyctl("dlq", "redrive", *words, variables=settings(group), **streams)

    def wait_for_some(self, group: str) -> None:
        deadline = time.monotonic() + 60
        while not self.kafka.read(f"{group}.retry.1s"):
            self.assertLess(time.monotonic(), deadline, "nothing was redriven")

    def test_a_kill_in_the_middle_loses_nothing(self) -> None:
        records = self.put("crash", *(dead(f"c-{number}", ("gave-up", "expired")[number % 2]) for number in range(60)))
        first = self.start_redrive("crash", "--rate", "5", "--filter", "reason=gave-up")
        self.wait_for_some("crash")
        first.kill()
        first.wait(timeout=20)
        self.assertLess(len(self.kafka.read("crash.retry.1s")), 30)
        self.told(self.dlq("crash", "redrive", "--filter", "reason=gave-up", "--json"))
        meant = {record.json()["id"] for record in records if record.text_header("notify-reason") == "gave-up"}
        redriven = ids(self.kafka.read("crash.retry.1s"))
        self.assertEqual(set(redriven), meant)
        self.assertLessEqual(len(redriven) - len(meant), 100)
        self.assertEqual(set(self.waiting("crash")), {record.json()["id"] for record in records} - meant)

    def test_a_signal_stops_it_with_everything_committed(self) -> None:
        self.put("stop", *(dead(f"s-{number}") for number in range(40)))
        process = self.start_redrive("stop", "--rate", "4", stderr=subprocess.PIPE)
        self.wait_for_some("stop")
        process.send_signal(signal.SIGTERM)
        _, words = process.communicate(timeout=60)
        self.assertEqual(process.returncode, UNAVAILABLE)
        self.assertIn("stopped by a signal", words)
        done = ids(self.kafka.read("stop.retry.1s"))
        self.assertEqual(len(done), len(set(done)))
        self.assertEqual(len(self.waiting("stop")), 40 - len(done))

    def test_only_a_terminal_gets_a_bar(self) -> None:
        self.put("bar", dead("x"))
        parent, child = pty.openpty()
        process = self.start_redrive("bar", "--dry-run", stderr=child, stdout=subprocess.DEVNULL)
        self.assertEqual(process.wait(timeout=60), 0)
        os.close(child)
        self.assertIn(b" of 1  ", os.read(parent, 4096))
        os.close(parent)
        self.assertEqual(self.dlq("bar", "redrive", "--dry-run").stderr, "")

    def test_bad_usage_and_missing_topics_are_told(self) -> None:
        for status, group, words, sentence in (
            (BAD_USAGE, "dry", ("list", "--filter", "colour=red"), "the names are reason, template"),
            (BAD_USAGE, "dry", ("redrive", "--rate", "0"), "--rate"),
            (BAD_USAGE, "dry", ("show", "first", "2"), "PARTITION"),
            (UNAVAILABLE, "nobody", ("list",), "no topic nobody.dlq"),
            (UNAVAILABLE, "alone", ("redrive",), "no topic alone.retry.1s"),
        ):
            with self.subTest(words=words):
                self.assert_ends(self.dlq(group, *words), status, sentence)
        unreadable = self.notifyctl("dlq", "show", "0", "0", EMAIL_SCHEMAS="/nonexistent")
        self.assertEqual(unreadable.returncode, BAD_CONFIGURATION)


class Tail(NotifyctlCase):
    topics = declared(["users", "notifications"], partitions=2)

    def start(self, *words: str) -> subprocess.Popen[str]:
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = self.start_notifyctl("tail", *words, variables={"EMAIL_SCHEMAS": str(SCHEMAS)}, **streams)
        self.enterContext(process)
        self.addCleanup(process.kill)
        self.assertIn("events of", process.stderr.readline())
        return process

    def test_events_are_shown_as_they_come_and_secrets_are_not(self) -> None:
        self.kafka.publish("notifications", [mail_event("before", "k", "before@example.org")])
        process = self.start("--topic", "notifications", "--topic", "users", "--json")
        self.kafka.publish("notifications", [mail_event("after", "k", "ada@example.org", "https://x/canary")])
        line = process.stdout.readline()
        shown = json.loads(line)
        self.assertEqual((shown["topic"], shown["event"]["id"]), ("notifications", "after"))
        self.assertNotIn("canary", line)
        self.assertNotIn("ada@", line)
        process.send_signal(signal.SIGINT)
        rest, words = process.communicate(timeout=30)
        self.assertEqual((process.returncode, rest, words), (0, "", ""))

    def test_a_type_and_a_limit_choose_from_what_the_topics_hold(self) -> None:
        wanted = {"user_id": "1", "email": "grace@example.org"}
        records = [
            structured("k", event(f"u-{number}", wanted, event_type=f"com.example.user.{name}.v1"))
            for number, name in enumerate(("confirmed", "signed_up", "confirmed", "confirmed"))
        ]
        self.kafka.publish("users", records)
        type_name = "com.example.user.confirmed.v1"
        process = self.start("--topic", "users", "--type", type_name, "--from-beginning", "--limit", "2")
        lines, words = process.communicate(timeout=60)
        self.assertEqual((process.returncode, words), (0, ""))
        self.assertEqual([line.split()[1:3] for line in lines.splitlines()], [[type_name, "u-0"], [type_name, "u-2"]])
        self.assertNotIn("grace@", lines)

    def test_what_is_no_event_is_told_without_its_content(self) -> None:
        process = self.start("--topic", "users", "--json")
        self.kafka.publish("users", [Record(b"canary {", None)])
        shown = json.loads(process.stdout.readline())
        self.assertIsNone(shown["event"])
        self.assertIn("JSON", shown["no_event_because"])
        self.assertNotIn("canary", json.dumps(shown))

    def test_a_missing_topic_ends_with_69(self) -> None:
        result = self.notifyctl("tail", "--topic", "nobodys", EMAIL_SCHEMAS=str(SCHEMAS))
        self.assert_ends(result, UNAVAILABLE, "no topic nobodys")


if __name__ == "__main__":
    unittest.main()
