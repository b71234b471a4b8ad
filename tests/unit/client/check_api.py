#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a header declares, what the version script exports and what the library defines are the same set of names."""

import argparse
import re
import subprocess
import sys
from pathlib import Path


def declared(header: Path) -> tuple[set[str], list[str]]:
    """The functions marked NOTIFY_API, and the declarations of functions that are not."""
    text = re.sub(r"/\*.*?\*/", " ", header.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"^\s*#(?:.*\\\n)*.*$", "", text, flags=re.MULTILINE)
    text = re.sub(r'extern "C" \{', "", text)
    text = re.sub(r"\{[^}]*\}", "", text)
    names, unmarked = set(), []
    for statement in (" ".join(part.split()) for part in text.split(";")):
        function = re.search(r"\b(\w+)\s*\(", statement.replace("NOTIFY_API", "").replace("NOTIFY_MUST_CHECK", ""))
        if statement.startswith("typedef") or function is None:
            continue
        if statement.startswith("NOTIFY_API "):
            names.add(function.group(1))
        else:
            unmarked.append(statement)
    return names, unmarked


def exported(version_script: Path) -> set[str]:
    text = re.sub(r"/\*.*?\*/|#.*", " ", version_script.read_text(encoding="utf-8"))
    names: set[str] = set()
    for section in re.findall(r"global:(.*?)(?:local:|\})", text, flags=re.DOTALL):
        names.update(name.strip() for name in section.split(";") if name.strip())
    return names


def defined(library: Path) -> set[str]:
    listing = subprocess.run(
        ["nm", "--dynamic", "--defined-only", str(library)], check=True, capture_output=True, text=True
    ).stdout
    symbols = [line.split() for line in listing.splitlines()]
    # A: the version's own name.
    return {fields[-1].split("@")[0] for fields in symbols if fields[-2] != "A"}


def soname(library: Path) -> str:
    listing = subprocess.run(["objdump", "-p", str(library)], check=True, capture_output=True, text=True).stdout
    found = re.search(r"SONAME\s+(\S+)", listing)
    return found.group(1) if found else ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--header", type=Path, required=True)
    parser.add_argument("--version-script", type=Path, required=True)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--soname", required=True)
    arguments = parser.parse_args()

    in_header, unmarked = declared(arguments.header)
    in_script, in_library = exported(arguments.version_script), defined(arguments.library)
    faults = [f"{arguments.header.name}: without NOTIFY_API: {statement}" for statement in unmarked]
    if not in_header:
        faults.append(f"{arguments.header.name}: no function found; is this the right file?")
    for name in sorted(in_header | in_script | in_library):
        places = {"header": in_header, "version script": in_script, "library": in_library}
        missing = [place for place, names in places.items() if name not in names]
        if missing:
            faults.append(f"{name}: not in the {' and the '.join(missing)}")
    if soname(arguments.library) != arguments.soname:
        faults.append(f"soname is {soname(arguments.library)!r}, expected {arguments.soname!r}")
    print("\n".join(faults) if faults else f"{len(in_header)} functions agree")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
