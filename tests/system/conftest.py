# SPDX-License-Identifier: Apache-2.0
"""The system tests' ground: the shared package, one real Kafka cluster for the whole session, a folder a test."""

from __future__ import annotations

import pathlib
import sys
from typing import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

from notify_testing.kafka import KafkaCluster, session_cluster  # noqa: E402
from notify_testing.processes import end_all  # noqa: E402
from notify_testing.scripted_smtp import ScriptedSmtpServer  # noqa: E402


@pytest.fixture(scope="session")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    with session_cluster(tmp_path_factory.mktemp("kafka"), brokers=3) as started:
        yield started


@pytest.fixture
def cluster(brokers: KafkaCluster) -> Iterator[KafkaCluster]:
    """Three real brokers, all of them up before and after each test."""
    brokers.heal()
    yield brokers
    brokers.heal()


@pytest.fixture
def smtp() -> Iterator[ScriptedSmtpServer]:
    with ScriptedSmtpServer() as server:
        yield server


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    yield
    end_all()
