# SPDX-License-Identifier: Apache-2.0
"""The system tests' ground: the shared package, one real Kafka cluster for the whole session, a folder a test."""

from __future__ import annotations

import os
import pathlib
import sys
from typing import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

from notify_testing.kafka import KafkaCluster  # noqa: E402
from notify_testing.processes import end_all  # noqa: E402
from notify_testing.scripted_smtp import ScriptedSmtpServer  # noqa: E402


@pytest.fixture(scope="session")
def session_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    running = os.environ.get("NOTIFY_TEST_CLUSTER")  # a folder of scripts/kafka, to use and to leave running
    if running:
        yield KafkaCluster(pathlib.Path(running))
        return
    with KafkaCluster(tmp_path_factory.mktemp("kafka"), brokers=3, seconds=1800) as cluster:
        yield cluster


@pytest.fixture
def cluster(session_cluster: KafkaCluster) -> Iterator[KafkaCluster]:
    """Three real brokers, all of them up before and after each test."""
    session_cluster.heal()
    yield session_cluster
    session_cluster.heal()


@pytest.fixture
def smtp() -> Iterator[ScriptedSmtpServer]:
    with ScriptedSmtpServer() as server:
        yield server


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    yield
    end_all()
