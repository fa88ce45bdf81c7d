"""Real SMTP servers on loopback: one that takes everything, and one that fails as servers do.

`python -m tests.mail_server PORT FOLDER` is the first as a process of its own, which can be killed: it notes each mail
in FOLDER before it answers.
"""

import asyncio
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

SIZE_LIMIT = 10_000_000


@dataclass
class Received:
    """One mail that the server took."""

    sender: str
    to: str
    content: bytes

    @property
    def mail(self) -> EmailMessage:
        """Read strictly: a defect is an error."""
        return message_from_bytes(self.content, policy=policy.SMTP.clone(raise_on_defect=True))


@dataclass
class Script:
    """How the server fails. Each names recipients by the part before the @."""

    at_recipient: dict[str, str] = field(default_factory=dict)  # answers to RCPT
    at_end: dict[str, str] = field(default_factory=dict)  # answers to the whole mail
    hang_up_at_recipient: Counter[str] = field(default_factory=Counter)  # how many times
    hang_up_behind_answer: set[str] = field(default_factory=set)  # of `at_end`
    hang_up_after_data: set[str] = field(default_factory=set)  # having taken the mail
    stall_at_recipient: set[str] = field(default_factory=set)
    stall_after_data: set[str] = field(default_factory=set)  # having taken the mail
    sender: str = ""  # answer to MAIL
    mails_a_connection: int = 0  # 421 behind so many
    before_answer: Callable[[Received], None] = lambda received: None


class _Session(SMTP):
    """aiosmtpd's server, which in tests greets without looking up its own name."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, hostname="sink.test", data_size_limit=SIZE_LIMIT, **options)


class MailServer:
    """An SMTP server in a thread: `with MailServer() as server: … server.received`."""

    def __init__(
        self, script: Script | None = None, *, port: int = 0, tls: Any = None, keep: bool = True, **options: Any
    ) -> None:
        self.script = script or Script()
        self.received: list[Received] = []
        self.connections = 0
        self._port, self._tls, self._keep, self._options = port, tls, keep, options
        self._loop = asyncio.new_event_loop()

    @property
    def port(self) -> int:
        return self._port

    def to(self, name: str) -> list[Received]:
        return [received for received in self.received if received.to.split("@")[0] == name]

    # What aiosmtpd calls.

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.script.sender:
            return self.script.sender
        session.mails = getattr(session, "mails", 0) + 1
        if self.script.mails_a_connection and session.mails > self.script.mails_a_connection:
            server.transport.write(b"421 4.7.0 Too many mails over one connection\r\n")
            server.transport.close()
            return "421 4.7.0 Closing"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        name = address.split("@")[0]
        if name in self.script.stall_at_recipient:
            await asyncio.sleep(3600)
        if self.script.hang_up_at_recipient[name] > 0:
            self.script.hang_up_at_recipient[name] -= 1
            server.transport.abort()
            return "421 Closing"
        if name in self.script.at_recipient:
            return self.script.at_recipient[name]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        name = envelope.rcpt_tos[0].split("@")[0]
        if name in self.script.hang_up_behind_answer:
            server.transport.write(f"{self.script.at_end[name]}\r\n".encode())
            server.transport.close()
        if name in self.script.at_end:
            return self.script.at_end[name]
        received = Received(envelope.mail_from, envelope.rcpt_tos[0], envelope.original_content)
        self.script.before_answer(received)
        if self._keep:
            self.received.append(received)
        if name in self.script.hang_up_after_data:
            server.transport.abort()
        if name in self.script.stall_after_data:
            await asyncio.sleep(3600)
        return "250 OK"

    # Its life.

    def __enter__(self) -> "MailServer":
        started = threading.Event()

        async def serve() -> None:
            def session() -> _Session:
                self.connections += 1
                return _Session(self, **self._options)

            server = await self._loop.create_server(session, "127.0.0.1", self._port, ssl=self._tls)
            self._port = server.sockets[0].getsockname()[1]
            started.set()

        def run() -> None:
            asyncio.set_event_loop(self._loop)
            self._loop.create_task(serve())
            self._loop.run_forever()

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()
        assert started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)


def main(port: int, folder: Path) -> None:
    """Serve until killed. A line of the log is on its way to the disk before the sender is answered."""
    log = os.open(folder / "received.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(received: Received) -> None:
        os.write(log, f"{received.to} {len(received.content)}\n".encode())

    with MailServer(Script(before_answer=note), port=port, keep=False):
        threading.Event().wait()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
