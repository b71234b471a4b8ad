# SPDX-License-Identifier: Apache-2.0
"""What the tests of orders send, and read."""

from __future__ import annotations

from typing import Any, Callable

from notify_testing.orders import OrderClient, an_order
from notify_testing.web import Answer, problem

Start = Callable[..., OrderClient]  # the fixture `start`
MOST = 9007199254740991  # the largest integer that every reader of JSON takes for the same


def an_item(**changes: Any) -> dict[str, Any]:
    return {**an_order()["items"][0], **changes}


def pointers(answer: Answer) -> list[str]:
    """The fields at fault."""
    return [error["pointer"] for error in problem(answer, 422)["errors"]]
