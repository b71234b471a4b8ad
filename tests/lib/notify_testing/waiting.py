# SPDX-License-Identifier: Apache-2.0
"""Bounded waits that say what did not happen."""

from __future__ import annotations

import time
from typing import Callable, Literal, Optional, TypeVar, Union

T = TypeVar("T")


def wait_until(
    condition: Callable[[], Union[T, None, Literal[False]]],
    timeout: float,
    what: str,
    *,
    interval: float = 0.05,
    progress: Optional[Callable[[], object]] = None,
) -> T:
    """What condition gives once it is true. After timeout seconds a TimeoutError says what was waited for, and progress()."""
    deadline = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() >= deadline:
            so_far = f" (so far: {progress()})" if progress is not None else ""
            raise TimeoutError(f"waited {timeout:g} s in vain for {what}{so_far}")
        time.sleep(interval)
