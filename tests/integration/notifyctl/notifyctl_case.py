# SPDX-License-Identifier: Apache-2.0
"""What the tests of notifyctl share: each class of them has an embedded broker with topics of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any, ClassVar, Iterable

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "lib"))

from notify_testing.embedded import EmbeddedBroker  # noqa: E402
from notify_testing.processes import NOTIFYCTL, clean_environment  # noqa: E402

BAD_USAGE, UNAVAILABLE, INTERNAL_ERROR, BAD_CONFIGURATION = 64, 69, 70, 78  # README.md


def declared(names: Iterable[str], partitions: int = 1) -> list[dict[str, Any]]:
    return [{"name": name, "partitions": partitions, "replication_factor": 1} for name in names]


class NotifyctlCase(unittest.TestCase):
    maxDiff = None
    topics: ClassVar[list[dict[str, Any]]]
    folder: ClassVar[Path]
    kafka: ClassVar[EmbeddedBroker]

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        file = cls.folder / "topics.json"
        file.write_text(json.dumps({"topics": cls.topics}), encoding="utf-8")
        cls.kafka = cls.enterClassContext(EmbeddedBroker(cls.folder, file))

    def environment(self, **variables: str) -> dict[str, str]:
        return clean_environment({"KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap, **variables})

    def notifyctl(self, *arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [NOTIFYCTL, *arguments],
            input=stdin,
            env=self.environment(**variables),
            capture_output=True,
            text=True,
            timeout=90,
        )

    def start_notifyctl(self, *arguments: str, variables: dict[str, str] = {}, **streams: Any) -> subprocess.Popen[str]:
        return subprocess.Popen([NOTIFYCTL, *arguments], env=self.environment(**variables), text=True, **streams)

    def assert_ends(self, result: subprocess.CompletedProcess[str], status: int, words: str = "") -> None:
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        self.assertIn(words, result.stderr)

    def told(self, result: subprocess.CompletedProcess[str]) -> dict[str, Any]:
        """What --json printed."""
        self.assert_ends(result, 0)
        document = json.loads(result.stdout)
        assert isinstance(document, dict)
        return document
