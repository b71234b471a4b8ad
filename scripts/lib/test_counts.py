#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Counts what a part of the tests did, from meson's testlog.json or a JUnit file: "PASSED FAILED SKIPPED", and then a
line for each test that was skipped."""

import json
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

# libcheck's closing line, pytest's, and that of a runner of our own.
CHECK = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)$", re.MULTILINE)
PYTEST = re.compile(r"^(?:=+ )?((?:\d+ (?:passed|failed|errors?|skipped|warnings?|deselected)(?:, )?)+) in [\d.]+s", re.MULTILINE)


def count_meson(path: Path) -> tuple[int, int, list[str]]:
    passed = failed = 0
    skipped: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        test = json.loads(line)
        inside = counts_inside(test.get("stdout") or "")
        skipped += [test["name"]] * (1 if test["result"] == "SKIP" else inside[2])
        if test["result"] in ("OK", "EXPECTEDFAIL"):
            passed += inside[0] or 1
        elif test["result"] == "SKIP":
            continue
        else:  # a program that died on the way counts at least one
            passed += inside[0]
            failed += inside[1] or 1
    return passed, failed, skipped


def counts_inside(output: str) -> tuple[int, int, int]:
    passed = failed = skipped = 0
    for checks, failures, errors in CHECK.findall(output):
        failed += int(failures) + int(errors)
        passed += int(checks) - int(failures) - int(errors)
    for line in PYTEST.findall(output):
        for number, word in re.findall(r"(\d+) (\w+)", line):
            passed += int(number) if word == "passed" else 0
            failed += int(number) if word in ("failed", "error", "errors") else 0
            skipped += int(number) if word == "skipped" else 0
    return passed, failed, skipped


def count_junit(path: Path) -> tuple[int, int, list[str]]:
    passed = failed = 0
    skipped: list[str] = []
    for case in ElementTree.parse(path).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif case.find("skipped") is not None:
            skipped.append(case.get("name", "?"))
        else:
            passed += 1
    return passed, failed, skipped


def main() -> int:
    path = Path(sys.argv[1])
    if not path.exists():  # the runner did not come so far
        print("0 1 0")
        return 0
    passed, failed, skipped = count_meson(path) if path.suffix == ".json" else count_junit(path)
    print(passed, failed, len(skipped))
    print("\n".join(skipped))
    return 0


if __name__ == "__main__":
    sys.exit(main())
