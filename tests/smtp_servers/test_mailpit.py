# SPDX-License-Identifier: Apache-2.0
"""The worker against Mailpit, or whatever stands in for it under its image's name."""

from __future__ import annotations

import pathlib

import pytest

import mailpit_server
from load import Load, ids
from notify_testing.events import mail_events
from notify_testing.kafka import KafkaCluster

MAILS = 500
CONNECTIONS = 4
UNABLE = mailpit_server.why_not()
pytestmark = pytest.mark.skipif(bool(UNABLE), reason=UNABLE)


def test_every_mail_arrives_once_over_few_sessions(
    cluster: KafkaCluster, tmp_path: pathlib.Path, figures: list[str]
) -> None:
    with mailpit_server.Mailpit(tmp_path) as mailpit:
        name = "a stand-in for Mailpit, not Mailpit" if mailpit.is_stand_in() else f"Mailpit {mailpit.version()}"
        load = Load(cluster, mailpit, tmp_path)
        records = mail_events("mailpit", MAILS, 100)
        load.send(records, CONNECTIONS, timeout=120)
        figures.append(load.figures(name, MAILS))
        delivered = load.delivered("mailpit")
        assert sorted(delivered) == ids(records)
        assert set(delivered.values()) == {1}
        assert load.dead_letters() == {} and load.first_retries() == []
        assert len(load.relay.connections) <= 2 * CONNECTIONS
        turns = load.relay.turns
        assert turns < 3 * MAILS if mailpit.offers_pipelining() else turns >= 4 * MAILS
        assert mailpit.complaints() == []
