"""What an editor is asked to look at in an entry: claims beyond the abstract, and a heading that isn't the title."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from digests import markdown
from digests.claims import check_claims
from digests.claims.names import squeeze
from digests.models import AcceptedClaim, Digest, Entry
from digests.proofs import Stretch, read_proof
from tracker import tex
from tracker.models import Paper

LONGEST_KEY = 600  # characters that the table of accepted claims takes


@dataclass(frozen=True)
class Mark:
    """Something to be looked at; `accepted` tells who vouched for it, and when."""

    kind: str  # `number` and `name` of a summary, or `heading`
    text: str
    key: str  # by which it is accepted
    nearby: str  # what arXiv says instead; empty where nothing is near
    start: int = 0  # among the words of the summary
    end: int = 0
    accepted: AcceptedClaim | None = None

    @property
    def is_open(self) -> bool:
        return self.accepted is None

    @property
    def is_heading(self) -> bool:
        return self.kind == "heading"


Accepted = Mapping[tuple[int, str], AcceptedClaim]  # by paper and key


def accepted_claims(digest: Digest) -> Accepted:
    """What editors of the digest vouched for; one query."""
    rows = AcceptedClaim.objects.filter(digest=digest).select_related("accepted_by")
    return {(row.paper_id, row.claim): row for row in rows}


def find_marks(paper: Paper, heading: str, summary: str, accepted: Accepted) -> list[Mark]:
    """The marks of a heading and a summary, which are the editor's Markdown: the heading's first."""
    return [*_heading_mark(paper, heading, accepted), *summary_marks(paper, summary, accepted)]


def entry_marks(entry: Entry, accepted: Accepted) -> list[Mark]:
    return find_marks(entry.paper, entry.heading, entry.summary, accepted)


def _heading_mark(paper: Paper, heading: str, accepted: Accepted) -> Iterator[Mark]:
    title = tex.to_unicode(paper.title)
    if heading and squeeze(tex.to_unicode(heading)) != squeeze(title):
        key = f"heading: {heading}"[:LONGEST_KEY]
        yield Mark("heading", heading, key, title, accepted=accepted.get((paper.pk, key)))


def summary_marks(paper: Paper, summary: str, accepted: Accepted) -> list[Mark]:
    found = check_claims(read_proof(markdown.to_html(summary)).words, paper.title, paper.abstract)
    return [
        Mark(
            kind=claim.kind,
            text=claim.text,
            key=claim.key[:LONGEST_KEY],
            nearby=claim.nearby,
            start=claim.start,
            end=claim.end,
            accepted=accepted.get((paper.pk, claim.key[:LONGEST_KEY])),
        )
        for claim in found
    ]


def marked_html(summary: str, found: Sequence[Mark], prefix: str) -> SafeString:
    """The summary as HTML with its marks; ids are the prefix and the place of the mark in `found`, from 1."""
    stretches = [
        Stretch(mark.start, mark.end, f"{prefix}-{place}", f"claim {'open' if mark.is_open else 'accepted'}")
        for place, mark in enumerate(found, start=1)
        if not mark.is_heading
    ]
    return read_proof(markdown.to_html(summary)).marked(stretches)
