"""Messages as files that are whole from the moment they can be seen.

kombu's own file transport opens a message under its final name and then writes it. A worker that looks in between takes
an empty message, fails at it and ends, and everything that honcho started ends with it.
"""

import uuid
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Writes each message beside the queue, where nobody takes it, and then gives it its name."""

    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:  # type: ignore[override]  # kombu overrides so itself
        # The name is kombu's: readers sort by it, and know the queue from it.
        file = Path(self.data_folder_out) / f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        unfinished = file.with_suffix(".new")
        try:
            unfinished.write_text(dumps(payload), encoding="utf-8")
            unfinished.replace(file)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise ChannelError(f"Cannot add the message {file}.") from error


class Transport(filesystem.Transport):
    Channel = Channel


def use_whole_files() -> None:
    """Let `filesystem://` mean this transport, for every connection of the process."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"
