"""`manage.py prepare`: what a new installation needs before its first page: an editor, and a week to show."""

import secrets
import socket
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User

from digests import sample, weekly
from digests.drafting import EmptyWeek
from digests.management.options import chosen_series, chosen_week
from digests.models import Digest, Series, WeeklyRun
from tracker.arxiv_client import ArxivRefused, ArxivUnavailable
from tracker.errors import GalleyError
from tracker.harvest import EmptyHarvest
from tracker.management.base import GalleyCommand
from tracker.weeks import Week

EDITOR = "editor"
# What keeps the first week from coming and is no fault of the installation's: the sample week stands in.
NO_WEEK = (ArxivUnavailable, ArxivRefused, EmptyHarvest, EmptyWeek)


class PortUnusable(GalleyError):
    """The site can't listen where it should."""


class Command(GalleyCommand):
    help = "Make an editor's account and the first week. What is there already is left as it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, help="also check that the site can listen here")

    def run(self, **options: Any) -> dict[str, Any]:
        if options["port"] is not None:
            _check_port(options["port"])
        password = _make_editor()
        try:
            if not Digest.objects.exists():
                self._first_week(chosen_series(None), chosen_week(None))
        finally:  # whatever became of the week, the password is told: nobody can look it up
            if password:
                self.progress.note(
                    f"\nAn editor's account was made. It is told only now:\n  {EDITOR}\n  {password}\n"
                    f"`.venv/bin/python manage.py changepassword {EDITOR}` sets another.\n"
                )
        return {"digests": Digest.objects.count(), "published": Digest.objects.published().count()}

    def _first_week(self, series: Series, week: Week) -> None:
        self.progress.note(f"Drafting the latest complete week, {week}, from arXiv. This takes some minutes, once.")
        try:
            self._go(weekly.request_run(series, week))
        except NO_WEEK as error:
            self.progress.note(f"{error} The bundled sample week {sample.WEEK} takes its place.")
            digest = sample.load_sample(progress=self.progress)
            self._go(weekly.request_run(digest.series, digest.week, source=str(sample.PAPERS)))

    def _go(self, run: WeeklyRun) -> None:
        for step in WeeklyRun.Step:
            weekly.run_step(run, step, progress=self.progress, take_over=True, should_stop=self.should_stop)


def _make_editor() -> str | None:
    """Make the first account, with every right, and return its password; None where there are accounts already."""
    if User.objects.exists():
        return None
    password = secrets.token_urlsafe(12)
    User.objects.create_superuser(EDITOR, password=password)
    return password


def _check_port(port: int) -> None:
    if not 0 < port < 65536:
        raise PortUnusable(f"There is no port {port}. Choose one up to 65535 with PORT=….")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise PortUnusable(f"Port {port} can't be used: {error.strerror}. Choose another with PORT=….") from error
