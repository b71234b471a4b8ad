# SPDX-License-Identifier: Apache-2.0
"""The worker against aiosmtpd."""

from __future__ import annotations

import pathlib

from aiosmtpd_server import Aiosmtpd
from expectations import expect_each_mail_once, expect_outcomes
from load import Load
from notify_testing.kafka import KafkaCluster

MAILS = 5000
MAILS_ONE_COMMAND_AT_A_TIME = 1000


def test_every_mail_is_delivered_once_over_few_pipelined_sessions(
    cluster: KafkaCluster, tmp_path: pathlib.Path, figures: list[str]
) -> None:
    with Aiosmtpd(tmp_path, pipelining=True) as server:
        load = Load(cluster, server, tmp_path)
        expect_each_mail_once(load, MAILS, 16, figures, "aiosmtpd")
        assert load.relay.turns < 3 * MAILS, "fewer than the four turns of one command at a time"


def test_a_server_without_pipelining_gets_one_command_at_a_time(
    cluster: KafkaCluster, tmp_path: pathlib.Path, figures: list[str]
) -> None:
    mails = MAILS_ONE_COMMAND_AT_A_TIME
    with Aiosmtpd(tmp_path, pipelining=False) as server:
        load = Load(cluster, server, tmp_path)
        expect_each_mail_once(load, mails, 4, figures, "aiosmtpd-without-pipelining")
        assert load.relay.turns >= 4 * mails


def test_its_refusals_end_where_they_should(cluster: KafkaCluster, tmp_path: pathlib.Path, figures: list[str]) -> None:
    kinds = ["unknown", "full", "quota", "grey", "spam", "large", "long"]
    with Aiosmtpd(tmp_path, pipelining=True) as server:
        expect_outcomes(Load(cluster, server, tmp_path), "aiosmtpd", kinds, ["unknown"], figures)
        # DATA went with the RCPT that was refused, as RFC 2920 has it; nothing else is out of step.
        assert set(server.complaints()) == {"503 Error: need RCPT command"}
