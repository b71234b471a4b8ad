# SPDX-License-Identifier: Apache-2.0
"""People who sign up at a steady rate, whatever happens behind the service."""

from __future__ import annotations

import itertools
import threading
import time

from .sign_up import sign_up

THREADS = 4


class SignUpLoad:
    def __init__(self, port: int, prefix: str, rate: float) -> None:
        self.port, self.prefix, self.rate = port, prefix, rate
        self.answered: list[str] = []  # addresses whose sign-up got a 202
        self.refused: list[str] = []  # what else was answered, or was not
        self._numbers = itertools.count()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(n,), daemon=True) for n in range(THREADS)]

    def start(self) -> "SignUpLoad":
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> list[str]:
        """The addresses that were answered; every request has ended by then."""
        self._over.set()
        for thread in self._threads:
            thread.join(60)
        return self.answered

    def _run(self, number: int) -> None:
        turn, step = time.monotonic() + number / self.rate, THREADS / self.rate
        while not self._over.wait(max(0.0, turn - time.monotonic())):
            turn = max(turn + step, time.monotonic() - 1)  # a machine that stood still does not catch up for ever
            address = f"{self.prefix}-{next(self._numbers):06d}@example.org"
            try:
                status = sign_up(self.port, address)
            except OSError as error:
                self.refused.append(f"{address}: {error}")
                continue
            if status == 202:
                self.answered.append(address)
            else:
                self.refused.append(f"{address}: {status}")
