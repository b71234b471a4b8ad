# SPDX-License-Identifier: Apache-2.0
"""The topics that an email group has of its own, by the names that docs/delivery.md gives them."""

from __future__ import annotations

from typing import Sequence

DELAYS = ("1s", "3s")  # of the tests' groups: as few and as short as retries can be and still differ
DEFAULT_DELAYS = ("10s", "1m", "10m", "1h", "6h")  # the service's own, whose topics deploy/topics.json declares


def retry_topics(group: str, delays: Sequence[str] = DELAYS) -> list[str]:
    return [f"{group}.retry.{delay}" for delay in delays]


def dead_letter_topic(group: str) -> str:
    return f"{group}.dlq"


def suppression_topic(group: str) -> str:
    return f"{group}.suppression"
