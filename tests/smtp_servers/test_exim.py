# SPDX-License-Identifier: Apache-2.0
"""The worker against Debian's Exim."""

from __future__ import annotations

import pathlib
from typing import Iterator

import pytest

import server_root
from exim_server import LARGEST_SESSION, Exim
from expectations import expect_each_mail_once, expect_impatience_is_seen, expect_outcomes
from greylist import Greylist
from load import Load
from notify_testing.kafka import KafkaCluster

MAILS = 5000
UNABLE = server_root.why_not()
pytestmark = pytest.mark.skipif(bool(UNABLE), reason=UNABLE)


@pytest.fixture
def exim(tmp_path: pathlib.Path) -> Iterator[Exim]:
    with Greylist() as greylist, Exim(tmp_path, greylist.port) as server:
        yield server


def test_every_mail_is_delivered_once_over_pipelined_sessions_that_it_ends_after_a_thousand(
    exim: Exim, cluster: KafkaCluster, tmp_path: pathlib.Path, figures: list[str]
) -> None:
    load = Load(cluster, exim, tmp_path)
    # So few that Exim ends each with 421 before all is sent: "too many messages in one connection".
    connections = MAILS // LARGEST_SESSION - 1
    expect_each_mail_once(load, MAILS, connections, figures, "exim")
    assert max(session.mails for session in exim.sessions()) == LARGEST_SESSION
    assert load.relay.turns < 3 * MAILS, "fewer than the four turns of one command at a time"
    assert exim.pipelined() == MAILS
    assert all("with esmtpsa" in mail.headers for mail in exim.delivered())


def test_its_refusals_end_where_they_should(
    exim: Exim, cluster: KafkaCluster, tmp_path: pathlib.Path, figures: list[str]
) -> None:
    kinds = ["unknown", "full", "quota", "grey", "spam", "large", "long"]
    # "550 Unrouteable address" has no enhanced code: a permanent failure, but no evidence to suppress anybody by.
    expect_outcomes(Load(cluster, exim, tmp_path), "exim", kinds, [], figures)
    assert exim.complaints() == []


def test_it_complains_of_a_client_out_of_step(exim: Exim) -> None:
    expect_impatience_is_seen(exim)
