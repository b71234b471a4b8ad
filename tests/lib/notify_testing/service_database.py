# SPDX-License-Identifier: Apache-2.0
"""The SQLite file of a service with an outbox, looked into beside the service."""

from __future__ import annotations

import contextlib
import json
import pathlib
import sqlite3
from typing import Any, Iterator

from .processes import Service


class ServiceDatabase:
    def __init__(self, service: Service) -> None:
        self.path = pathlib.Path(str(service.settings["DATABASE_URL"]).partition(":")[2])

    def query(self, text: str, *values: object) -> list[Any]:
        """The rows; of a statement that changes something, none."""
        with contextlib.closing(sqlite3.connect(self.path, timeout=10)) as database:
            rows = database.execute(text, values).fetchall()
            database.commit()
        return rows

    def events(self) -> list[dict[str, Any]]:
        """Those in the outbox, in the order in which they were put there."""
        return [json.loads(row[0]) for row in self.query("SELECT event FROM notify_outbox ORDER BY id")]

    @contextlib.contextmanager
    def writer_held_up(self) -> Iterator[None]:
        """Somebody else has the lock that the service's writer needs; reading goes on."""
        with contextlib.closing(sqlite3.connect(self.path, timeout=10, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            yield
            database.execute("ROLLBACK")
