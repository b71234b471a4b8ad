# SPDX-License-Identifier: Apache-2.0
"""Whether workers' memory stays flat.

Rule: of each worker process that lived for a minute or more, the resident memory is read once a second. The greatest value in
the last third of its life may exceed the greatest one in the first third by a tenth and 2 MiB, not more. The first third has
the start and the first bursts in it, so buffers that grow to their bounds have grown; what still grows after that, leaks.
The allowance is for malloc's arenas, of which librdkafka's many threads touch one after the other: in a run of three minutes
what they hold grew from 5.2 to 6.4 MiB, of which 1.6 and then 2.1 were in use.
"""

from __future__ import annotations

import pathlib
import re
from dataclasses import dataclass, field

SHORTEST_LIFE = 60  # samples, one a second
TOLERANCE = 1.1
SLACK = 2048  # KiB
RESIDENT = re.compile(r"^VmRSS:\s+(\d+) kB$", re.MULTILINE)


@dataclass
class Life:
    """One process of a worker."""

    name: str
    pid: int
    samples: list[int] = field(default_factory=list)  # KiB

    @property
    def is_judged(self) -> bool:
        return len(self.samples) >= SHORTEST_LIFE

    @property
    def thirds(self) -> tuple[int, int]:
        third = max(1, len(self.samples) // 3)
        return max(self.samples[:third]), max(self.samples[-third:])

    @property
    def is_flat(self) -> bool:
        first, last = self.thirds
        return last <= first * TOLERANCE + SLACK

    def __str__(self) -> str:
        first, last = (value / 1024 for value in self.thirds)
        return f"{self.name}, process {self.pid}, {len(self.samples)} s: {first:.1f} MiB, then {last:.1f} MiB"


@dataclass
class Memory:
    lives: dict[int, Life] = field(default_factory=dict)  # by process

    def sample(self, name: str, pid: int) -> None:
        try:
            with open(f"/proc/{pid}/status") as file:
                match = RESIDENT.search(file.read())
        except OSError:
            return  # it has just ended
        if match is not None:
            self.lives.setdefault(pid, Life(name, pid)).samples.append(int(match[1]))

    def write(self, file: pathlib.Path) -> None:
        """Every value, for whoever looks for a leak: a line for each process."""
        lines = (f"{life.name} {life.pid} {' '.join(map(str, life.samples))}\n" for life in self.lives.values())
        file.write_text("".join(lines))

    @property
    def judged(self) -> list[Life]:
        return [life for life in self.lives.values() if life.is_judged]
