# SPDX-License-Identifier: Apache-2.0
"""docs/new-mail.md, done as a newcomer would: its files written, its commands run, in a copy of what they change."""

from __future__ import annotations

import json
import pathlib
import re
import shutil
import subprocess
from dataclasses import dataclass

import pytest

from notify_testing.processes import BUILD, REPOSITORY, clean_environment, free_port

DOCUMENT = REPOSITORY / "docs/new-mail.md"
COPIED = ("schemas", "templates", "deploy")
LINKED = ("tools", "scripts")


@dataclass
class Block:
    language: str
    file: str
    text: str


def blocks() -> list[Block]:
    fenced = re.findall(r"^```(\w+) ?(\S*)\n(.*?)^```$", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)
    return [Block(*groups) for groups in fenced]


@pytest.fixture
def checkout(tmp_path: pathlib.Path) -> pathlib.Path:
    for name in COPIED:
        shutil.copytree(REPOSITORY / name, tmp_path / name)
    for name in LINKED:
        (tmp_path / name).symlink_to(REPOSITORY / name)
    (tmp_path / "build").symlink_to(BUILD)
    return tmp_path


def write(folder: pathlib.Path, block: Block) -> None:
    path = folder / block.file
    if block.file == "deploy/routes.json":
        routes = json.loads(path.read_text())
        routes["routes"].append(json.loads(block.text))
        path.write_text(json.dumps(routes))
        return
    path.parent.mkdir(exist_ok=True)
    path.write_text(block.text)


def script(parts: list[str]) -> str:
    """One shell, as in a terminal, that ends with the first command that fails and leaves nothing behind."""
    end = "trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT"
    return "\n".join(["set -eu", end, *parts])


def free_ports_for(text: str) -> str:
    for port in ("1025", "8025"):
        text = re.sub(rf"\b{port}\b", str(free_port()), text)
    return text


def test_the_commands_of_the_document_make_and_change_a_mail(checkout: pathlib.Path) -> None:
    commands = []
    for block in blocks():
        if block.language != "bash":
            write(checkout, block)
        elif block.file != "build":  # it is built already
            commands.append(block.text)
    assert len(commands) == 7
    environment = clean_environment({"ADMIN_LISTEN": f"127.0.0.1:{free_port()}", "LOG_FORMAT": "text"})
    done = subprocess.run(
        ["bash", "-c", free_ports_for(script(commands))],
        cwd=checkout,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=180,
    )
    told = f"{done.stdout}\n{done.stderr}"
    assert done.returncode == 0, told
    assert "Subject: Your order 2026-117 is on its way" in done.stdout.replace("\r", ""), told
    assert "Example Parcels: https://parcels.example.com/4711" in done.stdout, told
    assert "Order 2026-117 has left our house" in done.stdout, told


def test_each_of_the_three_files_is_missed_by_the_check(checkout: pathlib.Path) -> None:
    for block in blocks():
        if block.language != "bash":
            write(checkout, block)
    check = [str(BUILD / "tools/notifyctl/notifyctl"), "routes", "check"]

    def problems() -> str:
        done = subprocess.run(check, cwd=checkout, env=clean_environment(), capture_output=True, text=True, timeout=60)
        return "" if done.returncode == 0 else done.stderr

    assert problems() == ""
    for name, told in [
        ("schemas/com.example.order.shipped.v1.json", "schemas/com.example.order.shipped.v1.json"),
        ("templates/order-shipped", "there is no template order-shipped"),
        ("templates/order-shipped/body.txt", "order-shipped: has no body.txt"),
        ("deploy/topics.json", "deploy/topics.json"),
    ]:
        (checkout / name).rename(checkout / "away")
        assert told in problems()
        (checkout / "away").rename(checkout / name)
    template = checkout / "templates/order-shipped/body.txt"
    template.write_text(template.read_text().replace("{{carrier}}", "{{carier}}"))
    assert (
        "templates/order-shipped/body.txt: line 6: {{carier}} is not declared by "
        "schemas/com.example.order.shipped.v1.json" in problems()
    )
