# SPDX-License-Identifier: Apache-2.0
"""The scripted SMTP server against Python's own client."""

from __future__ import annotations

import pathlib
import smtplib
import socket
import ssl
import time
from typing import Iterator

import pytest

from notify_testing.certificates import make_certificate
from notify_testing.scenario import Rule, Scenario
from notify_testing.scripted_smtp import ScriptedSmtpServer
from notify_testing.waiting import wait_until

MESSAGE = (
    "Message-ID: <m1@example.org>\r\nX-Event-Id:\r\n e1\r\nSubject: hello\r\n\r\n.first\r\n..second\r\n\r\nend\r\n"
)


@pytest.fixture
def server() -> Iterator[ScriptedSmtpServer]:
    with ScriptedSmtpServer() as running:
        yield running


def client_of(server: ScriptedSmtpServer) -> smtplib.SMTP:
    return smtplib.SMTP(server.host, server.port, timeout=10)


def send(client: smtplib.SMTP, recipient: str = "ada@example.org", message: str = MESSAGE) -> None:
    client.sendmail("noreply@example.org", [recipient], message)


def dialogue(server: ScriptedSmtpServer, data: bytes, until: bytes) -> bytes:
    with socket.create_connection((server.host, server.port), timeout=10) as connection:
        connection.sendall(data)
        seen = b""
        while until not in seen:
            part = connection.recv(4096)
            if not part:
                break
            seen += part
        return seen


def test_a_mail_is_recorded_as_it_was_before_dot_stuffing(server: ScriptedSmtpServer) -> None:
    with client_of(server) as client:
        send(client)
    (mail,) = server.mails
    assert (mail.event_id, mail.message_id, mail.recipient) == ("e1", "m1@example.org", "ada@example.org")
    assert mail.return_path == "noreply@example.org"
    assert mail.content.decode() == MESSAGE
    (attempt,) = server.attempts
    assert attempt.how == "250" and attempt.ended is not None and attempt.begun < mail.order < attempt.ended


def test_pipelined_mails_are_answered_in_order(server: ScriptedSmtpServer) -> None:
    group = b"MAIL FROM:<a@example.org>\r\nRCPT TO:<%b@example.org>\r\nDATA\r\n"
    data = b"EHLO x\r\n" + group % b"one" + b"X: 1\r\n\r\nbody\r\n.\r\n" + group % b"two" + b".\r\nQUIT\r\n"
    replies = dialogue(server, data, b"221 ").decode().splitlines()
    codes = [line[:3] for line in replies if line[3] == " "]
    assert codes == ["220", "250", "250", "250", "354", "250", "250", "250", "354", "250", "221"]
    assert [mail.recipient for mail in server.mails] == ["one@example.org", "two@example.org"]
    assert server.mails[1].content == b""


