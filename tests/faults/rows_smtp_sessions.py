# SPDX-License-Identifier: Apache-2.0
"""SMTP sessions that get stuck, or that must not be made."""

from __future__ import annotations

import pathlib

from notify_testing.certificates import make_certificate
from notify_testing.events import mail_events
from notify_testing.large_mails import large_mail_event, templates_with_a_large_one
from notify_testing.ledger import event_id_of, some
from notify_testing.processes import Service
from notify_testing.scenario import Rule, Scenario
from notify_testing.waiting import wait_until

from fault_row import Result, Run, row

STALLED = 8
HARMLESS = {"ehlo", "starttls", "quit"}


@row(24, "SMTP server stalls in mid-DATA")
def stall_in_the_body(run: Run) -> Result:
    run.create_topics()
    run.smtp.refuse_connections()
    stall = Rule("body", recipient=r"^stalled\.", once_each=True, stall=True, delay=60)
    run.smtp.scenario = Scenario([stall], receive_buffer=4096)
    run.smtp.accept_connections()  # with such buffers
    # An ambiguous mail would be dead-lettered: so what is tried again was a TEMPFAIL.
    run.worker_settings.update(
        SMTP_TIMEOUT_BLOCK="3s", EMAIL_AMBIGUOUS="fail", EMAIL_TEMPLATES=templates_with_a_large_one(run.folder)
    )
    run.start_workers(2)
    # A key each: the server does not see when a stalled attempt is over, so it cannot tell what comes after.
    names = [f"{run.name}-large-{number}" for number in range(STALLED)]
    large = [large_mail_event(name, name, f"stalled.{name}@example.org") for name in names]
    stalled = run.publish(large).wait()
    ordinary = run.publish(mail_events(run.name, 1500, keys=97)).wait()
    records = stalled + ordinary
    run.wait_settled(len(records), timeout=60)
    run.expect(stall.applied == STALLED, f"{stall.applied} bodies were stalled, not {STALLED}")
    run.expect(run.dead_letters() == [], "mails were dead-lettered")
    told = run.attempts_told()
    # On a machine that is busy enough a second attempt may take too long as well.
    wrong = [event_id_of(record) for record in stalled if told.get(event_id_of(record), 0) < 2]
    run.expect(not wrong, f"stalled, and not sent by a later attempt: {some(wrong)}")
    wrong = [event_id_of(record) for record in ordinary if told.get(event_id_of(record)) != 1]
    run.expect(not wrong, f"others, and not sent by the first attempt: {some(wrong)}")
    reasons = sum(worker.log().count("time-out: no answer to the message") for worker in run.workers)
    run.expect(reasons >= STALLED, f"the logs name the time-out {reasons} times, for {STALLED} stalled mails")
    run.expect(all(worker.running for worker in run.workers), "a worker ended")
    run.stop_workers()
    return run.conclude(records, 0, bound="dup 0, DLQ empty")


@row(25, "bad certificate, no STARTTLS")
def untrusted_server(run: Run) -> Result:
    run.create_topics()
    trusted, unknown, of_another_host = (
        make_certificate(folder_in(run.folder, name), host)
        for name, host in (("good", "127.0.0.1"), ("unknown", "127.0.0.1"), ("other", "mail.example.org"))
    )
    authorities = run.folder / "authorities.pem"
    authorities.write_text(trusted.certificate_file.read_text() + of_another_host.certificate_file.read_text())
    run.worker_settings.update(SMTP_TLS="required", SMTP_CA_LOCATION=authorities)
    run.start_workers(2)
    records = run.publish(mail_events(run.name, 1500, keys=97)).wait()
    wait_until(lambda: all(breaker_is_open(worker) for worker in run.workers), 20, "every breaker to open")
    for certificate, what in ((unknown, "is signed by nobody known"), (of_another_host, "is another host's")):
        run.smtp.tls_context = certificate.server_context()
        wait_for_more_sessions(run, 2, f"a certificate to be refused that {what}")
    for worker in run.workers:
        run.expect(breaker_is_open(worker), f"{worker.name}: the breaker is closed")
        status, checks = worker.readiness()
        run.expect(status == 503, f"{worker.name}: /readyz says {status} {checks}")
    run.expect(set(run.smtp.commands) <= HARMLESS, f"said to it: {sorted(run.smtp.commands)}")
    run.expect(run.dead_letters() == [], "mails were dead-lettered")
    run.expect(run.lag() == len(records), f"the lag is {run.lag()}, not {len(records)}")
    run.smtp.tls_context = trusted.server_context()
    run.wait_settled(len(records))
    said = set(run.smtp.commands_in_clear)
    run.expect(said <= HARMLESS, f"said in clear: {sorted(said)}")
    run.expect(run.retry_records() == [], "attempts were charged")
    run.expect(run.dead_letters() == [], "mails were dead-lettered")
    run.expect(not any(breaker_is_open(worker) for worker in run.workers), "a breaker is open still")
    run.stop_workers()
    return run.conclude(records, 0, bound="dup 0, DLQ empty")


def wait_for_more_sessions(run: Run, count: int, what: str) -> None:
    enough = run.smtp.sessions_opened + count
    wait_until(lambda: run.smtp.sessions_opened >= enough, 40, what)


def folder_in(folder: pathlib.Path, name: str) -> pathlib.Path:
    (folder / name).mkdir()
    return folder / name


def breaker_is_open(worker: Service) -> bool:
    return worker.metric("notify_breaker_open") == 1
