# SPDX-License-Identifier: Apache-2.0
"""scripts/demo as a newcomer runs it, without a terminal: it ends with 0, and shows what the README shows."""

from __future__ import annotations

import pathlib
import re
import subprocess

import pytest

from notify_testing.markdown import fenced
from notify_testing.processes import BUILD, REPOSITORY, clean_environment


def demo(command: str, folder: pathlib.Path) -> str:
    ended = subprocess.run(
        command.split(),
        cwd=REPOSITORY,
        env={**clean_environment({"NOTIFY_BUILD_DIR": BUILD}), "TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
    )
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


def pattern(shown: str) -> str:
    """A line of the README's sample; ids, tokens, ports, and what stands after … are others in each run."""
    line = re.escape(shown.partition("…")[0].rstrip())
    line = re.sub(r"[0-9a-f]{8}(\\-[0-9a-f]{4}){3}\\-[0-9a-f]{12}|[0-9a-f]{8}\\-$", r"[0-9a-f-]+", line)
    line = re.sub(r"token=[\w\\-]+", r"token=[\\w-]+", line)
    line = re.sub(r"(127\\\.0\\\.0\\\.1):\d+", r"\1:\\d+", line)
    return line + (".*" if "…" in shown or "Kafka" in shown else r"\s*") + "$"


def the_readmes_sample() -> list[str]:
    sample = next(block for block in fenced((REPOSITORY / "README.md").read_text(), "text") if "Yours to try" in block)
    return [line for line in sample.splitlines() if line.strip(" …")]


def processes_of(folder: pathlib.Path) -> list[str]:
    """The command lines of the processes that inherited this TMPDIR."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if f"TMPDIR={folder}".encode() in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue  # it has just ended, or is somebody else's
    return found


@pytest.mark.parametrize("command", ["scripts/demo", "scripts/demo --kafka"])
def test_the_demo_shows_the_mail_and_leaves_nothing_running(command: str, tmp_path: pathlib.Path) -> None:
    output = demo(command, tmp_path)
    assert re.search(r"^  Subject: Please confirm", output, re.MULTILINE)
    assert re.search(r"^  http://127\.0\.0\.1:\d+/confirm\?token=[\w-]{43}$", output, re.MULTILINE)
    assert ("three Apache Kafka brokers" in output) == ("--kafka" in command)
    lines = iter(output.splitlines())
    for shown in the_readmes_sample():
        found = any(re.match(pattern(shown), line) for line in lines)
        assert found, f"not shown, or not in this order: {shown}\n{output}"
    assert processes_of(tmp_path) == []
    assert list(tmp_path.glob("notify-demo.*")) == []