def test_a_body_may_come_byte_by_byte(server: ScriptedSmtpServer) -> None:
    with socket.create_connection((server.host, server.port), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        text = "EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@example.org>\r\nDATA\r\n" + MESSAGE.replace("\r\n.", "\r\n..")
        for byte in (text + ".\r\n").encode():
            connection.send(bytes([byte]))
        wait_until(lambda: server.mails, 10, "the mail")
    assert server.mails[0].content.decode() == MESSAGE


def test_a_reply_applies_to_the_matching_recipients_only(server: ScriptedSmtpServer) -> None:
    server.scenario = Scenario([Rule("rcpt", recipient="^bad", reply="550 5.1.1 no such user")])
    with client_of(server) as client:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
            send(client, "bad@example.org")
        assert refusal.value.recipients["bad@example.org"][0] == 550
        send(client, "good@example.org")
    assert [mail.recipient for mail in server.mails] == ["good@example.org"]
    assert [attempt.how for attempt in server.attempts] == ["550", "250"]


def test_a_connection_dropped_after_the_dot_has_delivered_the_mail(server: ScriptedSmtpServer) -> None:
    server.scenario = Scenario([Rule("dot", drop=True, limit=1)])
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(client_of(server))
    with client_of(server) as client:
        send(client)
    assert [mail.event_id for mail in server.mails] == ["e1", "e1"]
    assert server.drops["dot"] == 1
    assert [attempt.how for attempt in server.attempts] == ["dropped", "250"]


@pytest.mark.parametrize("rule", [Rule("dot", drop=True, accepted=False), Rule("dot", reply="451 4.3.0 later")])
def test_a_mail_that_was_not_accepted_is_not_recorded(server: ScriptedSmtpServer, rule: Rule) -> None:
    server.scenario = Scenario([rule])
    with pytest.raises(smtplib.SMTPException):
        send(client_of(server))
    assert server.mails == []


def test_after_every_and_limit_choose_the_occasions() -> None:
    rule = Rule("dot", after=2, every=3, limit=2)
    assert [number for number in range(20) if rule.applies("")] == [4, 7]


def test_once_each_is_a_recipients_first_occasion() -> None:
    rule = Rule("dot", recipient="^late", once_each=True, limit=3)
    met = ["late1", "late2", "late1", "on-time", "late3", "late2", "late4"]
    assert [name for name in met if rule.applies(name)] == ["late1", "late2", "late3"]


def test_a_delayed_reply_delays_what_follows_and_keeps_the_order(server: ScriptedSmtpServer) -> None:
    server.scenario = Scenario([Rule("dot", delay=0.3, limit=1)])
    group = b"MAIL FROM:<>\r\nRCPT TO:<%b@example.org>\r\nDATA\r\nX: 1\r\n\r\n.\r\n"
    dialogue(server, b"EHLO x\r\n" + group % b"one" + group % b"two" + b"QUIT\r\n", b"221 ")
    one, two = server.attempts
    assert one.ended is not None and one.ended < two.begun
    assert server.mails[1].time - server.mails[0].time >= 0.29


def test_a_stall_in_the_body_takes_no_more_bytes() -> None:
    stalled = ScriptedSmtpServer(Scenario([Rule("body", stall=True, delay=1)], receive_buffer=4096))
    with stalled, client_of(stalled) as client:
        with pytest.raises(smtplib.SMTPServerDisconnected):
            send(client, message="X: 1\r\n\r\n" + "body\r\n" * 2_000_000)
        wait_until(lambda: stalled.attempts[0].how == "lost", 10, "the end of the stalled session")
    assert stalled.mails == []


def test_421_on_idle(server: ScriptedSmtpServer) -> None:
    server.scenario = Scenario([Rule("idle", delay=0.2)])
    client = client_of(server)
    client.ehlo()
    wait_until(lambda: not server.sessions, 10, "the end of the idle session")
    assert client.sock is not None and client.sock.recv(100).startswith(b"421 ")


def test_421_at_the_connect_closes_the_session(server: ScriptedSmtpServer) -> None:
    server.scenario = Scenario([Rule("connect", reply="421 4.7.0 too many connections", limit=1)])
    with pytest.raises(smtplib.SMTPConnectError):
        client_of(server)
    with client_of(server) as client:
        send(client)
    assert server.drops["connect"] == 1


def test_a_closed_port_refuses_and_opens_again(server: ScriptedSmtpServer) -> None:
    waiting = client_of(server)
    assert server.refuse_connections() == 1
    with pytest.raises(ConnectionRefusedError):
        client_of(server)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        waiting.ehlo()
    server.accept_connections()
    with client_of(server) as client:
        send(client)
    assert len(server.mails) == 1


def test_starttls_and_auth(tmp_path: pathlib.Path) -> None:
    made = make_certificate(tmp_path)
    scenario = Scenario(users={"shop": "s3cret"}, require_auth=True)
    with ScriptedSmtpServer(scenario, tls_context=made.server_context()) as server:
        with client_of(server) as client:
            client.starttls(context=ssl.create_default_context(cafile=str(made.certificate_file)))
            with pytest.raises(smtplib.SMTPSenderRefused):
                send(client)
            with pytest.raises(smtplib.SMTPAuthenticationError):
                client.login("shop", "wrong")
            client.login("shop", "s3cret")
            send(client)
        assert len(server.mails) == 1
        assert set(server.commands_in_clear) == {"ehlo", "starttls"}
        assert {"mail", "auth", "rcpt", "data"} <= server.commands.keys()


def test_a_scenario_is_read_from_json_and_refuses_what_it_does_not_know() -> None:
    scenario = Scenario.from_json('{"rules": [{"phase": "dot", "every": 50, "drop": true}], "extensions": []}')
    assert scenario.rules[0].drop and scenario.extensions == []
    for text in ('{"rule": []}', '{"rules": [{"phase": "dott"}]}', '{"rules": [{"phase": "dot", "reply": "9"}]}'):
        with pytest.raises(ValueError):
            Scenario.from_json(text)


def test_thousands_of_mails_are_each_recorded_once(server: ScriptedSmtpServer) -> None:
    count = 5000
    group = b"MAIL FROM:<>\r\nRCPT TO:<%d@example.org>\r\nDATA\r\nX-Event-Id: %d\r\n\r\n" + b"x" * 1500 + b"\r\n.\r\n"
    started = time.monotonic()
    with socket.create_connection((server.host, server.port), timeout=30) as connection:
        connection.sendall(b"EHLO x\r\n")
        for number in range(0, count, 10):
            connection.sendall(b"".join(group % (each, each) for each in range(number, number + 10)))
        wait_until(lambda: len(server.mails) == count, 60, "all mails")
    print(f"{count / (time.monotonic() - started):.0f} mails/s")
    assert [mail.event_id for mail in server.mails] == [str(number) for number in range(count)]
