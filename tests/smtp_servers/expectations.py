# SPDX-License-Identifier: Apache-2.0
"""What holds of every real server."""

from __future__ import annotations

import socket
from typing import Sequence

from load import Load, ids, mails_with_refusals, mixed
from notify_testing.events import mail_events
from notify_testing.ledger import recipient_of
from notify_testing.waiting import wait_until
from real_server import USER, RealServer


def expect_each_mail_once(load: Load, mails: int, connections: int, figures: list[str], name: str) -> None:
    """So many ordinary mails over few sessions: each is in the mailbox once, and the server has nothing to complain of."""
    prefix = f"{name}-load"
    records = mail_events(prefix, mails, 500)
    load.send(records, connections, timeout=240)
    figures.append(load.figures(name, mails))
    delivered = load.delivered(prefix)
    assert sorted(delivered) == ids(records)
    assert set(delivered.values()) == {1}
    assert load.dead_letters() == {} and load.first_retries() == []
    assert load.server.complaints() == []
    expect_reused_sessions(load.server, mails, load)


def expect_reused_sessions(server: RealServer, mails: int, load: Load) -> None:
    """By the server's log: few sessions, each of them encrypted and logged in."""
    sessions = server.sessions()
    assert sum(session.mails for session in sessions) == mails
    opened = len(load.relay.connections)
    assert 0 < len(sessions) <= opened <= mails / 50, f"{opened} connections for {mails} mails"
    assert all(session.has_tls for session in sessions)
    assert all(session.users == {USER} for session in sessions)


def expect_outcomes(
    load: Load, name: str, kinds: Sequence[str], suppressed_kinds: Sequence[str], figures: list[str]
) -> None:
    """Each refusal ends where docs/delivery.md says, and does not harm the mails beside it."""
    prefix = f"{name}-refusals"
    records = mails_with_refusals(prefix, kinds)
    load.send(mixed(records), connections=4, timeout=120)

    def of(*wanted: str) -> list[str]:
        return sorted(event for kind in wanted if kind in records for event in ids(records[kind]))

    delivered = load.delivered(prefix)
    assert sorted(delivered) == of("good", "grey")
    assert set(delivered.values()) == {1}
    letters = load.dead_letters()
    by_reason: dict[str, list[str]] = {}
    for event, reason in sorted(letters.items()):
        by_reason.setdefault(reason, []).append(event)
    assert by_reason == {
        "permanent-failure": of("unknown", "spam", "large", "long"),
        "gave-up": of("full", "quota"),
    }
    assert load.first_retries() == of("full", "quota", "grey")
    wanted = {recipient_of(record) for kind in suppressed_kinds for record in records[kind]}
    assert load.suppressed() == wanted
    assert load.breaker_open == 0
    counts = {kind: len(each) for kind, each in records.items()}
    parts = [f"{len(delivered)} delivered ({counts.get('grey', 0)} of them greylisted first)"]
    parts += [f"{len(events)} {reason}" for reason, events in by_reason.items()]
    parts += [f"{len(wanted)} addresses suppressed"]
    figures.append(f"{name}: of {sum(counts.values())} mails {', '.join(parts)}")


OUT_OF_STEP = (
    b"EHLO impatient.example.org\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\n"
    b"DATA\r\nSubject: too soon\r\n\r\n.\r\n"
)


def expect_impatience_is_seen(server: RealServer) -> None:
    """Of a client that waits for no reply: were such complaints not found, the other tests would prove nothing."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.recv(4096)
        client.sendall(OUT_OF_STEP)
        while client.recv(4096):
            pass
    wait_until(server.complaints, 20, "a complaint in the log", progress=server.state)
