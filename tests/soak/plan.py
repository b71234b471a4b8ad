# SPDX-License-Identifier: Apache-2.0
"""Which faults a soak injects, and when: all of it follows from the seed. A longer run with the same seed begins with the same
faults as a shorter one.

The kinds come in rounds: each round has every kind once, in a random order, so that a few minutes meet them all. Two faults may
overlap, unless they have a target in common; of the brokers one at a time is away, and the next only when its replicas have
caught up. Worker 1 is suspended at times, but never ended, so that there is a process that lives as long as the run.
"""

from __future__ import annotations

import dataclasses
import random
from dataclasses import dataclass
from typing import Callable, Iterator

WORKERS = 3
BROKERS = 3
SESSION_TIMEOUT = 10.0  # seconds, of a group member: Kafka takes its partitions from one that was silent for so long
COORDINATOR = "coordinator"  # the broker that coordinates the workers' group at that time
FIRST_FAULT = 5.0
RECOVERY = {"worker": 5.0, "broker": 12.0, "smtp": 2.0}  # after a fault, before the next one of the same target


@dataclass(frozen=True)
class Fault:
    at: float  # seconds after the start
    kind: str
    targets: tuple[str, ...]  # "worker 2", "broker 1", COORDINATOR, "smtp"
    seconds: float  # until it is made well
    phase: str = ""  # of the SMTP session
    every: int = 1  # n-th occasion
    reply: str = ""

    @property
    def resources(self) -> set[str]:
        """What no other fault may touch meanwhile: the targets, and the brokers all together."""
        brokers = self.kind == "broker kill -9"
        return {"broker"} if brokers else set(self.targets)

    def __str__(self) -> str:
        rule = f", every {self.every} at {self.phase}" if self.phase else ""
        reply = f": {self.reply}" if self.reply else ""
        return f"{self.kind} ({', '.join(self.targets)}) for {self.seconds:.1f} s{rule}{reply}"


Shape = Callable[[random.Random, float], Fault]


def mortal(chance: random.Random) -> str:
    return f"worker {chance.randint(2, WORKERS)}"


def kill(chance: random.Random, at: float) -> Fault:
    return Fault(at, "kill -9", (mortal(chance),), chance.uniform(0.2, 3))


def terminate(chance: random.Random, at: float) -> Fault:
    return Fault(at, "SIGTERM", (mortal(chance),), chance.uniform(0.2, 3))


def scale(chance: random.Random, at: float) -> Fault:
    away = ("worker 3",) if chance.random() < 0.5 else ("worker 2", "worker 3")
    return Fault(at, "scale down", away, chance.uniform(8, 20))


def suspend(chance: random.Random, at: float) -> Fault:
    return Fault(at, "SIGSTOP", (f"worker {chance.randint(1, WORKERS)}",), chance.uniform(0.5, 2))


def suspend_long(chance: random.Random, at: float) -> Fault:
    seconds = SESSION_TIMEOUT + chance.uniform(2, 5)
    return Fault(at, "long SIGSTOP", (f"worker {chance.randint(1, WORKERS)}",), seconds)


def broker(chance: random.Random, at: float) -> Fault:
    return Fault(at, "broker kill -9", (f"broker {chance.randint(1, BROKERS)}",), chance.uniform(2, 8))


def coordinator(chance: random.Random, at: float) -> Fault:
    return Fault(at, "broker kill -9", (COORDINATOR,), chance.uniform(2, 8))


def smtp(kind: str, phases: dict[str, str], every: tuple[int, int], seconds: tuple[float, float]) -> Shape:
    def shape(chance: random.Random, at: float) -> Fault:
        phase = chance.choice(sorted(phases))
        length, nth = chance.uniform(*seconds), chance.randint(*every)
        return Fault(at, kind, ("smtp",), length, phase, nth, phases[phase])

    return shape


def away(chance: random.Random, at: float) -> Fault:
    return Fault(at, "SMTP server away", ("smtp",), chance.uniform(2, 5))


BUSY = "450 4.2.1 try again later"
GONE = "550 5.1.1 no such user"
CLOSING = "421 4.3.2 closing"
KINDS: tuple[Shape, ...] = (
    kill,
    terminate,
    scale,
    suspend,
    suspend_long,
    broker,
    coordinator,
    away,
    smtp("4xx", {"rcpt": BUSY, "data": BUSY, "dot": BUSY, "mail": "451 4.3.0 later"}, (2, 4), (2, 6)),
    smtp("5xx", {"rcpt": GONE, "data": GONE, "dot": "554 5.7.1 refused"}, (3, 9), (2, 6)),
    smtp("421", {name: CLOSING for name in ("connect", "mail", "rcpt", "data", "dot")}, (5, 15), (2, 6)),
    smtp("dropped after the dot", {"dot": ""}, (5, 30), (2, 6)),
    smtp("stall", {"body": "", "dot": ""}, (20, 40), (2, 5)),
)


def faults(seed: int) -> Iterator[Fault]:
    """For ever, in the order of their time."""
    chance = random.Random(seed)
    free: dict[str, float] = {}  # when a target, or the brokers together, may be hit again
    at = FIRST_FAULT
    while True:
        for shape in chance.sample(KINDS, len(KINDS)):
            fault = shape(chance, at)
            resources = fault.resources
            at = max([at, *(free.get(resource, 0.0) for resource in resources)])
            fault = dataclasses.replace(fault, at=round(at, 1))
            for resource in resources:
                free[resource] = at + fault.seconds + RECOVERY[resource.split()[0]]
            yield fault
            at += chance.uniform(0.5, 4)


def plan(seed: int, seconds: float) -> list[Fault]:
    chosen: list[Fault] = []
    for fault in faults(seed):
        if fault.at >= seconds:
            return chosen
        chosen.append(fault)
    raise AssertionError("faults never end")
