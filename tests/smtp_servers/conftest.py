# SPDX-License-Identifier: Apache-2.0
"""The ground of the tests against real SMTP servers: a Kafka broker, and a line of figures for each server at the end."""

from __future__ import annotations

import os
import pathlib
import sys
from typing import Any, Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

from notify_testing.kafka import KafkaCluster  # noqa: E402
from notify_testing.processes import end_all  # noqa: E402

FIGURES: list[str] = []


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    running = os.environ.get("NOTIFY_TEST_CLUSTER")  # a folder of scripts/kafka, to use and to leave running
    if running:
        yield KafkaCluster(pathlib.Path(running))
        return
    with KafkaCluster(tmp_path_factory.mktemp("kafka"), brokers=1, seconds=1800) as started:
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
