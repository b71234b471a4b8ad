# SPDX-License-Identifier: Apache-2.0
"""The sign-up service over HTTP alone: no Kafka anywhere, the database read beside it."""

from __future__ import annotations

import contextlib
import pathlib
from typing import Iterator

import pytest

from notify_testing.processes import nobody, signup_service
from notify_testing.sign_up import SignupClient

from signup_requests import Start


@pytest.fixture
def start(tmp_path: pathlib.Path) -> Iterator[Start]:
    """A service of the test's own, with the settings that it asks for."""
    with contextlib.ExitStack() as services:

        def start_signup(name: str = "signup", **settings: object) -> SignupClient:
            service = signup_service(name, tmp_path, bootstrap=nobody(), **settings)
            services.enter_context(service)
            service.wait_ready()
            return SignupClient(service)

        yield start_signup


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignupClient]:
    """One service for the tests that leave it as it was."""
    folder = tmp_path_factory.mktemp("signup")
    with signup_service("shared", folder, bootstrap=nobody(), SIGNUP_COOLDOWN="0s") as service:
        service.wait_ready()
        yield SignupClient(service)


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    """In place of the common one, which would end the shared service after the first test."""
    yield
