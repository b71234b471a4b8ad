# SPDX-License-Identifier: Apache-2.0
"""The worker against Debian's Exim, which ends a session with 421 after a thousand mails."""

from __future__ import annotations

from exim_server import LARGEST_SESSION, Exim
from installed_server import InstalledServer
from installed_server_tests import MAILS, InstalledServerTests


class TestExim(InstalledServerTests):
    make = Exim
    # So few that Exim ends each before all is sent: "too many messages in one connection".
    connections = MAILS // LARGEST_SESSION - 1
    received = "with esmtpsa"
    refusals = ("unknown", "full", "quota", "grey", "spam", "large", "long")
    # "550 Unrouteable address" has no enhanced code: a permanent failure, but no evidence to suppress anybody by.
    suppressed = ()

    def expect_after_load(self, server: InstalledServer) -> None:
        assert isinstance(server, Exim)
        assert max(session.mails for session in server.sessions()) == LARGEST_SESSION
        assert server.pipelined() == MAILS
