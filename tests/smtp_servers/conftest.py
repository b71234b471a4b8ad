# SPDX-License-Identifier: Apache-2.0
"""The ground of the tests against real SMTP servers: a Kafka broker, and a line of figures for each server at the end."""

from __future__ import annotations

import pathlib
import sys
from typing import Any, Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

from notify_testing.kafka import KafkaCluster, session_cluster  # noqa: E402
from notify_testing.processes import end_all  # noqa: E402

pytest.register_assert_rewrite("expectations", "installed_server_tests")
FIGURES: list[str] = []


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    with session_cluster(tmp_path_factory.mktemp("kafka"), brokers=1) as started:
        yield started


@pytest.fixture(scope="session")
def figures() -> list[str]:
    """What a test has measured, to be shown whether it passes or not."""
    return FIGURES


@pytest.fixture(autouse=True, scope="module")
def no_process_is_left() -> Iterator[None]:
    yield
    end_all()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for line in FIGURES:
        terminalreporter.write_line(line)
