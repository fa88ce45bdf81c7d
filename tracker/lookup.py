"""One paper by its id, for somebody who waits for it: from the corpus, or else from arXiv at once."""

import time
from collections.abc import Callable

from tracker.arxiv_client import ArxivClient, ArxivUnavailable, Patience
from tracker.errors import GalleyError
from tracker.models import Paper
from tracker.records import parse_arxiv_id
from tracker.storing import upsert

_PATIENCE = Patience(connect=4, read=6, whole=10, attempts=1)
_TURN = 8.0  # seconds to wait at most for the installation's turn to ask


class UnknownPaper(GalleyError):
    """arXiv has no paper of that id."""


def find_paper(text: str) -> Paper:
    """The paper of an arXiv id or address, old style or new; a version named in it only says how new ours must be.

    Takes some 25 seconds at most, so it fits a request, and not within a transaction, since it may ask arXiv. Raises
    MalformedId, UnknownPaper, ArxivUnavailable, ArxivRefused.
    """
    arxiv_id, version = parse_arxiv_id(text)
    stored = Paper.objects.filter(arxiv_id=arxiv_id).first()
    if stored and stored.version >= (version or 1):
        return stored
    try:
        records = ArxivClient(patience=_PATIENCE, sleep=_sleep_until(time.monotonic() + _TURN)).fetch_ids([arxiv_id])
    except ArxivUnavailable:
        if stored:
            return stored
        raise
    if not records and stored is None:
        raise UnknownPaper(f"arXiv knows no paper {arxiv_id}: check the id, or try again if it is brand new.")
    upsert(records)
    return Paper.objects.get(arxiv_id=records[0].arxiv_id if records else arxiv_id)


def _sleep_until(deadline: float) -> Callable[[float], None]:
    """Sleeps like `time.sleep`, but not past the deadline on the monotonic clock."""

    def sleep(seconds: float) -> None:
        if time.monotonic() + seconds > deadline:
            raise ArxivUnavailable(
                "This installation is asking arXiv for other papers just now, one question at a time: "
                "try again in a minute."
            )
        time.sleep(seconds)

    return sleep
