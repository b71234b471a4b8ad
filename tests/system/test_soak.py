# SPDX-License-Identifier: Apache-2.0
"""What a soak injects and how it judges, without injecting anything."""

from __future__ import annotations

import itertools
import os
import pathlib
import sys

import pytest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "soak"))

from judgement import judge, take_out_suppressed  # noqa: E402
from memory import Life, Memory  # noqa: E402
from notify_testing.ledger import Accepted, Account  # noqa: E402
from plan import COORDINATOR, RECOVERY, Fault, faults, plan  # noqa: E402

SEEDS = range(20)


def some_faults(seed: int) -> list[Fault]:
    return list(itertools.islice(faults(seed), 200))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_gives_the_same_faults_again_and_a_longer_run_begins_with_those_of_a_shorter(seed: int) -> None:
    short = plan(seed, 180)
    assert short and short == plan(seed, 180) == plan(seed, 1800)[: len(short)]
    assert short != plan(seed + 1, 180)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_target_is_hit_again_before_it_is_well_and_one_broker_is_away_at_a_time(seed: int) -> None:
    well: dict[str, float] = {}
    for fault in some_faults(seed):
        for resource in fault.resources:
            assert fault.at >= well.get(resource, 0) - 0.1, fault
            well[resource] = fault.at + fault.seconds + RECOVERY[resource.split()[0]]


@pytest.mark.parametrize("seed", SEEDS)
def test_worker_1_is_never_ended_so_one_process_lives_as_long_as_the_run(seed: int) -> None:
    ended = [fault for fault in some_faults(seed) if "worker 1" in fault.targets and "SIGSTOP" not in fault.kind]
    assert ended == []


@pytest.mark.parametrize("seed", SEEDS)
def test_three_minutes_meet_every_kind_of_fault_and_kill_the_coordinator(seed: int) -> None:
    three_minutes = plan(seed, 180)
    assert len({fault.kind for fault in three_minutes}) == 12
    assert any(fault.targets == (COORDINATOR,) for fault in three_minutes)


def test_the_brokers_are_one_resource_by_whatever_name() -> None:
    kills = [fault for seed in SEEDS for fault in some_faults(seed) if "broker" in fault.kind]
    found = {fault.targets[0]: fault.resources for fault in kills}
    assert found == {name: {"broker"} for name in ("broker 1", "broker 2", "broker 3", COORDINATOR)}


@pytest.mark.parametrize(
    ("samples", "flat"),
    [
        ([20_000] * 90, True),
        ([5_000, 12_000] + [20_000] * 88, True),  # the start
        ([20_000] * 45 + [60_000] + [20_000] * 44, True),  # a peak that went away
        ([20_000 + 100 * second for second in range(90)], False),
        ([20_000] * 60 + [30_000] * 30, False),
    ],
)
def test_memory_that_grows_from_the_first_third_of_a_life_to_the_last_is_not_flat(
    samples: list[int], flat: bool
) -> None:
    assert Life("email-1", 1, samples).is_flat is flat


def test_memory_of_a_process_is_read_from_the_kernel() -> None:
    memory = Memory()
    memory.sample("this test", os.getpid())
    (life,) = memory.lives.values()
    assert 5_000 < life.samples[0] < 2_000_000
    assert memory.judged == []  # one second is no life


def well() -> tuple[Account, Memory]:
    account = Account(accepted=4, delivered=3, dead_lettered=1)
    return account, Memory({1: Life("email-1", 1, [20_000] * 90)})


def failing(
    account: Account, memory: Memory, dead: list[str], vanished: tuple[str, ...] = (), trouble: tuple[str, ...] = ()
) -> list[str]:
    return [check.name for check in judge(account, dead, 2, memory, vanished, trouble) if not check.holds]


def test_a_clean_account_passes_every_check() -> None:
    assert failing(*well(), ["d"]) == []


def test_a_mail_lost_overtaken_never_accepted_or_a_worker_that_ended_fails_its_check() -> None:
    account, memory = well()
    account.lost, account.out_of_order, account.strange = ["a"], [("a", "b")], ["x"]
    assert failing(account, memory, ["d"], ("e",), ("email-2 ended by itself",)) == [
        "Kafka has what it acknowledged",
        "lost 0",
        "out of order 0",
        "nothing that was never accepted",
        "no other trouble",
    ]


def test_each_settlement_after_an_events_first_counts_as_a_duplicate() -> None:
    account, memory = well()
    account.duplicates, account.both = {"a": 1}, ["d"]
    assert failing(account, memory, ["d"]) == []
    assert failing(account, memory, ["d", "d"]) == ["dup ≤ 2"]


def test_only_what_was_refused_and_whose_address_is_listed_is_no_loss() -> None:
    account = Account(lost=["a", "b", "c", "d"])
    accepted = [Accepted(name, "key", position, f"{name}@example.org") for position, name in enumerate("abcd")]
    refused, listed = {"a@example.org", "b@example.org"}, {"a@example.org", "c@example.org"}
    assert take_out_suppressed(account, accepted, refused, listed) == 1
    assert account.lost == ["b", "c", "d"]


def test_memory_that_nobody_measured_is_not_called_flat() -> None:
    account, _ = well()
    assert failing(account, Memory(), ["d"]) == ["memory flat"]
