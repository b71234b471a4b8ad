#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes README.md's table of settings from what the services' --help says, or checks that it is the same.

usage: scripts/lib/settings_table.py --write|--check [BUILD_DIR]
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BEGIN, END = "| variable | default | |\n|-|-|-|\n", "\nExit status:"
SERVICES = [name for name in ("signup", "order", "email") if (ROOT / "services" / name / "main.c").exists()]


def settings(build_dir: Path, service: str) -> list[tuple[str, str, str]]:
    """(name, default, help) for each setting of a service."""
    program = build_dir / "services" / service / f"notify-{service}"
    text = subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout
    rows = []
    for name, lines in re.findall(r"^  ([A-Z][A-Z_*]+)\n((?:      .*\n)+)", text, re.M):
        words = " ".join(line.strip() for line in lines.splitlines())
        match = re.fullmatch(r"(.*) \((?:default (.*)|(required)|optional)\)", words)
        if match is None:
            rows.append((name, "", words))
        else:
            rows.append((name, f"`{match[2]}`" if match[2] else match[3] or "", match[1]))
    return rows


def merged(first: list[tuple[str, str, str]], second: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """What two services tell in the same words; where only the defaults differ, both."""
    others = {name: (default, words) for name, default, words in second}
    return [
        (name, default if others[name][0] == default else f"{default} / {others[name][0]}", words)
        for name, default, words in first
        if name in others and others[name][1] == words
    ]


def table(build_dir: Path) -> str:
    tables = {service: settings(build_dir, service) for service in SERVICES}
    shared = [row for row in tables["email"] if all(row in rows for rows in tables.values())]
    parts = {"all": shared}
    if "order" in tables:
        parts["signup / order"] = [row for row in merged(tables["signup"], tables["order"]) if row not in shared]
    told = {title: {name for name, _, _ in rows} for title, rows in parts.items()}
    for service, rows in tables.items():
        elsewhere = set().union(*(names for title, names in told.items() if title == "all" or service in title))
        parts[service] = [row for row in rows if row[0] not in elsewhere]
    return "".join(
        f"| *{title}* | | |\n" + "".join(f"| `{name}` | {default} | {words} |\n" for name, default, words in rows)
        for title, rows in parts.items()
    )


def main() -> int:
    if len(sys.argv) < 2 or sys.argv[1] not in ("--write", "--check"):
        print(__doc__.strip(), file=sys.stderr)
        return 64
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    start = text.index(BEGIN) + len(BEGIN)
    end = text.index(END, start)
    wanted = text[:start] + table(Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "build") + text[end:]
    if wanted == text:
        return 0
    if sys.argv[1] == "--check":
        print("README.md's table differs from --help: scripts/lib/settings_table.py --write", file=sys.stderr)
        return 1
    readme.write_text(wanted, encoding="utf-8")
    return 0


sys.exit(main())
