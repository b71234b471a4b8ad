# SPDX-License-Identifier: Apache-2.0
"""The worker against a distribution's server: the same three tests of each. What differs, a subclass says."""

from __future__ import annotations

import pathlib
from typing import ClassVar, Iterator, Sequence

import pytest

from notify_testing.kafka import KafkaCluster

import server_root
from expectations import expect_each_mail_once, expect_impatience_is_seen, expect_outcomes
from greylist import Greylist
from installed_server import InstalledServer
from load import Load

MAILS = 5000
UNABLE = server_root.why_not()


@pytest.mark.skipif(bool(UNABLE), reason=UNABLE)
class InstalledServerTests:
    make: ClassVar[type[InstalledServer]]
    connections: ClassVar[int]
    received: ClassVar[str]  # in the Received header of a mail that came over TLS from a user who had logged in
    refusals: ClassVar[Sequence[str]]  # kinds of load.REFUSED
    suppressed: ClassVar[Sequence[str]]  # those of them whose reply speaks of the address

    def expect_after_load(self, server: InstalledServer) -> None:
        """What only this server's log can tell."""

    def expect_after_refusals(self, server: InstalledServer) -> None: ...

    @pytest.fixture
    def server(self, tmp_path: pathlib.Path) -> Iterator[InstalledServer]:
        with Greylist() as greylist, self.make(tmp_path, greylist.port) as started:
            yield started

    def test_every_mail_is_delivered_once_over_few_pipelined_sessions(
        self, server: InstalledServer, cluster: KafkaCluster, tmp_path: pathlib.Path, figures: list[str]
    ) -> None:
        load = Load(cluster, server, tmp_path)
        expect_each_mail_once(load, MAILS, self.connections, figures, server.name)
        assert load.relay.turns < 3 * MAILS, "fewer than the four turns of one command at a time"
        assert all(self.received in mail.headers for mail in server.delivered())
        self.expect_after_load(server)

    def test_its_refusals_end_where_they_should(
        self, server: InstalledServer, cluster: KafkaCluster, tmp_path: pathlib.Path, figures: list[str]
    ) -> None:
        load = Load(cluster, server, tmp_path)
        expect_outcomes(load, server.name, self.refusals, self.suppressed, figures)
        assert server.complaints() == []
        self.expect_after_refusals(server)

    def test_it_complains_of_a_client_out_of_step(self, server: InstalledServer) -> None:
        expect_impatience_is_seen(server)
