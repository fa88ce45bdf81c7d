"""What Galley's commands have in common: progress, `--json`, and errors as one sentence."""

import json
import signal
import sys
from argparse import ArgumentParser
from types import FrameType
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError
from tqdm import tqdm

from tracker.errors import GalleyError
from tracker.progress import Progress

_UNDEFINED = ("42P01", "42703")  # PostgreSQL's codes for a table and a column that aren't there


class Bar:
    """Progress as a bar on a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._bar: tqdm[Any] | None = None

    def start(self, label: str, total: int | None) -> None:
        self.close()
        self._bar = tqdm(total=total, desc=label, file=self._stream, unit="", dynamic_ncols=True)

    def advance(self, count: int = 1) -> None:
        if self._bar is not None:
            self._bar.update(count)

    def note(self, message: str) -> None:
        tqdm.write(message, file=self._stream)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class Lines:
    """Progress as plain lines, about ten a stage, where nobody watches a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._label, self._total, self._done, self._told = "", 0, 0, 0

    def start(self, label: str, total: int | None) -> None:
        self._label, self._total, self._done, self._told = label, total or 0, 0, 0
        self.note(f"{label}: {total} to do" if total is not None else label)

    def advance(self, count: int = 1) -> None:
        self._done += count
        step = max(1, self._total // 10)
        if self._done - self._told >= step or self._done == self._total:
            self._told = self._done
            self.note(
                f"{self._label}: {self._done} of {self._total}" if self._total else f"{self._label}: {self._done}"
            )

    def note(self, message: str) -> None:
        print(message, file=self._stream, flush=True)

    def close(self) -> None: ...


class GalleyCommand(BaseCommand):
    """A command that works with `self.progress`, ends with figures, and fails with a sentence.

    Subclasses implement `run`, which returns the figures. They are printed as readable lines, or with `--json`
    as one JSON object, the only thing on standard output; progress goes to standard error.
    """

    requires_system_checks: list[str] = []
    progress: Progress
    _stopping = False

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.add_argument("--json", action="store_true", help="end with one JSON object of figures")
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None: ...

    def should_stop(self) -> bool:
        """Whether SIGTERM came: long work then stops between two pieces and can be taken up again."""
        return self._stopping

    def run(self, **options: Any) -> dict[str, Any]:
        """Do the work and return its figures, which json can write."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        watcher = Bar(sys.stderr) if sys.stderr.isatty() else Lines(sys.stderr)
        self.progress = watcher
        earlier = signal.signal(signal.SIGTERM, self._stop)
        try:
            figures = self.run(**options)
        except GalleyError as error:
            raise CommandError(str(error)) from error
        except (DatabaseError, InterfaceError) as error:
            raise CommandError(_database_trouble(error)) from error
        except KeyboardInterrupt as error:
            raise CommandError("Stopped. Run the command again to go on where it stopped.") from error
        finally:
            signal.signal(signal.SIGTERM, earlier)
            watcher.close()
        self.report(figures, as_json=options["json"])

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def report(self, figures: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(figures, default=str))
        else:
            for name, value in figures.items():
                self.stdout.write(f"{name.replace('_', ' ')}: {value}")


def _database_trouble(error: Exception) -> str:
    """What the database said, as a sentence, and what to do about it."""
    told = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
    if "locked" in told:
        advice = "Another process writes to it: run the command again when that has ended."
    elif "no such" in told or getattr(error.__cause__, "sqlstate", "") in _UNDEFINED:
        advice = "Bring it up to date with `manage.py migrate`."
    else:
        advice = "See that DATABASE_URL is right, and that the database runs and can be written to."
    return f"The database can't be used: {told}. {advice}"
