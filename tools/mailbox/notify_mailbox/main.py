# SPDX-License-Identifier: Apache-2.0
"""The command line, and the two servers under one roof: SMTP on the event loop, HTTP on threads of its own."""

import argparse
import asyncio
import signal
import sys

from .smtp import listen_smtp
from .store import Store
from .web import WebServer

EXIT_CONFIGURATION = 78


def arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="notify-mailbox",
        description="A mailbox for development: takes every mail by SMTP, delivers none, shows them on a web page. "
        "The JSON API has the paths and names of Mailpit's (/api/v1/messages, /api/v1/message/ID, /api/v1/search).",
    )
    parser.add_argument("--bind", default="127.0.0.1", metavar="ADDRESS", help="address to listen on (%(default)s)")
    parser.add_argument("--smtp-port", type=port, default=1025, metavar="PORT", help="0 for any free one (%(default)s)")
    parser.add_argument("--http-port", type=port, default=8025, metavar="PORT", help="0 for any free one (%(default)s)")
    parser.add_argument("--keep", type=positive, default=1000, metavar="N", help="keep the last N mails (%(default)s)")
    parser.add_argument(
        "--keep-mib", type=positive, default=64, metavar="N", help="and at most N MiB of them (%(default)s)"
    )
    return parser.parse_args(argv)


def port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError("a port is 0 to 65535")
    return number


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def address(host: str, number: int) -> str:
    return f"[{host}]:{number}" if ":" in host else f"{host}:{number}"


async def serve(options: argparse.Namespace) -> int:
    store = Store(maximum_mails=options.keep, maximum_bytes=options.keep_mib * 1024 * 1024)
    try:
        smtp = await listen_smtp(store, options.bind, options.smtp_port)
    except OSError as error:
        return refuse(options.bind, options.smtp_port, error)
    try:
        web = WebServer(store, options.bind, options.http_port)
    except OSError as error:
        smtp.close()
        return refuse(options.bind, options.http_port, error)
    web.start()

    # Before the address is told: who reads it may send the signal at once.
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)

    smtp_port = smtp.sockets[0].getsockname()[1]
    print(f"smtp://{address(options.bind, smtp_port)} http://{address(options.bind, web.port)}/", flush=True)
    await stopped.wait()
    smtp.close()
    web.stop()
    return 0


def refuse(host: str, number: int, error: OSError) -> int:
    print(f"notify-mailbox: cannot listen on {address(host, number)}: {error.strerror or error}", file=sys.stderr)
    return EXIT_CONFIGURATION


def main(argv: list[str] | None = None) -> int:
    return asyncio.run(serve(arguments(argv)))
