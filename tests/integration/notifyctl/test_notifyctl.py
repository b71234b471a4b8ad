#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""notifyctl as its users call it: topics, publish, lag, and what holds of every command."""

import os
import pty
import re
import subprocess
import unittest

from notifyctl_case import BAD_CONFIGURATION, BAD_USAGE, INTERNAL_ERROR, UNAVAILABLE, NotifyctlCase, declared

from notify_testing.processes import BUILD, NOTIFYCTL

COMMIT_OFFSET = BUILD / "tests/integration/notifyctl/commit_offset"


class Notifyctl(NotifyctlCase):
    topics = [*declared(["users"], partitions=2), *declared(["notifications"])]

    def test_topics_list_shows_what_there_is(self) -> None:
        told = self.told(self.notifyctl("topics", "list", "--json"))
        self.assertEqual(told, {"topics": sorted(self.topics, key=lambda topic: topic["name"])})
        table = self.notifyctl("topics", "list").stdout.splitlines()
        self.assertEqual(table[0].split(), ["TOPIC", "PARTITIONS", "REPLICATION"])
        self.assertEqual(table[1].split(), ["notifications", "1", "1"])

    def test_a_published_mail_is_told_by_id_partition_and_offset(self) -> None:
        mail = ["--template", "notification", "--recipient", "ada@example.org", "--variable", "text=x"]
        told = self.told(self.notifyctl("publish", *mail, "--json"))
        self.assertRegex(told["id"], r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
        self.assertEqual((told["topic"], told["partition"]), ("notifications", 0))
        second = self.notifyctl("publish", *mail, "--id", "my-id")
        self.assertRegex(second.stdout, rf"^my-id +notifications +partition 0 +offset {told['offset'] + 1}\n$")

    def test_lag_is_end_less_committed(self) -> None:
        keys = ("a", "b", "c", "d", "e", "f")
        publish = ["publish", "--type", "com.example.user.signed_up.v1", "--json", "--subject"]
        placed = [self.told(self.notifyctl(*publish, key, stdin="{}"))["partition"] for key in keys]
        subprocess.run([COMMIT_OFFSET, self.kafka.bootstrap, "email", "users", "0", "1"], check=True)
        told = self.told(self.notifyctl("lag", "--json"))
        ends = [placed.count(0), placed.count(1)]
        self.assertEqual(
            told["partitions"],
            [
                {"topic": "users", "partition": 0, "committed": 1, "end": ends[0], "lag": ends[0] - 1},
                {"topic": "users", "partition": 1, "committed": None, "end": ends[1], "lag": ends[1]},
            ],
        )
        self.assertEqual((told["group"], told["total"]), ("email", len(keys) - 1))
        table = self.notifyctl("lag", "--group", "email").stdout.splitlines()
        self.assertEqual(table[0].split(), ["TOPIC", "PARTITION", "COMMITTED", "END", "LAG"])
        self.assertEqual(table[-1].split(), ["total", str(len(keys) - 1)])
        self.assert_ends(
            self.notifyctl("lag", KAFKA_GROUP_ID="misspelt"), UNAVAILABLE, "misspelt has committed no offsets"
        )

    def test_only_a_terminal_gets_colours_and_no_color_is_respected(self) -> None:
        for no_color, styled in (("", True), ("1", False)):
            parent, child = pty.openpty()
            environment = self.environment(NO_COLOR=no_color)
            subprocess.run([NOTIFYCTL, "topics", "list"], env=environment, stdout=child, check=True, timeout=60)
            os.close(child)
            self.assertEqual(b"\x1b[1m" in os.read(parent, 4096), styled)
            os.close(parent)
        self.assertNotIn("\x1b", self.notifyctl("topics", "list").stdout)

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
                self.assert_ends(self.notifyctl(*arguments), BAD_USAGE, words)

    def test_bad_configuration_ends_with_78(self) -> None:
        for command in (["topics", "list"], ["publish", "--template", "x"], ["lag"]):
            with self.subTest(command=command):
                for variable, value in (("KAFKA_LINGER_MSS", "5"), ("KAFKA_ENABLE_IDEMPOTENCE", "false")):
                    self.assert_ends(self.notifyctl(*command, **{variable: value}), BAD_CONFIGURATION, variable)
        missing = "/nonexistent/topics.json"
        self.assert_ends(self.notifyctl("topics", "apply", missing), BAD_CONFIGURATION, missing)

    def test_no_broker_ends_with_69_and_names_the_address(self) -> None:
        nobody = "127.0.0.1:1"
        result = self.notifyctl("publish", "--template", "x", "--timeout", "1", "--bootstrap-server", nobody)
        self.assert_ends(result, UNAVAILABLE, "not delivered")
        file = str(self.folder / "topics.json")
        result = self.notifyctl("topics", "apply", "--wait", "0", "--bootstrap-server", nobody, file)
        self.assert_ends(result, UNAVAILABLE, nobody)

    def test_every_command_has_help_and_a_version(self) -> None:
        listing = self.notifyctl("--help").stdout
        names = re.findall(r"^  ([a-z]+(?: [a-z]+)?) ", listing, flags=re.MULTILINE)
        expected = ["topics apply", "topics list", "publish", "lag", "tail", "dlq list", "dlq show", "dlq redrive"]
        changes = [f"suppression {word}" for word in ("list", "add", "remove", "check")]
        self.assertEqual(names, [*expected, "render", "routes check", *changes])
        for name in names:
            result = self.notifyctl(*name.split(), "--help")
            self.assert_ends(result, 0)
            self.assertTrue(result.stdout.startswith(f"Usage: notifyctl {name}"), result.stdout)
            self.assertRegex(self.notifyctl(*name.split(), "--version").stdout, r"^notifyctl \d+\.\d+\.\d+\n$")

    def test_a_full_disk_is_told(self) -> None:
        with open("/dev/full", "w", encoding="utf-8") as full:
            result = subprocess.run([NOTIFYCTL, "--help"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(result.returncode, INTERNAL_ERROR)
        self.assertIn("standard output", result.stderr)


if __name__ == "__main__":
    unittest.main()
