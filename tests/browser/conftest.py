# SPDX-License-Identifier: Apache-2.0
"""The browser tests' ground: a signup without Kafka, and the whole system on the embedded broker."""

from __future__ import annotations

import pathlib
import sqlite3
import sys
from typing import Iterator

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

from notify_testing.embedded import EmbeddedStack  # noqa: E402
from notify_testing.processes import Service, free_port, signup_service  # noqa: E402


class Signup:
    def __init__(self, service: Service) -> None:
        self.service = service
        self.url = str(service.settings["PUBLIC_URL"])
        self._database = str(service.settings["DATABASE_URL"]).partition(":")[2]

    def query(self, text: str, *values: object) -> list[tuple[object, ...]]:
        database = sqlite3.connect(self._database, timeout=10)
        try:
            rows = database.execute(text, values).fetchall()
            database.commit()
            return rows
        finally:
            database.close()

    def confirmation_link(self) -> str:
        """Of the latest sign-up."""
        column = "json_extract(event, '$.data.variables.confirmation_url')"
        rows = self.query(f"SELECT {column} FROM notify_outbox WHERE {column} IS NOT NULL ORDER BY id DESC LIMIT 1")
        return str(rows[0][0])


@pytest.fixture(scope="session")
def signup(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signup]:
    folder = tmp_path_factory.mktemp("signup")
    with signup_service("signup", folder, bootstrap=f"127.0.0.1:{free_port()}", SIGNUP_COOLDOWN="0s") as service:
        service.wait_ready()
        yield Signup(service)


@pytest.fixture
def system(tmp_path: pathlib.Path) -> Iterator[EmbeddedStack]:
    with EmbeddedStack(tmp_path) as stack:
        yield stack
