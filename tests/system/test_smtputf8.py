# SPDX-License-Identifier: Apache-2.0
"""Addresses that are not ASCII, of the sender or of the recipient: with an SMTP server that takes them, and with one that does not."""

from __future__ import annotations

import pathlib

import pytest

from notify_testing.embedded import running_worker
from notify_testing.scenario import Scenario
from notify_testing.scripted_smtp import ScriptedSmtpServer
from notify_testing.waiting import wait_until

WITHOUT = ["PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES"]


SENDERS = [
    pytest.param({"MAIL_FROM": "zo\u00eb@example.org"}, id="From and return path"),
    pytest.param({"MAIL_FROM": "zo\u00eb@example.org", "MAIL_RETURN_PATH": "bounces@example.org"}, id="From"),
    pytest.param({"MAIL_FROM": "shop@example.org", "MAIL_RETURN_PATH": "zo\u00eb@example.org"}, id="return path"),
]


@pytest.mark.parametrize("settings", SENDERS)
def test_a_sender_that_is_not_ascii_is_sent_from_where_the_server_takes_it(
    settings: dict[str, str], tmp_path: pathlib.Path, smtp: ScriptedSmtpServer
) -> None:
    with running_worker(tmp_path, smtp, **settings) as worker:
        worker.publish("ada@example.org")
        wait_until(lambda: smtp.mails, 30, "the mail", progress=worker.service.log_tail)
        (mail,) = smtp.mails
        assert mail.return_path == settings.get("MAIL_RETURN_PATH", settings["MAIL_FROM"])
        assert f"From: {settings['MAIL_FROM']}\r\n".encode() in mail.content
        assert "SMTPUTF8" in smtp.mail_arguments[0].split()


@pytest.mark.parametrize("settings", SENDERS)
def test_a_sender_that_is_not_ascii_is_dead_lettered_with_the_reason_where_the_server_does_not(
    settings: dict[str, str], tmp_path: pathlib.Path
) -> None:
    with ScriptedSmtpServer(Scenario(extensions=WITHOUT)) as smtp, running_worker(tmp_path, smtp, **settings) as worker:
        worker.publish("ada@example.org")
        wait_until(lambda: "permanent-failure" in worker.ctl("dlq", "list"), 30, "the dead letter")
        assert "does not offer SMTPUTF8" in worker.ctl("dlq", "list", "--json")
        assert smtp.mail_commands == []
