# SPDX-License-Identifier: Apache-2.0
"""Settings with which a service would start, though nothing answers where they point."""

from __future__ import annotations

import pathlib

from notify_testing.processes import email_worker, nobody, signup_service


def email_settings(folder: pathlib.Path) -> dict[str, object]:
    return email_worker(
        "email", folder, bootstrap=nobody(), smtp_url=f"smtp://{nobody()}", group="email", topics=["users"]
    ).settings


def signup_settings(folder: pathlib.Path) -> dict[str, object]:
    return signup_service("signup", folder, bootstrap=nobody()).settings
