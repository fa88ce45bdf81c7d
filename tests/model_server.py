"""A language model's endpoint on the loopback, which speaks OpenAI's protocol and misbehaves as it is told."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DRAFT = (
    "The paper asks whether models can tell a cat from a dog, and finds that they can in most of the cases it tries."
)


def answer(content: Any = DRAFT, reason: str = "stop", **message: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": content, **message}, "finish_reason": reason}
    return {"id": "x", "object": "chat.completion", "model": "tiny-1", "choices": [choice]}


class ModelServer:
    """`status`, `body` and `fault` say how it answers; `asked` holds what it was asked, with the headers."""

    def __init__(self) -> None:
        self.status, self.body, self.fault = 200, answer(), ""
        self.asked: list[tuple[str, dict[str, str], Any]] = []
        self.address = ""

    def respond(self, handler: BaseHTTPRequestHandler) -> None:
        asked = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        self.asked.append((handler.path, dict(handler.headers), asked))
        if self.fault == "hang":
            time.sleep(5)
            return
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        handler.send_response(self.status)
        if self.status in (301, 302):
            handler.send_header("Location", "http://127.0.0.1:9/elsewhere")
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if self.fault == "drip":
            for byte in body:
                handler.wfile.write(bytes([byte]))
                time.sleep(0.05)
        elif self.fault == "cut off":
            handler.wfile.write(body[:20])
            handler.close_connection = True
        else:
            handler.wfile.write(body)


@contextmanager
def model_server() -> Iterator[ModelServer]:
    model = ModelServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            with suppress(BrokenPipeError, ConnectionResetError):  # who asked has given up
                model.respond(self)

        def log_message(self, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    model.address = f"http://127.0.0.1:{server.server_port}/v1"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()
