#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""notifyctl suppression as its users call it."""

import datetime
import json
import subprocess
import unittest

from notifyctl_case import BAD_CONFIGURATION, BAD_USAGE, UNAVAILABLE, NotifyctlCase, declared

ON_LIST, NOT_ON_LIST = 0, 1


class Suppression(NotifyctlCase):
    topics = [*declared(["email.suppression", "other.suppression"]), *declared(["wide.suppression"], partitions=2)]

    def suppression(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.notifyctl("suppression", *words, **variables)

    def listed(self, *more: str) -> list[str]:
        return [entry["address"] for entry in self.told(self.suppression("list", "--json", *more))["suppressions"]]

    def test_an_address_is_on_the_list_from_add_to_remove(self) -> None:
        self.assert_ends(self.suppression("check", "ada@example.org"), NOT_ON_LIST)
        added = self.suppression("add", "ada@example.org", "--reason", "asked by telephone")
        self.assert_ends(added, 0)
        self.assertRegex(added.stdout, r"^ada@example\.org is suppressed until [0-9T:.-]+Z\n$")
        check = self.suppression("check", "ada@example.org")
        self.assert_ends(check, ON_LIST)
        self.assertIn("asked by telephone", check.stdout)
        self.assertEqual(self.listed(), ["ada@example.org"])
        self.assert_ends(self.suppression("remove", "ada@example.org"), 0)
        check = self.suppression("check", "ada@example.org")
        self.assert_ends(check, NOT_ON_LIST)
        self.assertEqual((check.stdout, check.stderr), ("ada@example.org is not suppressed\n", ""))
        self.assertEqual(self.listed(), [])

    def test_the_domain_is_the_same_in_any_case_and_the_local_part_is_not(self) -> None:
        self.assert_ends(self.suppression("add", "Grace@EXAMPLE.Org", "--group", "other"), 0)
        self.assert_ends(self.suppression("check", "Grace@example.org", "--group", "other"), ON_LIST)
        self.assert_ends(self.suppression("check", "grace@example.org", "--group", "other"), NOT_ON_LIST)
        self.assert_ends(self.suppression("check", "Grace@example.org"), NOT_ON_LIST)
        self.assert_ends(self.suppression("check", "Grace@example.org", KAFKA_GROUP_ID="other"), ON_LIST)
        self.assert_ends(self.suppression("remove", "Grace@eXample.org", "--group", "other"), 0)
        self.assertEqual(self.listed("--group", "other"), [])

    def test_json_tells_since_when_until_when_and_why(self) -> None:
        added = self.suppression("add", "json@example.org", "--json")
        told = json.loads(added.stdout)
        since, until = (
            datetime.datetime.fromisoformat(told[name].replace("Z", "+00:00")) for name in ("time", "until")
        )
        self.assertEqual(until - since, datetime.timedelta(days=30))
        self.assertLess(abs(datetime.datetime.now(datetime.timezone.utc) - since), datetime.timedelta(minutes=2))
        self.assertEqual((told["address"], told["reason"]), ("json@example.org", "by hand"))
        check = self.suppression("check", "json@example.org", "--json")
        self.assertEqual(json.loads(check.stdout), {**told, "suppressed": True})
        removed = self.suppression("remove", "json@example.org", "--json")
        gone = {"address": "json@example.org", "suppressed": False}
        self.assertEqual(json.loads(removed.stdout), gone)
        check = self.suppression("check", "json@example.org", "--json")
        self.assert_ends(check, NOT_ON_LIST)
        self.assertEqual(json.loads(check.stdout), gone)

    def test_the_table_is_sorted_and_has_no_control_characters(self) -> None:
        for address in ("zoe@example.org", "bob@example.org"):
            self.assert_ends(self.suppression("add", address, "--reason", "red \x1b[31m"), 0)
        lines = self.suppression("list").stdout.splitlines()
        self.assertEqual(lines[0].split(), ["ADDRESS", "SINCE", "UNTIL", "REASON"])
        self.assertEqual([line.split()[0] for line in lines[1:]], ["bob@example.org", "zoe@example.org"])
        self.assertTrue(all("\x1b" not in line for line in lines))
        for address in ("zoe@example.org", "bob@example.org"):
            self.assert_ends(self.suppression("remove", address), 0)

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
                self.assert_ends(self.suppression(*arguments), BAD_USAGE, words)

    def test_a_missing_or_strange_topic_and_no_broker_are_told(self) -> None:
        for command in (["list"], ["add", "a@example.org"], ["remove", "a@example.org"], ["check", "a@example.org"]):
            with self.subTest(command=command):
                missing = self.suppression(*command, "--group", "nobody")
                self.assert_ends(missing, UNAVAILABLE, "there is no topic nobody.suppression")
                self.assert_ends(self.suppression(*command, "--group", "wide"), BAD_CONFIGURATION, "has 2 partitions")
        self.assert_ends(self.suppression("list", "--bootstrap-server", "127.0.0.1:1"), UNAVAILABLE, "127.0.0.1:1")
        self.assert_ends(self.suppression("list", KAFKA_NO_SUCH="5"), BAD_CONFIGURATION, "KAFKA_NO_SUCH")


if __name__ == "__main__":
    unittest.main()
