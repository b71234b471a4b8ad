#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Waits for a mail in a mailbox (tools/mailbox or Mailpit) and shows it, or only its first link."""

import argparse
import json
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any


def fetch(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=5) as response:
        return json.load(response)


def find(mailbox: str, query: str) -> Any | None:
    found = fetch(f"{mailbox}/api/v1/search?query={urllib.parse.quote(query)}&limit=1")["messages"]
    return fetch(f"{mailbox}/api/v1/message/{found[0]['ID']}") if found else None


def wait(mailbox: str, query: str, seconds: float) -> Any | None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if mail := find(mailbox, query):
                return mail
        except (OSError, urllib.error.URLError):
            pass  # the mailbox may only be starting; the deadline decides
        if time.monotonic() > deadline:
            return None
        time.sleep(0.1)


def first_link(mail: Any) -> str:
    match = re.search(r"https?://\S+", mail["Text"])
    return match[0] if match else ""


def show(mail: Any) -> None:
    print("From:    " + person(mail["From"]))
    print("To:      " + ", ".join(person(p) for p in mail["To"]))
    print("Subject: " + mail["Subject"])
    print()
    print(mail["Text"].replace("\r\n", "\n").strip())


def person(someone: dict[str, str]) -> str:
    return f"{someone['Name']} <{someone['Address']}>" if someone["Name"] else someone["Address"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mailbox", help="its address, http://host:port")
    parser.add_argument("query", help="what to search for, e.g. to:ada@example.org")
    parser.add_argument("--wait", type=float, default=60, metavar="SECONDS", help="give up after (%(default)s)")
    parser.add_argument("--link", action="store_true", help="print only the first link of the text")
    options = parser.parse_args()

    mail = wait(options.mailbox.rstrip("/"), options.query, options.wait)
    if mail is None:
        print(f"no mail for '{options.query}' within {options.wait:g} s", file=sys.stderr)
        return 1
    if options.link:
        print(first_link(mail))
    else:
        show(mail)
    return 0


if __name__ == "__main__":
    sys.exit(main())
