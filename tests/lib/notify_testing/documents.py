# SPDX-License-Identifier: Apache-2.0
"""The repository's documents, which the tests hold against its programs and files."""

from __future__ import annotations

import pathlib
import subprocess

from .processes import REPOSITORY

README = REPOSITORY / "README.md"
CONTRIBUTING = REPOSITORY / "CONTRIBUTING.md"
WITH_COMMANDS = [README, CONTRIBUTING, *sorted((REPOSITORY / "docs").glob("*.md"))]
# A document of fenced bash, each block of which its own test runs.
WALKED = {REPOSITORY / "docs/new-mail.md": "tests/system/test_new_mail.py"}


def documents() -> list[pathlib.Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"], cwd=REPOSITORY, capture_output=True
    )
    if listed.returncode == 0:
        return [path for name in listed.stdout.decode().split() if (path := REPOSITORY / name).exists()]
    return [*WITH_COMMANDS, REPOSITORY / "templates/README.md"]
