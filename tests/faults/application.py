# SPDX-License-Identifier: Apache-2.0
"""The whole way of a mail under load, for rows that break what lies between: sign-ups by signup and its outbox, and besides
mail events of few keys, whose order can be judged; two email workers send both.

What became of all of it is one account. A sign-up is known by its address, which is new each time.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Optional

from notify_testing.events import mail_events
from notify_testing.kafka import Publication, Record
from notify_testing.ledger import Accepted, accepted_from, some
from notify_testing.network import Network
from notify_testing.processes import Service, free_port, signup_service, start_all
from notify_testing.sign_up_load import SignUpLoad

from fault_row import MAX_IN_FLIGHT, Result, Run
from sign_ups import events_by_recipient, published_again

WORKERS = 2
F = MAX_IN_FLIGHT * WORKERS


class Application:
    def __init__(self, run: Run, network: Optional[Network] = None, sign_ups: float = 60) -> None:
        self.run = run
        users, self.notifications = f"{run.name}.users", f"{run.name}.notifications"
        self.topics = [users, self.notifications, run.topic]
        run.create_topics(users, self.notifications)
        self.http_port = free_port()
        self.signup = signup_service(
            "signup",
            run.folder,
            bootstrap=run.cluster.bootstrap,
            http_port=self.http_port,
            SIGNUP_TOPIC=users,
            NOTIFICATION_TOPIC=self.notifications,
        )
        self.services: list[Service] = [self.signup, *(run.new_worker(self.topics) for _ in range(WORKERS))]
        if network is not None:
            network.reach(*run.broker_ports, run.smtp.port)
            for service in self.services:
                network.move(service, *([self.http_port] if service is self.signup else []))
        run.workers.append(self.signup)  # ended and judged with the others
        self.processes: list[int] = []
        self.load = SignUpLoad(self.http_port, f"{run.name}-signup", rate=sign_ups)
        self.publication: Optional[Publication] = None
        self.records: list[Record] = []

    def __enter__(self) -> "Application":
        return self

    def __exit__(self, *exception: object) -> None:
        self.load.stop()

    def start(self, events: int, rate: float) -> None:
        start_all(self.services)
        self.processes = [service.pid for service in self.services]
        self.load.start()
        self.publication = self.run.publish(mail_events(self.run.name, events, keys=99), rate=rate)

    def published(self) -> list[Record]:
        """The mail events, once Kafka has all."""
        if self.publication is not None:
            self.records, self.publication = self.publication.wait(), None
        return self.records

    def pending(self) -> int:
        return int(self.signup.metric("notify_outbox_pending"))

    def bear(self, answers: int) -> None:
        """An outage, from now until so many sign-ups more were answered: every one goes on to be a 202, the outbox keeps
        what they cause, and no worker sends more than it may have in flight."""
        run, load = self.run, self.load
        answered_before, mails_before, pending_before = len(load.answered), len(run.smtp.mails), self.pending()
        run.wait_for(lambda: len(load.answered) >= answered_before + answers, 90, f"{answers} sign-ups answered")
        pending, mails = self.pending(), len(run.smtp.mails) - mails_before
        grown = pending - pending_before
        run.say(f"{answers} sign-ups later {pending} events wait in the outbox, and {mails} mails were sent")
        run.expect(grown >= answers, f"the outbox grew by {grown} events in {answers} sign-ups")
        run.expect(mails <= F, f"{mails} mails were sent, by workers that cannot commit and may have {F} in flight")

    def conclude(self, most_duplicates: int, bound: str) -> Result:
        """Everything is well again: all that waits must be delivered, by the processes that there were."""
        run = self.run
        answered, records = self.load.stop(), self.published()
        run.wait_settled(len(answered) + len(records), topics=self.topics)
        run.expect(not self.load.refused, f"sign-ups without a 202: {some(self.load.refused)}")
        run.expect(self.pending() == 0, f"{self.pending()} rows are left in the outbox")
        running = [service.pid if service.running else 0 for service in self.services]
        run.expect(running == self.processes, f"processes ended: {self.services}")
        run.stop_workers()
        for service in self.services:
            errors = error_lines(service)
            run.expect(not errors, f"{service.name} logged errors: {some(errors)}")
        run.expect(run.dead_letters() == [], "mails were dead-lettered")

        events = events_by_recipient(run.cluster, self.notifications)
        again = published_again(events)
        run.expect(set(events) == set(answered), "the events in Kafka are not those of the sign-ups answered")
        run.expect(again == 0, f"{again} events were published twice by a service that lived on")
        accepted = [Accepted(address, address, 0, address) for address in answered] + accepted_from(records)
        mails = [
            dataclasses.replace(mail, event_id=mail.recipient) if mail.recipient in events else mail
            for mail in run.smtp.mails
        ]
        return run.conclude_account(run.account(accepted, mails=mails), most_duplicates, bound=bound)


def error_lines(service: Service) -> list[str]:
    return [line for line in service.log().splitlines() if is_error(line)]


def is_error(line: str) -> bool:
    """A fatal error among them. That a connection failed, which librdkafka logs as an error too, is what these rows do."""
    try:
        fields = json.loads(line)
        level, message = fields["level"], fields["message"]
    except (ValueError, KeyError, TypeError):
        return True  # not a line of the service's own log: a sanitizer, an abort
    return level not in ("debug", "info", "warning") and not message.startswith("librdkafka FAIL: ")
