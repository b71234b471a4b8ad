# SPDX-License-Identifier: Apache-2.0
"""The browser tests' ground: a signup without Kafka, and the whole system on the embedded broker."""

from __future__ import annotations

import pathlib
import sys
from typing import Iterator

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

from notify_testing.embedded import EmbeddedStack  # noqa: E402
from notify_testing.processes import signup_service  # noqa: E402
from notify_testing.sign_up import SignupClient  # noqa: E402
from notify_testing.web import starter  # noqa: E402


@pytest.fixture(scope="session")
def signup(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignupClient]:
    with starter(signup_service, SignupClient, tmp_path_factory.mktemp("signup")) as start:
        yield start(SIGNUP_COOLDOWN="0s")


@pytest.fixture
def system(tmp_path: pathlib.Path) -> Iterator[EmbeddedStack]:
    with EmbeddedStack(tmp_path) as stack:
        yield stack
