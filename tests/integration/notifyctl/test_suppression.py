#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""notifyctl suppression as its users call it, against the embedded broker. Its programs come in NOTIFYCTL, NOTIFY_DEVBROKER."""

import datetime
import json
import os
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

NOTIFYCTL = os.environ["NOTIFYCTL"]
TOPICS = {
    "topics": [
        {"name": "email.suppression", "partitions": 1, "replication_factor": 1},
        {"name": "other.suppression", "partitions": 1, "replication_factor": 1},
        {"name": "wide.suppression", "partitions": 2, "replication_factor": 1},
    ]
}
ON_LIST, NOT_ON_LIST, BAD_USAGE, UNAVAILABLE, BAD_CONFIGURATION = 0, 1, 64, 69, 78
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


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KAFKA_")}
    environment.update({"KAFKA_BOOTSTRAP_SERVERS": bootstrap, **variables})
    return subprocess.run(
        [NOTIFYCTL, "suppression", *arguments], env=environment, capture_output=True, text=True, timeout=90
    )


class Suppression(unittest.TestCase):
    def assert_ends(self, result: subprocess.CompletedProcess, status: int, words: str = "") -> None:
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        self.assertIn(words, result.stderr)

    def listed(self, *more: str) -> list[str]:
        result = run("list", "--json", *more)
        self.assert_ends(result, 0)
        return [entry["address"] for entry in json.loads(result.stdout)["suppressions"]]

    def test_an_address_is_on_the_list_from_add_to_remove(self) -> None:
        self.assert_ends(run("check", "ada@example.org"), NOT_ON_LIST)
        added = run("add", "ada@example.org", "--reason", "asked by telephone")
        self.assert_ends(added, 0)
        self.assertRegex(added.stdout, r"^ada@example\.org is suppressed until [0-9T:.-]+Z\n$")
        check = run("check", "ada@example.org")
        self.assert_ends(check, ON_LIST)
        self.assertIn("asked by telephone", check.stdout)
        self.assertEqual(self.listed(), ["ada@example.org"])
        self.assert_ends(run("remove", "ada@example.org"), 0)
        check = run("check", "ada@example.org")
        self.assert_ends(check, NOT_ON_LIST)
        self.assertEqual((check.stdout, check.stderr), ("ada@example.org is not suppressed\n", ""))
        self.assertEqual(self.listed(), [])

    def test_the_domain_is_the_same_in_any_case_and_the_local_part_is_not(self) -> None:
        self.assert_ends(run("add", "Grace@EXAMPLE.Org", "--group", "other"), 0)
        self.assert_ends(run("check", "Grace@example.org", "--group", "other"), ON_LIST)
        self.assert_ends(run("check", "grace@example.org", "--group", "other"), NOT_ON_LIST)
        self.assert_ends(run("check", "Grace@example.org"), NOT_ON_LIST)
        self.assert_ends(run("check", "Grace@example.org", KAFKA_GROUP_ID="other"), ON_LIST)
        self.assert_ends(run("remove", "Grace@eXample.org", "--group", "other"), 0)
        self.assertEqual(self.listed("--group", "other"), [])

    def test_json_tells_since_when_until_when_and_why(self) -> None:
        added = run("add", "json@example.org", "--json")
        told = json.loads(added.stdout)
        since, until = (datetime.datetime.fromisoformat(told[name].replace("Z", "+00:00")) for name in ("time", "until"))
        self.assertEqual(until - since, datetime.timedelta(days=30))
        self.assertLess(abs(datetime.datetime.now(datetime.timezone.utc) - since), datetime.timedelta(minutes=2))
        self.assertEqual((told["address"], told["reason"]), ("json@example.org", "by hand"))
        check = run("check", "json@example.org", "--json")
        self.assertEqual(json.loads(check.stdout), {**told, "suppressed": True})
        removed = run("remove", "json@example.org", "--json")
        gone = {"address": "json@example.org", "suppressed": False}
        self.assertEqual(json.loads(removed.stdout), gone)
        check = run("check", "json@example.org", "--json")
        self.assert_ends(check, NOT_ON_LIST)
        self.assertEqual(json.loads(check.stdout), gone)

    def test_the_table_is_sorted_and_has_no_control_characters(self) -> None:
        for address in ("zoe@example.org", "bob@example.org"):
            self.assert_ends(run("add", address, "--reason", "red \x1b[31m"), 0)
        lines = run("list").stdout.splitlines()
        self.assertEqual(lines[0].split(), ["ADDRESS", "SINCE", "UNTIL", "REASON"])
        self.assertEqual([line.split()[0] for line in lines[1:]], ["bob@example.org", "zoe@example.org"])
        self.assertTrue(all("\x1b" not in line for line in lines))
        for address in ("zoe@example.org", "bob@example.org"):
            self.assert_ends(run("remove", address), 0)

    def test_what_is_no_address_or_no_reason_ends_with_64(self) -> None:
        for arguments, words in (
            (["add"], "ADDRESS is missing"),
            (["add", "nobody"], "the address"),
            (["check", "a@b@example.org\r\n"], "the address"),
            (["remove", ""], "the address"),
            (["add", "ada@example.org", "--reason", "x" * 257], "--reason"),
            (["list", "surplus"], "surplus"),
        ):
            with self.subTest(arguments=arguments):
                self.assert_ends(run(*arguments), BAD_USAGE, words)

    def test_a_missing_or_strange_topic_and_no_broker_are_told(self) -> None:
        for command in (["list"], ["add", "a@example.org"], ["remove", "a@example.org"], ["check", "a@example.org"]):
            with self.subTest(command=command):
                missing = run(*command, "--group", "nobody")
                self.assert_ends(missing, UNAVAILABLE, "there is no topic nobody.suppression")
                self.assert_ends(run(*command, "--group", "wide"), BAD_CONFIGURATION, "has 2 partitions")
        self.assert_ends(run("list", "--bootstrap-server", "127.0.0.1:1"), UNAVAILABLE, "127.0.0.1:1")
        self.assert_ends(run("list", KAFKA_NO_SUCH="5"), BAD_CONFIGURATION, "KAFKA_NO_SUCH")


if __name__ == "__main__":
    unittest.main()
