# SPDX-License-Identifier: Apache-2.0
"""Faults of the sign-up service."""

from __future__ import annotations

import collections
import dataclasses
import threading
from concurrent.futures import ThreadPoolExecutor

from notify_testing.ledger import Accepted, event_id_of
from notify_testing.processes import Service, free_port, signup_service
from notify_testing.sign_up import sign_up

from fault_row import Result, Run, row

ROUNDS = 3
ADDRESSES = 400


@row(16, "signup killed after the DB commit")
def kill_signup(run: Run) -> Result:
    users, notifications = f"{run.name}.users", f"{run.name}.notifications"
    run.create_topics(users, notifications)
    http_port = free_port()
    topics = {"SIGNUP_TOPIC": users, "NOTIFICATION_TOPIC": notifications}
    signup = signup_service("signup", run.folder, bootstrap=run.cluster.bootstrap, http_port=http_port, **topics)
    # The same service, but its brokers are a port that nobody listens on: what it took waits in its outbox.
    apart = signup_service(
        "signup", run.folder, bootstrap=f"127.0.0.1:{free_port()}", http_port=http_port, **topics
    )
    run.start_workers(2, topics=[users, notifications])
    answered: list[str] = []
    for turn in range(ROUNDS):
        for kind, service in (("apart", apart), ("kafka", signup)):
            service.start().wait_ready()
            addresses = [f"{run.name}-{turn}-{kind}-{number}@example.org" for number in range(ADDRESSES)]
            took = sign_up_until_killed(service, http_port, addresses, kill_after=ADDRESSES // 2)
            run.expect(ADDRESSES // 2 <= len(took), f"only {len(took)} sign-ups were answered before the kill")
            run.say(f"killed signup after {len(took)} of {len(addresses)} answers ({kind})")
            answered += took
    signup.start().wait_ready()
    run.wait_settled(len(answered), topics=[users, notifications])
    run.expect(signup.metric("notify_outbox_pending") == 0, "rows are left in the outbox")
    run.workers.append(signup)  # ended and judged with the others
    run.stop_workers()

    # An answer that the kill cut off may have been a commit all the same: what is in Kafka counts as accepted too.
    events: dict[str, list[str]] = collections.defaultdict(list)
    for record in run.cluster.read(notifications):
        events[record.json()["data"]["recipient"]].append(event_id_of(record))
    changed = [recipient for recipient, ids in events.items() if len(set(ids)) > 1]
    run.expect(not changed, f"one sign-up made several events: {changed[:5]}")
    published_again = sum(len(ids) - 1 for ids in events.values())
    recipients = sorted(set(answered) | set(events))
    accepted = [Accepted(recipient, recipient, 0, recipient) for recipient in recipients]
    mails = [dataclasses.replace(mail, event_id=mail.recipient) for mail in run.smtp.mails]
    run.expect(run.dead_letters() == [], "mails were dead-lettered")
    account = run.account(accepted, mails=mails)
    return run.conclude_account(account, published_again, bound=f"dup ≤ published twice = {published_again}")


def sign_up_until_killed(service: Service, port: int, addresses: list[str], kill_after: int) -> list[str]:
    """Many at once; the service is killed the moment that the given number of 202s has come. Those that got one."""
    answered: list[str] = []
    enough = threading.Event()

    def one(address: str) -> None:
        if enough.is_set():
            return
        try:
            status = sign_up(port, address)
        except OSError:
            return  # the kill cut the connection off
        if status == 202:
            answered.append(address)
        if len(answered) >= kill_after:
            enough.set()

    with ThreadPoolExecutor(8) as pool:
        for address in addresses:
            pool.submit(one, address)
        if not enough.wait(30):
            raise TimeoutError(
                f"{len(answered)} of {kill_after} sign-ups were answered in 30 s:\n{service.log_tail()}"
            )
        service.kill()
    return answered
