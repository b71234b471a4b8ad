# SPDX-License-Identifier: Apache-2.0
"""The worker against Debian's Postfix."""

from __future__ import annotations

from installed_server import InstalledServer
from installed_server_tests import InstalledServerTests
from postfix_server import Postfix


class TestPostfix(InstalledServerTests):
    make = Postfix
    connections = 16
    received = "with ESMTPSA id"
    refusals = ("unknown", "full", "quota", "grey", "spam", "large")
    # "550 5.1.1 … User unknown in virtual mailbox table" speaks of the address.
    suppressed = ("unknown",)

    def expect_after_refusals(self, server: InstalledServer) -> None:
        # It tells its limit (SIZE), so what is larger is not even begun.
        assert not any("large-" in line for line in server.log())
