#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""notifyctl as its users call it, against the embedded broker. Its programs come in NOTIFYCTL, NOTIFY_DEVBROKER, COMMIT_OFFSET."""

import json
import os
import pty
import re
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

NOTIFYCTL = os.environ["NOTIFYCTL"]
TOPICS = {
    "topics": [
        {"name": "users", "partitions": 2, "replication_factor": 1},
        {"name": "notifications", "partitions": 1, "replication_factor": 1},
    ]
}
broker: subprocess.Popen
bootstrap: str
folder: tempfile.TemporaryDirectory


def setUpModule() -> None:
    global broker, bootstrap, folder
    folder = tempfile.TemporaryDirectory()
    topics, address = Path(folder.name, "topics.json"), Path(folder.name, "bootstrap")
    topics.write_text(json.dumps(TOPICS), encoding="utf-8")
    broker = subprocess.Popen(
        [os.environ["NOTIFY_DEVBROKER"], "--topics", str(topics), "--bootstrap-file", str(address)],
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 30
    while not address.exists() and broker.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    bootstrap = address.read_text(encoding="utf-8").strip()


def tearDownModule() -> None:
    broker.send_signal(signal.SIGTERM)
    broker.wait(timeout=20)
    folder.cleanup()


def run(*arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KAFKA_")}
    environment.update({"KAFKA_BOOTSTRAP_SERVERS": bootstrap, **variables})
    return subprocess.run(
        [NOTIFYCTL, *arguments], input=stdin, env=environment, capture_output=True, text=True, timeout=90
    )


class Notifyctl(unittest.TestCase):
    def assert_ends(self, result: subprocess.CompletedProcess, status: int, words: str = "") -> None:
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        self.assertIn(words, result.stderr)

    def test_topics_list_shows_what_there_is(self) -> None:
        result = run("topics", "list", "--json")
        self.assert_ends(result, 0)
        self.assertEqual(
            json.loads(result.stdout),
            {"topics": sorted(TOPICS["topics"], key=lambda topic: topic["name"])},
        )
        table = run("topics", "list").stdout.splitlines()
        self.assertEqual(table[0].split(), ["TOPIC", "PARTITIONS", "REPLICATION"])
        self.assertEqual(table[1].split(), ["notifications", "1", "1"])

    def test_a_published_mail_is_told_by_id_partition_and_offset(self) -> None:
        mail = ["--template", "notification", "--recipient", "ada@example.org", "--variable", "text=x"]
        first = run("publish", *mail, "--json")
        self.assert_ends(first, 0)
        told = json.loads(first.stdout)
        self.assertRegex(told["id"], r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
        self.assertEqual((told["topic"], told["partition"]), ("notifications", 0))
        second = run("publish", *mail, "--id", "my-id")
        self.assertRegex(second.stdout, rf"^my-id +notifications +partition 0 +offset {told['offset'] + 1}\n$")

    def test_lag_is_end_less_committed(self) -> None:
        keys = ("a", "b", "c", "d", "e", "f")
        placed = [
            json.loads(
                run("publish", "--type", "com.example.user.signed_up.v1", "--subject", key, "--json", stdin="{}").stdout
            )["partition"]
            for key in keys
        ]
        subprocess.run([os.environ["COMMIT_OFFSET"], bootstrap, "email", "users", "0", "1"], check=True)
        result = run("lag", "--json")
        self.assert_ends(result, 0)
        told = json.loads(result.stdout)
        ends = [placed.count(0), placed.count(1)]
        self.assertEqual(
            told["partitions"],
            [
                {"topic": "users", "partition": 0, "committed": 1, "end": ends[0], "lag": ends[0] - 1},
                {"topic": "users", "partition": 1, "committed": None, "end": ends[1], "lag": ends[1]},
            ],
        )
        self.assertEqual((told["group"], told["total"]), ("email", len(keys) - 1))
        table = run("lag", "--group", "email").stdout.splitlines()
        self.assertEqual(table[0].split(), ["TOPIC", "PARTITION", "COMMITTED", "END", "LAG"])
        self.assertEqual(table[-1].split(), ["total", str(len(keys) - 1)])
        self.assert_ends(run("lag", KAFKA_GROUP_ID="misspelt"), 69, "misspelt has committed no offsets")

    def test_only_a_terminal_gets_colours_and_no_color_is_respected(self) -> None:
        for no_color, styled in (("", True), ("1", False)):
            parent, child = pty.openpty()
            environment = {**os.environ, "KAFKA_BOOTSTRAP_SERVERS": bootstrap, "NO_COLOR": no_color}
            subprocess.run([NOTIFYCTL, "topics", "list"], env=environment, stdout=child, check=True, timeout=60)
            os.close(child)
            self.assertEqual(b"\x1b[1m" in os.read(parent, 4096), styled)
            os.close(parent)
        self.assertNotIn("\x1b", run("topics", "list").stdout)

    def test_bad_usage_ends_with_64(self) -> None:
        for arguments, words in (
            ([], "Usage"),
            (["frobnicate"], "no command 'frobnicate'"),
            (["topics"], "needs a second word"),
            (["topics", "drop"], "no command 'topics drop'"),
            (["topics", "apply"], "FILE is missing"),
            (["topics", "list", "surplus"], "surplus"),
            (["lag", "--bogus"], "--bogus"),
            (["publish", "--type", "a.v1", "--data", "{}"], "--topic"),
            (["publish", "--template", "x", "--timeout", "soon"], "--timeout"),
            (["publish", "--template", "x", "--topic", "no/topic"], "topic"),
        ):
            with self.subTest(arguments=arguments):
                self.assert_ends(run(*arguments), 64, words)

    def test_bad_configuration_ends_with_78(self) -> None:
        for command in (["topics", "list"], ["publish", "--template", "x"], ["lag"]):
            with self.subTest(command=command):
                self.assert_ends(run(*command, KAFKA_LINGER_MSS="5"), 78, "KAFKA_LINGER_MSS")
                self.assert_ends(run(*command, KAFKA_ENABLE_IDEMPOTENCE="false"), 78, "KAFKA_ENABLE_IDEMPOTENCE")
        self.assert_ends(run("topics", "apply", "/nonexistent/topics.json"), 78, "/nonexistent/topics.json")

    def test_no_broker_ends_with_69_and_names_the_address(self) -> None:
        nobody = "127.0.0.1:1"
        self.assert_ends(
            run("publish", "--template", "x", "--timeout", "1", "--bootstrap-server", nobody), 69, "not delivered"
        )
        topics = Path(folder.name, "topics.json")
        result = run("topics", "apply", "--wait", "0", "--bootstrap-server", nobody, str(topics))
        self.assert_ends(result, 69, nobody)

    def test_every_command_has_help_and_a_version(self) -> None:
        listing = run("--help").stdout
        names = re.findall(r"^  ([a-z]+(?: [a-z]+)?) ", listing, flags=re.MULTILINE)
        expected = ["topics apply", "topics list", "publish", "lag", "tail", "dlq list", "dlq show", "dlq redrive"]
        changes = [f"suppression {word}" for word in ("list", "add", "remove", "check")]
        self.assertEqual(names, [*expected, "render", "routes check", *changes])
        for name in names:
            result = run(*name.split(), "--help")
            self.assert_ends(result, 0)
            self.assertTrue(result.stdout.startswith(f"Usage: notifyctl {name}"), result.stdout)
            self.assertRegex(run(*name.split(), "--version").stdout, r"^notifyctl \d+\.\d+\.\d+\n$")

    def test_a_full_disk_is_told(self) -> None:
        with open("/dev/full", "w", encoding="utf-8") as full:
            result = subprocess.run([NOTIFYCTL, "--help"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(result.returncode, 70)
        self.assertIn("standard output", result.stderr)


if __name__ == "__main__":
    unittest.main()
