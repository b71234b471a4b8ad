# SPDX-License-Identifier: Apache-2.0
"""Logs, metrics and dead letters' reasons never hold an address, a name, a token or a password."""

from __future__ import annotations

import json
import pathlib

from notify_testing.certificates import make_certificate
from notify_testing.events import mail_event
from notify_testing.kafka import KafkaCluster
from notify_testing.scenario import Rule, Scenario
from notify_testing.scripted_smtp import ScriptedSmtpServer
from notify_testing.sign_up import confirm, confirmation_link
from notify_testing.stack import Stack
from notify_testing.waiting import wait_until
from notify_testing.web import request

PASSWORD, ADDRESS, NAME = "canary-password", "canary-address", "Canaryname"


RULES = [
    Rule("rcpt", recipient="refused", reply=f"550 5.1.1 <{ADDRESS}-refused@example.org> no such user", limit=3),
    Rule("dot", recipient="later", reply=f"451 4.3.0 greylisted {ADDRESS}-later@example.org", limit=1),
    Rule("dot", recipient="dropped", drop=True, limit=1),
]


def make_everybody_talk(stack: Stack) -> str:
    """Success, refusals that quote the address, drops, poison, bad requests. The token of the one link that was used."""
    assert stack.sign_up(f"{ADDRESS}@example.org", NAME).status == 202
    link = confirmation_link(stack.wait_for_mail(f"{ADDRESS}@example.org"))
    token = link.partition("token=")[2]
    assert confirm(stack.http_port, link).status == 200
    assert confirm(stack.http_port, link).status >= 400
    stack.wait_for_mail(f"{ADDRESS}@example.org", 2)
    for kind in ("refused", "later", "dropped"):
        assert stack.sign_up(f"{ADDRESS}-{kind}@example.org", NAME).status == 202
    assert stack.sign_up(f"{ADDRESS}@broken@example.org", NAME).status == 422
    assert request(stack.http_port, "GET", f"/confirm?token={token}x&address={ADDRESS}").status >= 400
    request(stack.http_port, "GET", f"/{ADDRESS}")
    poison = mail_event("poison", "k", f"{ADDRESS}\r\nRCPT TO:<x@example.org>")
    missing = mail_event("missing", "k", f"{ADDRESS}-missing@example.org")
    missing.value = (missing.value or b"").replace(b'"notification"', b'"no-such-template"')
    stack.cluster.publish(stack.notifications, [poison, missing])
    stack.wait_for_mail(f"{ADDRESS}-later@example.org")
    stack.wait_for_mail(f"{ADDRESS}-dropped@example.org", 2)
    wait_until(lambda: len(stack.dead_letters()) == 3, 30, "three dead letters", interval=0.5)
    stack.wait_committed()
    return token


def test_no_canary_in_logs_and_metrics(cluster: KafkaCluster, tmp_path: pathlib.Path) -> None:
    made = make_certificate(tmp_path)
    scenario = Scenario(RULES, users={"shop": PASSWORD}, require_auth=True)
    tls = {"SMTP_TLS": "required", "SMTP_CA_LOCATION": made.certificate_file}
    email = {**tls, "SMTP_USERNAME": "shop", "SMTP_PASSWORD": PASSWORD, "LOG_LEVEL": "debug"}
    with (
        ScriptedSmtpServer(scenario, tls_context=made.server_context()) as smtp,
        Stack(cluster, tmp_path, smtp, email=email, signup={"LOG_LEVEL": "debug"}) as stack,
    ):
        stack.start()
        token = make_everybody_talk(stack)
        services = [stack.signup, *stack.workers]
        told = {service.name: service.get("/metrics")[1] for service in services}
        assert all(told.values())
        assert set(stack.stop().values()) == {0}
    for service in services:
        lines = service.log().splitlines()
        assert lines
        for line in lines:
            json.loads(line)  # a JSON object a line, whatever happened
        told[f"{service.name}'s log"] = service.log()
    for where, text in told.items():
        for canary in (ADDRESS, PASSWORD, NAME, token, token[:16]):
            found = [line for line in text.splitlines() if canary in line]
            assert not found, f"{canary} in {where}: {found[:3]}"
