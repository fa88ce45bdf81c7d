"""What all commands have in common when the ground under them gives way: one sentence, and status 1."""

import os
import signal

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import InterfaceError, OperationalError, ProgrammingError

import manage
from tests.encoders import HashingEncoder
from tests.factories import PaperFactory
from tracker.management.commands import embed
from tracker.models import Embedding


def undefined_table() -> ProgrammingError:
    """PostgreSQL's word for a database that wasn't migrated, as Django passes it on."""
    error = ProgrammingError('relation "tracker_paper" does not exist\nLINE 1: SELECT …')
    error.__cause__ = psycopg.errors.UndefinedTable()
    return error


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OperationalError("database is locked"), r"is locked\. Another process writes to it: run the command again"),
        (OperationalError("no such table: tracker_paper"), r"no such table: tracker_paper\. Bring it up to date with"),
        (undefined_table(), r"does not exist\. Bring it up to date with `manage.py migrate`\.$"),
        (OperationalError("connection refused\n\tIs it running?"), r"used: connection refused\. See that DATABASE_URL"),
        (OperationalError("attempt to write a readonly database"), r"can be written to\.$"),
        (InterfaceError("connection already closed"), "connection already closed"),
    ],
)
def test_trouble_with_the_database_is_told_with_what_to_do(monkeypatch, error, sentence):
    def fail() -> None:
        raise error

    monkeypatch.setattr(embed, "get_encoder", fail)
    with pytest.raises(CommandError, match=sentence) as told:
        call_command("embed")
    assert "\n" not in str(told.value)


@pytest.mark.django_db
def test_at_sigterm_embedding_stops_cleanly_and_the_next_run_goes_on(monkeypatch, capsys):
    class Signalling(HashingEncoder):
        def encode(self, *arguments, **options):
            if self.asked:  # amid the second chunk
                os.kill(os.getpid(), signal.SIGTERM)
            return super().encode(*arguments, **options)

    monkeypatch.setattr("tracker.embeddings.CHUNK", 2)
    PaperFactory.create_batch(5)
    monkeypatch.setattr(embed, "get_encoder", Signalling)
    with pytest.raises(CommandError, match="run it again to go on from there"):
        call_command("embed")
    assert Embedding.objects.count() == 2, "what a chunk had begun isn't awaited"
    monkeypatch.setattr(embed, "get_encoder", HashingEncoder)
    call_command("embed")
    assert Embedding.objects.count() == 5


def test_a_command_interrupted_while_it_starts_says_so_in_a_word(monkeypatch):
    def interrupted(arguments: list[str]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("django.core.management.execute_from_command_line", interrupted)
    with pytest.raises(SystemExit, match=r"^Stopped\.$"):
        manage.main()
