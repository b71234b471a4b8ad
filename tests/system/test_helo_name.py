# SPDX-License-Identifier: Apache-2.0
"""What the worker calls itself at EHLO; by itself libcurl says the host's name without a domain."""

from __future__ import annotations

import pathlib
import socket

import pytest

from notify_testing.embedded import running_worker
from notify_testing.scripted_smtp import ScriptedSmtpServer
from notify_testing.waiting import wait_until


@pytest.mark.parametrize("name", ["", "mail.example.org", "[192.0.2.1]", "[IPv6:2001:db8::1]"])
def test_the_worker_says_the_name_it_was_given_or_its_hosts(
    name: str, tmp_path: pathlib.Path, smtp: ScriptedSmtpServer
) -> None:
    with running_worker(tmp_path, smtp, SMTP_HELO_NAME=name) as worker:
        worker.publish("ada@example.org")
        wait_until(lambda: smtp.mails, 30, "the mail", progress=worker.service.log_tail)
        assert smtp.names == {name or socket.gethostname().partition(".")[0]}
