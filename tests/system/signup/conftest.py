# SPDX-License-Identifier: Apache-2.0
"""The sign-up service over HTTP alone: no Kafka anywhere, the database read beside it."""

from __future__ import annotations

import pathlib
from typing import Iterator

import pytest

from notify_testing.processes import signup_service
from notify_testing.sign_up import SignupClient
from notify_testing.web import starter

from signup_requests import Start


@pytest.fixture
def start(tmp_path: pathlib.Path) -> Iterator[Start]:
    """Starts services of the test's own, with the settings that it asks for."""
    with starter(signup_service, SignupClient, tmp_path) as start_signup:
        yield start_signup


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignupClient]:
    """One service for the tests that leave it as it was."""
    with starter(signup_service, SignupClient, tmp_path_factory.mktemp("signup")) as start_signup:
        yield start_signup("shared", SIGNUP_COOLDOWN="0s")


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    """In place of the common one, which would end the shared service after the first test."""
    yield
