"""The web server as `Procfile` starts it, with nothing before it."""

import socket
from contextlib import ExitStack

import requests

from tests.installation import Installation, wait_until, web_command
from tests.services.__main__ import free_port


def test_browsers_that_only_hold_connections_open_keep_nobody_waiting(tmp_path):
    port = free_port()
    installation = Installation(tmp_path)

    def ask(seconds: float) -> int:
        return requests.get(f"http://127.0.0.1:{port}/robots.txt", timeout=seconds).status_code

    with ExitStack() as stack:
        stack.enter_context(installation.running(*web_command(port)))
        wait_until(lambda: _listens(port), 30, "the web server")
        assert ask(60) == 200
        for _ in range(12):  # Chromium opens some to each site that it guesses somebody will visit
            stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        assert ask(8) == 200


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
