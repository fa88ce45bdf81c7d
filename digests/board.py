"""What the board shows of a week's candidates: its lists and their counts, what filters leave, and in which order."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, Self
from urllib.parse import urlencode

from django.db.models import Count

from digests.models import Candidate, Digest, Topic
from digests.models.candidates import CandidateQuerySet
from tracker.models import Category

CARDS = 25  # at a time
_CATEGORIES = 30  # offered to filter by; an address may name any
_WORDS_READ = 200  # characters of a search
_VERDICTS = Candidate.Verdict


class Row(NamedTuple):
    """What decides where a candidate stands in a list."""

    pk: int
    cluster: int | None
    importance: float | None
    margin: float | None
    announced: int  # the day's number; 0 where none is known


def _falling(value: float | None) -> tuple[bool, float]:
    """A sort key that puts high values first, and what has none last."""
    return (value is None, -(value or 0))


SORTS: dict[str, tuple[str, Callable[[Row], tuple[Any, ...]]]] = {
    "importance": ("Most important", lambda row: (_falling(row.importance), row.pk)),
    "margin": ("Least sure of topic", lambda row: (row.margin is None, row.margin, _falling(row.importance), row.pk)),
    "newest": ("Newest", lambda row: (-row.announced, _falling(row.importance), row.pk)),
}


@dataclass(frozen=True)
class Filter:
    """Which candidates of a list are shown, and in which order: the part of the board's address that may be shared."""

    verdict: str = ""
    category: str = ""
    margin: str = ""  # "low", or empty for any
    q: str = ""
    sort: str = "importance"

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """The filter that an address names; what it has no meaning for counts as not named."""
        verdict, sort = query.get("verdict", ""), query.get("sort", "")
        return cls(
            verdict=verdict if verdict in _VERDICTS else "",
            category=query.get("category", "").strip()[:32],
            margin="low" if query.get("margin") == "low" else "",
            q=" ".join(query.get("q", "").split())[:_WORDS_READ],
            sort=sort if sort in SORTS else "importance",
        )

    def of(self, candidates: CandidateQuerySet) -> CandidateQuerySet:
        """Those of the candidates that it lets through."""
        if self.verdict:
            candidates = candidates.filter(verdict=self.verdict)
        if self.category:
            candidates = candidates.in_category(self.category)
        if self.margin:
            candidates = candidates.unsure()
        return candidates.mentioning(self.q)

    @property
    def narrows(self) -> bool:
        """Whether it may leave anything out."""
        return any((self.verdict, self.category, self.margin, self.q))

    @property
    def query(self) -> str:
        """Its part of an address, without what is so anyway: `&verdict=picked`, or nothing."""
        usual = asdict(Filter())
        told = {name: value for name, value in asdict(self).items() if value != usual[name]}
        return f"&{urlencode(told)}" if told else ""


@dataclass(frozen=True)
class Pile:
    """One of the board's lists of candidates; `picked` of its `count` are in the digest."""

    key: str
    name: str
    count: int
    picked: int = 0
    topic: Topic | None = None


def piles(candidates: CandidateQuerySet, topics: Sequence[Topic]) -> list[Pile]:
    """All lists, and how many of these candidates each holds; one query."""
    counts: Counter[str | int] = Counter()
    picked: Counter[str | int] = Counter()
    for kind in candidates.tally():
        for place in _places(kind):
            counts[place] += kind["count"]
            picked[place] += kind["count"] * (kind["verdict"] == _VERDICTS.PICKED)
    return [
        Pile("proposed", "Proposed", counts["proposed"], picked["proposed"]),
        *(Pile(f"topic-{topic.slug}", topic.name, counts[topic.pk], picked[topic.pk], topic) for topic in topics),
        Pile("unsorted", "Unsorted", counts["unsorted"]),
        Pile("outside", "Off the subject", counts["outside"]),
        Pile("added", "Added by hand", counts["added"], picked["added"]),
        *(Pile(key, key.capitalize(), counts[key]) for key in ("picked", "maybe", "skipped")),
        Pile("all", "All", counts["all"]),
    ]


