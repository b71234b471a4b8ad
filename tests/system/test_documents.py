# SPDX-License-Identifier: Apache-2.0
"""What README.md, CONTRIBUTING.md and docs/ state of the code and of the folders; the commands are test_readme.py's."""

from __future__ import annotations

import pathlib
import re
import subprocess

import pytest

from notify_testing.documents import CONTRIBUTING, README, WALKED, documents
from notify_testing.markdown import headings, links, section, table_rows
from notify_testing.processes import EMAIL, MAIL_FILES, REPOSITORY, run


def test_what_the_readme_says_the_promise_rests_on_cannot_be_set() -> None:
    sentence = re.search(r"save what the promise rests on: (.*?)\.\n", README.read_text(), re.DOTALL)
    assert sentence is not None
    names = re.findall(r"`([a-z.]+)`", sentence[1])
    assert len(names) >= 5
    good = {**MAIL_FILES, "SMTP_URL": "smtp://localhost:2525", "MAIL_FROM": "noreply@example.org"}
    for name in names:
        variable = "KAFKA_" + name.replace(".", "_").upper()
        refused = run([EMAIL, "--check-config"], {**good, variable: "1"})
        assert refused.returncode == 78 and variable in refused.stderr, (name, refused.stderr)


def test_the_exit_statuses_of_the_readme_are_those_of_the_code() -> None:
    sentence = re.search(r"^Exit status: (.*?)\.$", README.read_text(), re.MULTILINE | re.DOTALL)
    assert sentence is not None
    code = (REPOSITORY / "services/common/error.h").read_text()
    assert set(re.findall(r"\d+", sentence[1])) == set(re.findall(r"EXIT_STATUS_\w+ = (\d+)", code))


def test_relative_links_lead_somewhere() -> None:
    broken = []
    for document in documents():
        for link in links(document.read_text()):
            if re.match(r"[a-z]+:", link):
                continue
            path, _, anchor = link.partition("#")
            target = (document.parent / path).resolve() if path else document
            if not target.exists() or (anchor and anchor not in headings(target.read_text())):
                broken.append(f"{document.relative_to(REPOSITORY)}: {link}")
    assert broken == []


def test_files_that_the_documents_name_exist() -> None:
    tops = tracked_folders()
    # A walk through makes files of its own.
    made = {name for walk in WALKED for name in re.findall(r"^```\w+ (\S+)$", walk.read_text(), re.MULTILINE)}
    missing = []
    for document in documents():
        for name in re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", document.read_text()):
            if name.split("/")[0] + "/" in tops and name not in made and not (REPOSITORY / name).exists():
                missing.append(f"{document.relative_to(REPOSITORY)}: {name}")
    assert missing == []


def tracked_folders(under: str = "") -> set[str]:
    """The folders under one of the checkout, but for those that begin with a dot."""
    listed = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return {folder[0] for path in listed.stdout.split() if (folder := re.match(rf"{under}[^/.][^/]*/", path))}


def test_every_folder_has_its_place_in_the_readme() -> None:
    named = {
        name
        for row in table_rows(section(README.read_text(), "Where things are"))
        for name in re.findall(r"`([^`]+/)`", row[0])
    }
    assert [name for name in named if not (REPOSITORY / name).is_dir()] == []
    assert (tracked_folders() - {"services/"}) | tracked_folders("services/") == named


@pytest.mark.parametrize("document", [README, CONTRIBUTING], ids=lambda path: path.name)
def test_lines_fit_120_columns(document: pathlib.Path) -> None:
    lines = document.read_text().splitlines()
    assert [line for line in lines if len(line) > 120 and not line.startswith("|")] == []
