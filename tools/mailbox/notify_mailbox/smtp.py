# SPDX-License-Identifier: Apache-2.0
"""The SMTP side: aiosmtpd takes the dialogue, every mail for every recipient is accepted."""

import asyncio

from aiosmtpd.smtp import SMTP, Envelope, Session

from .store import Store

LARGEST_MAIL = 25 * 1024 * 1024


class Acceptor:
    def __init__(self, store: Store) -> None:
        self.store = store

    # The name is aiosmtpd's.
    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw = envelope.original_content or b""
        mail = self.store.add(raw, (envelope.mail_from or "").strip("<>"), list(envelope.rcpt_tos))
        return f"250 2.0.0 accepted as {mail.id}"


async def listen_smtp(store: Store, host: str, port: int) -> asyncio.Server:
    acceptor = Acceptor(store)

    def session() -> SMTP:
        return SMTP(
            acceptor,
            data_size_limit=LARGEST_MAIL,
            enable_SMTPUTF8=True,
            hostname="mailbox.localhost",
            ident="notify-mailbox",
        )

    return await asyncio.get_running_loop().create_server(session, host, port, backlog=512)
