# SPDX-License-Identifier: Apache-2.0
"""Faults of the sign-up service."""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import subprocess
import time
from typing import Iterator

from notify_testing.processes import free_port
from notify_testing.sign_up import post_sign_up
from notify_testing.waiting import wait_until

from fault_row import Result, Run, row
from sign_ups import SignUps, published_again

ROUNDS = 3
ADDRESSES = 400
UNREPORTED = 200  # sign-ups; a silent replica is taken for dead after some 10 s, and then no report is missing


@row(16, "signup killed after the DB commit")
def kill_signup(run: Run) -> Result:
    sign_ups = SignUps(run)
    signup = sign_ups.service()
    # The same service, but its brokers are a port that nobody listens on: what it took waits in its outbox.
    apart = sign_ups.service(bootstrap=f"127.0.0.1:{free_port()}")
    run.start_workers(2, topics=sign_ups.topics)
    for turn in range(ROUNDS):
        for kind, service in (("apart", apart), ("kafka", signup)):
            service.start().wait_ready()
            addresses = sign_ups.addresses(f"{turn}-{kind}", ADDRESSES)
            took = sign_ups.sign_up_until_killed(service, addresses, kill_after=ADDRESSES // 2)
            run.expect(ADDRESSES // 2 <= took, f"only {took} sign-ups were answered before the kill")
            run.say(f"killed signup after {took} of {len(addresses)} answers ({kind})")
    sign_ups.settle(signup.start().wait_ready())
    publications = sign_ups.publications()
    run.say(f"{published_again(publications)} of {len(publications)} events were published twice")
    return sign_ups.conclude(publications, 0, "dup 0 after dedupe")


@row(17, "outbox relay killed before the report")
def kill_relay(run: Run) -> Result:
    sign_ups = SignUps(run)
    # A broker reads a connection's next request when it has answered the one before: all is to go in one.
    signup = sign_ups.service(KAFKA_LINGER_MS=500).start().wait_ready()
    sign_ups.expect_all_taken(sign_ups.addresses("before", 50), "before")
    wait_until(lambda: signup.metric("notify_outbox_pending") == 0, 15, "an empty outbox")
    # What the others lead reaches their logs, and is not acknowledged while this one, in sync until now, is silent.
    silent = run.cluster.partitions(run.group, [sign_ups.users])[0].leader
    run.cluster.kill_broker(silent, how=signal.SIGSTOP)
    try:
        sign_ups.expect_all_taken(sign_ups.addresses("unreported", UNREPORTED), "without reports")
        time.sleep(1)  # twice the linger
        pending = signup.metric("notify_outbox_pending")
        run.expect(pending >= 2 * UNREPORTED, f"only {pending:.0f} of {2 * UNREPORTED} events wait for their report")
        signup.kill()
    finally:
        run.cluster.kill_broker(silent, how=signal.SIGCONT)
    run.start_workers(2, topics=sign_ups.topics)
    sign_ups.settle(signup.start().wait_ready())
    publications = sign_ups.publications()
    again = published_again(publications)
    run.expect(again >= UNREPORTED // 10, f"only {again} events were published twice")
    run.say(f"{again} of {len(publications)} events were published twice")
    return sign_ups.conclude(publications, 0, "one mail after dedupe")


@row(26, "disk full under signup")
def fill_disk(run: Run) -> Result:
    sign_ups = SignUps(run)
    run.start_workers(2, topics=sign_ups.topics)
    with small_disk(run.folder / "disk") as disk:
        signup = sign_ups.service(DATABASE_URL=f"sqlite:{disk / 'signup.db'}").start()
        try:
            signup.wait_ready()
            sign_ups.expect_all_taken(sign_ups.addresses("before", ADDRESSES), "before")
            fill(disk / "filler")
            took = sign_ups.sign_up_until_refused(sign_ups.addresses("full", 4000))
            run.say(f"the full disk took {took} sign-ups more")
            answer = post_sign_up(sign_ups.http_port, f"{run.name}-refused@example.org")
            run.expect(answer.status == 503 and "retry-after" in answer.headers, f"on a full disk: {answer}")
            wait_until(lambda: signup.readiness()[0] == 503, 10, "/readyz to say 503", progress=signup.readiness)
            status, checks = signup.readiness()
            run.say(f"/readyz: {checks}")
            (disk / "filler").unlink()
            signup.wait_ready()
            sign_ups.expect_all_taken(sign_ups.addresses("after", ADDRESSES), "with room again")
            sign_ups.settle(signup)
        finally:
            signup.clean_up()
    return sign_ups.conclude([], 0, "503, then all; dup 0")


@contextlib.contextmanager
def small_disk(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    """A file system of its own; that takes root."""
    folder.mkdir()
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m,mode=1777", "tmpfs", str(folder)]
    subprocess.run([*as_root, *mount], check=True, timeout=10)
    try:
        yield folder
    finally:
        subprocess.run([*as_root, "umount", str(folder)], check=True, timeout=10)


def fill(file: pathlib.Path) -> None:
    """Until there is no room for a single page."""
    with open(file, "wb", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            filler.write(b"\0" * 4096)
