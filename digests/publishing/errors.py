"""Why a verb refused, each with a sentence that says what to do."""

from collections.abc import Sequence

from digests import preflight
from digests.models import Candidate, Digest, Entry
from digests.models.people import name_of
from tracker.errors import GalleyError


class AlreadyPublished(GalleyError):
    """The digest is public, and the desk changes drafts only."""


class TopicNeeded(GalleyError):
    """A paper can't enter a digest without a topic to stand under."""


class AlreadyThere(GalleyError):
    """The paper is on the board: `candidate` is its row."""

    def __init__(self, candidate: Candidate) -> None:
        super().__init__("This paper is on the board already.")
        self.candidate = candidate


class NothingToUndo(GalleyError):
    """The editor has no action left on the digest that undo may take back."""


class NotPublished(GalleyError):
    """The digest is a draft already."""


class CorrectionUntold(GalleyError):
    """What is public changes only if its readers are told."""


class NotScheduled(GalleyError):
    """The digest waits for no time: it was published or its schedule stopped."""


class TimeIsPast(GalleyError):
    """A digest can't be scheduled for a time that is over."""


class NoDraft(GalleyError):
    """The machine has no draft summary for the paper."""


class WrongDigest(GalleyError):
    """A section or topic was named that belongs elsewhere."""


class SectionInUse(GalleyError):
    """Only an empty section can be taken out."""


class SectionTitle(GalleyError):
    """A section has no title, or that of another."""


class ClaimGone(GalleyError):
    """The summary doesn't make the claim any more that was to be accepted."""


class VersionGone(GalleyError):
    """There is no such version in the history."""


class DigestNotReady(GalleyError):
    """Preflight found errors; `problems` lists them."""

    def __init__(self, problems: Sequence[preflight.Problem]) -> None:
        super().__init__(f"Not published: {len(problems)} to put right first. {problems[0].sentence}")
        self.problems = problems


class EditClash(GalleyError):
    """Somebody saved after the edit began. `theirs` is the row as it stands now; nothing was overwritten."""

    def __init__(self, theirs: Digest | Entry) -> None:
        saved = theirs.history.select_related("history_user").first()
        self.theirs = theirs
        self.saved_by = saved.history_user if saved else None
        self.saved_at = saved.history_date if saved else None
        super().__init__(f"{name_of(self.saved_by) or 'Somebody'} saved this while you were writing.")
