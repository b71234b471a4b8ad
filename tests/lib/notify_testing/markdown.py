# SPDX-License-Identifier: Apache-2.0
"""What the tests of the documents read in Markdown: commands, fenced blocks, links, tables.

A convention of this repository: an indented block holds shell commands and nothing else; code of other languages,
output and pictures are fenced and name what they are.
"""

from __future__ import annotations

import re
from typing import Iterator

FENCE = "```"


def _lines(text: str) -> Iterator[tuple[str | None, str]]:
    """Each line with the word after its fence: None outside of fences."""
    fence: str | None = None
    for line in text.splitlines():
        if line.startswith(FENCE):
            fence = line[len(FENCE) :].strip() if fence is None else None
        else:
            yield fence, line


def fenced(text: str, language: str) -> list[str]:
    """The contents of the fenced blocks of a language."""
    return re.findall(rf"^{FENCE}{language}\n(.*?)^{FENCE}$", text, re.MULTILINE | re.DOTALL)


def command_blocks(text: str) -> list[list[str]]:
    """The commands of each indented block, with continued lines joined and comments taken off."""
    blocks: list[list[str]] = []
    inside, before_blank = False, True
    for fence, line in _lines(text):
        indented = fence is None and line.startswith("    ")
        if indented and not inside and before_blank:
            blocks.append([])
            inside = True
        if indented and inside:
            blocks[-1].append(line[4:])
        elif line.strip():
            inside = False
        before_blank = not line.strip()
    return [_joined(block) for block in blocks]


def _joined(lines: list[str]) -> list[str]:
    text = re.sub(r"\s*\\\n\s*", " ", "\n".join(lines))
    return [command for line in text.splitlines() if (command := re.sub(r"(^|\s+)# .*$", "", line).strip())]


def links(text: str) -> list[str]:
    """The targets of the links outside of code."""
    prose = "\n".join(re.sub(r"`[^`]*`", "", line) for fence, line in _lines(text) if fence is None)
    return re.findall(r"\]\(([^)\s]+)\)", prose)


def headings(text: str) -> set[str]:
    """The anchors of the headings, as they are commonly made: lower case, blanks to dashes, no punctuation."""
    titles = [line.lstrip("#").strip() for fence, line in _lines(text) if fence is None and re.match(r"#+ ", line)]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def section(text: str, title: str) -> str:
    """From a heading of the second level to the next one."""
    match = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    if match is None:
        raise AssertionError(f"no section '{title}'")
    return match[1]


def table_rows(text: str) -> list[list[str]]:
    """The cells of every table row, headings and rules included; `\\|` inside of a cell is a bar."""
    rows = [re.split(r"(?<!\\)\|", line.strip()[1:-1]) for line in text.splitlines() if re.match(r"\|.*\|\s*$", line)]
    return [[cell.strip().replace("\\|", "|") for cell in row] for row in rows]
