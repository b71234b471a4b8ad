# SPDX-License-Identifier: Apache-2.0
"""The worker against Debian's Postfix."""

from __future__ import annotations

import pathlib
from typing import Iterator

import pytest

import server_root
from expectations import expect_each_mail_once, expect_impatience_is_seen, expect_outcomes
from greylist import Greylist
from load import Load
from notify_testing.kafka import KafkaCluster
from postfix_server import Postfix

MAILS = 5000
UNABLE = server_root.why_not()
pytestmark = pytest.mark.skipif(bool(UNABLE), reason=UNABLE)


@pytest.fixture
def postfix(tmp_path: pathlib.Path) -> Iterator[Postfix]:
    with Greylist() as greylist, Postfix(tmp_path, greylist.port) as server:
        yield server


def test_every_mail_is_delivered_once_over_few_pipelined_sessions(
    postfix: Postfix, cluster: KafkaCluster, tmp_path: pathlib.Path, figures: list[str]
) -> None:
    load = Load(cluster, postfix, tmp_path)
    expect_each_mail_once(load, MAILS, 16, figures, "postfix")
    assert load.relay.turns < 3 * MAILS, "fewer than the four turns of one command at a time"
    assert all("with ESMTPSA id" in mail.headers for mail in postfix.delivered())


def test_its_refusals_end_where_they_should(
    postfix: Postfix, cluster: KafkaCluster, tmp_path: pathlib.Path, figures: list[str]
) -> None:
    kinds = ["unknown", "full", "quota", "grey", "spam", "large"]
    # "550 5.1.1 … User unknown in virtual mailbox table" speaks of the address.
    expect_outcomes(Load(cluster, postfix, tmp_path), "postfix", kinds, ["unknown"], figures)
    assert postfix.complaints() == []
    # It tells its limit (SIZE), so what is larger is not even begun.
    assert not any("large-" in line for line in postfix.log())


def test_it_complains_of_a_client_out_of_step(postfix: Postfix) -> None:
    expect_impatience_is_seen(postfix)
