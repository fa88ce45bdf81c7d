"""Messages kept as files: what one process sends another takes whole, whenever it looks."""

import threading
from queue import Empty

from kombu import Connection

import tracker.config  # noqa: F401  says what filesystem:// means

# kombu remembers bindings by process, whatever the folder: a queue that no other test has bound.
QUEUE = "whole-messages"


def connection_to(folder) -> Connection:
    options = {"data_folder_in": str(folder), "data_folder_out": str(folder), "control_folder": str(folder / "control")}
    return Connection("filesystem://localhost//", transport_options=options)


def test_a_worker_that_never_stops_looking_takes_each_message_whole(tmp_path):
    messages = 300
    with connection_to(tmp_path) as sending, connection_to(tmp_path) as taking:
        outgoing, incoming = sending.SimpleQueue(QUEUE), taking.channel()
        sender = threading.Thread(
            target=lambda: [outgoing.put({"number": number, "long": "x" * 50_000}) for number in range(messages)]
        )
        sender.start()
        taken = []
        while sender.is_alive() or incoming._size(QUEUE):
            try:
                taken.append(incoming._get(QUEUE))
            except Empty:
                continue
        sender.join()
    assert len(taken) == messages
    assert list(tmp_path.glob("*.new")) == []