def _places(kind: dict[str, Any]) -> Iterator[str | int]:
    """Where candidates of a kind are listed: a pile's key, or that of a topic."""
    yield "all"
    if kind["proposed"]:
        yield "proposed"
    if kind["is_added"]:
        yield "added"
    yield kind["place_id"] or ("unsorted" if kind["scope"] == Candidate.Scope.INSIDE else "outside")
    if kind["verdict"] != _VERDICTS.UNDECIDED:
        yield kind["verdict"]


def in_pile(candidates: CandidateQuerySet, pile: Pile) -> CandidateQuerySet:
    """Those of the candidates that the list holds."""
    if pile.topic is not None:
        return candidates.under(pile.topic)
    filters: dict[str, Callable[[], CandidateQuerySet]] = {
        "proposed": lambda: candidates.filter(proposed=True),
        "unsorted": candidates.unsorted,
        "outside": candidates.outside,
        "added": candidates.added,
        "picked": lambda: candidates.filter(verdict=_VERDICTS.PICKED),
        "maybe": lambda: candidates.filter(verdict=_VERDICTS.MAYBE),
        "skipped": lambda: candidates.filter(verdict=_VERDICTS.SKIPPED),
        "all": candidates.all,
    }
    return filters[pile.key]()


@dataclass(frozen=True)
class Run:
    """Some cards of a list, and `last`, behind which there are more; None at the list's end."""

    cards: list[Candidate]
    last: Candidate | None


def cards(listed: CandidateQuerySet, sort: str, *, after: Candidate | None = None) -> Run:
    """The next cards of the listed candidates, behind the place of `after`, which may have left the list meanwhile.

    Of papers that are nearly the same the first in this order is shown, with the others of the digest in its `alike`.
    """
    key = SORTS[sort][1]
    rows = _folded(sorted(_rows(listed), key=key))
    if after is not None:
        place = key(_rows(Candidate.objects.filter(pk=after.pk))[0])
        rows = [row for row in rows if key(row) > place]
    page = rows[:CARDS]
    found = Candidate.objects.with_cards().in_bulk([row.pk for row in page])
    shown = [found[row.pk] for row in page if row.pk in found]
    unfold(shown)
    return Run(shown, shown[-1] if len(rows) > CARDS else None)


def _rows(candidates: CandidateQuerySet) -> list[Row]:
    told = candidates.order_by().values_list("pk", "cluster", "importance", "margin", "paper__announced_on")
    return [
        Row(pk, cluster, importance, margin, day.toordinal() if day else 0)
        for pk, cluster, importance, margin, day in told
    ]


def _folded(rows: Sequence[Row]) -> list[Row]:
    """The first of each cluster, in the same order; a row without a cluster stands for itself."""
    first: dict[int, int] = {}
    return [row for row in rows if row.cluster is None or first.setdefault(row.cluster, row.pk) == row.pk]


def unfold(shown: Sequence[Candidate]) -> None:
    """Give each candidate the others of its digest that are nearly the same paper, as `alike`; the best first."""
    alike: defaultdict[tuple[int, int | None], list[Candidate]] = defaultdict(list)
    clusters = {candidate.cluster for candidate in shown if candidate.cluster is not None}
    digests = {candidate.digest_id for candidate in shown}
    mates = Candidate.objects.filter(digest__in=digests, cluster__in=clusters)
    hidden = list(mates.exclude(pk__in=[candidate.pk for candidate in shown]).values_list("pk", flat=True))
    if hidden:  # seldom: most papers are like no other of their week
        for mate in Candidate.objects.filter(pk__in=hidden).ranked().with_cards():
            alike[mate.digest_id, mate.cluster].append(mate)
    for candidate in shown:
        candidate.alike = alike[candidate.digest_id, candidate.cluster]


def categories(digest: Digest, wanted: str) -> list[str]:
    """The categories that most of the digest's candidates are listed in, and the one wanted, by name; one query."""
    listed = Category.objects.filter(papers__candidacies__digest=digest).values_list("code")
    common = listed.annotate(count=Count("papers")).order_by("-count", "code")[:_CATEGORIES]
    return sorted({code for code, _ in common} | ({wanted} if wanted else set()))


def word_count(digest: Digest) -> int:
    """Words in the summaries of the picked papers, or where none is written in their drafts; one query."""
    picked = digest.candidates.filter(verdict=_VERDICTS.PICKED).values("paper")
    texts = digest.entries.filter(paper__in=picked).values_list("summary", "draft_summary")
    return sum(len((summary or draft).split()) for summary, draft in texts)
