# SPDX-License-Identifier: Apache-2.0
"""The order service over HTTP alone: no Kafka anywhere, the database read beside it."""

from __future__ import annotations

import pathlib
from typing import Iterator

import pytest

from notify_testing.orders import OrderClient
from notify_testing.processes import order_service
from notify_testing.web import starter

from order_requests import Start


@pytest.fixture
def start(tmp_path: pathlib.Path) -> Iterator[Start]:
    """Starts services of the test's own, with the settings that it asks for."""
    with starter(order_service, OrderClient, tmp_path) as start_order:
        yield start_order


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OrderClient]:
    """One service for the tests that leave it as it was."""
    with starter(order_service, OrderClient, tmp_path_factory.mktemp("order")) as start_order:
        yield start_order("shared")


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    """In place of the common one, which would end the shared service after the first test."""
    yield
