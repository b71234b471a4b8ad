# SPDX-License-Identifier: Apache-2.0
"""Mails that do not fit into a socket's buffers, so that a server that reads no more leaves their end unsent."""

from __future__ import annotations

import pathlib
import shutil

from .events import event, structured
from .kafka import Record
from .processes import TEMPLATES


def templates_with_a_large_one(folder: pathlib.Path) -> pathlib.Path:
    """A socket's buffers hold 4 MB at most; an event, 1 MB. So the template says the same many times."""
    templates = folder / "templates"
    shutil.copytree(TEMPLATES, templates)
    (templates / "large").mkdir()
    (templates / "large/subject.txt").write_text("Large\n")
    (templates / "large/body.txt").write_text("{{data.variables.text}}\n" * 60)
    return templates


def large_mail_event(event_id: str, key: str, recipient: str) -> Record:
    """6 MB as a mail."""
    data = {
        "template": "large",
        "recipient": recipient,
        "locale": "en",
        "variables": {"text": "0123456789" * 10_000},
    }
    return structured(key, event(event_id, data, subject=key))
