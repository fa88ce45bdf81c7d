"""`manage.py send_mail`: send what is due of a digest's mail, as a worker would."""

from argparse import ArgumentParser
from typing import Any

from digests.mailing import claiming, sending
from digests.management.options import add_week_options, chosen_series, chosen_week
from digests.models import Mailing
from tracker.errors import GalleyError
from tracker.management.base import GalleyCommand


class NoMailing(GalleyError):
    """The week has no mail to send."""


class Command(GalleyCommand):
    help = "Send what is due of a digest's mail. Any number of these, and of workers, may run at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_week_options(parser)

    def run(self, **options: Any) -> dict[str, Any]:
        series, week = chosen_series(options["series"]), chosen_week(options["week"])
        mailing = Mailing.objects.filter(digest__series=series, digest__week_start=week.monday).first()
        if mailing is None:
            raise NoMailing(f"Nothing of {week} was queued for mail: do that on the desk.")
        freed, unknown = claiming.expire()
        self.progress.start("Sending", mailing.deliveries.tally().to_go)
        counts = sending.send(mailing, should_stop=self.should_stop, progress=self.progress)
        mailing.refresh_from_db()
        if mailing.trouble:
            self.progress.note(mailing.trouble)
        return {
            "series": series.slug,
            "week": str(week),
            "freed": freed,
            "became_unknown": unknown,
            **counts,
            "to_go": mailing.deliveries.tally().to_go,
        }
