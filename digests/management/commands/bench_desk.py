"""`manage.py bench_desk`: what the board and each of its actions cost, in queries and in time, on a stored week.

Everything happens in one transaction that is taken back at the end: made-up candidates fill the week up, an editor who
exists for the while asks for pages and acts. The cost of committing is therefore not in the figures.
"""

import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from digests.management.options import add_week_options, chosen_series, chosen_week
from digests.models import Candidate, Digest, Role
from digests.models.decisions import UNDOABLE
from tracker.errors import GalleyError
from tracker.management.base import GalleyCommand
from tracker.models import Authorship, Paper

HTMX = {"HX-Request": "true"}
_Answer = Any  # of the test client: a response with more on it


class NothingToMeasure(GalleyError):
    """The week has no draft on whose board one could act."""


@dataclass
class Cost:
    """What one kind of request cost: milliseconds by the clock and of work, the most queries and the most bytes."""

    times: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)
    queries: int = 0
    size: int = 0

    def told(self) -> dict[str, float]:
        return {
            "queries": self.queries,
            "ms": round(median(self.times), 1),
            "worst_ms": round(max(self.times), 1),
            "cpu_ms": round(median(self.work), 1),
            "kb": round(self.size / 1000, 1),
        }


class Command(GalleyCommand):
    help = "Measure the board and its actions on a stored week, filled up with made-up candidates. Changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_week_options(parser)
        parser.add_argument("--candidates", type=int, default=1700, help="fill the week up to so many (default: 1700)")
        parser.add_argument("--rounds", type=int, default=20, help="requests of each kind (default: 20)")

    def run(self, **options: Any) -> dict[str, Any]:
        digest = _draft(options)
        costs: dict[str, Cost] = {}
        with _taken_back():
            _fill(digest, options["candidates"])
            bench = _Bench(digest, _editor())
            self.progress.start("Measuring", len(bench.requests))
            for name, request in bench.requests.items():
                most = UNDOABLE - 1 if name == "undo" else options["rounds"]
                costs[name] = _measure(request, max(1, min(most, options["rounds"])))
                self.progress.advance()
            count = digest.candidates.count()
        return {"candidates": count, **{name: cost.told() for name, cost in costs.items()}}

    def report(self, figures: dict[str, Any], *, as_json: bool) -> None:
        if not as_json:
            costs = {name: cost for name, cost in figures.items() if isinstance(cost, dict)}
            words = "{queries} queries, {ms} ms, at worst {worst_ms}, of processor time {cpu_ms}; {kb} kB"
            figures = figures | {name: words.format(**cost) for name, cost in costs.items()}
        super().report(figures, as_json=as_json)


class _Bench:
    """An editor at the board of a draft, and every kind of request they make there."""

    def __init__(self, digest: Digest, editor: User) -> None:
        site = urlsplit(settings.SITE_URL)
        self._client = Client(headers={"host": site.netloc})
        self._client.force_login(editor)
        self._secure = site.scheme == "https"
        self._board = reverse("board", args=[digest.series.slug, digest.week])
        self._undo = reverse("undo", args=[digest.series.slug, digest.week])
        sorted_ones = digest.candidates.exclude(suggested_topic=None).ranked()[:200]
        self._candidates = cycle(sorted_ones.values_list("pk", flat=True))
        self._topics = cycle(digest.series.topics.values_list("pk", flat=True))
        behind = digest.candidates.ranked()[24]
        self.requests: dict[str, Callable[[], _Answer]] = {
            "board": lambda: self._get(""),
            "board, all papers": lambda: self._get("?list=all"),
            "25 more cards": lambda: self._get(f"?list=all&after={behind.pk}", htmx=True),
            "filter by words": lambda: self._get("?list=all&q=language+models", htmx=True),
            "filter by category": lambda: self._get("?list=all&category=cs.CL&margin=low&sort=margin", htmx=True),
            "open a card": self._open,
            "pick": lambda: self._decide(verdict="pick"),
            "maybe": lambda: self._decide(verdict="maybe"),
            "skip": lambda: self._decide(verdict="skip"),
            "move to a topic": lambda: self._decide(topic=next(self._topics)),
            "undo": lambda: self._post(self._undo, {}),
        }

    def _get(self, query: str, *, htmx: bool = False) -> _Answer:
        return self._client.get(self._board + query, headers=HTMX if htmx else None, secure=self._secure)

    def _open(self) -> _Answer:
        return self._client.get(reverse("candidate", args=[next(self._candidates)]), headers=HTMX, secure=self._secure)

    def _decide(self, **told: Any) -> _Answer:
        return self._post(reverse("decide", args=[next(self._candidates)]), told)

    def _post(self, address: str, told: dict[str, Any]) -> _Answer:
        there = {"next": f"{self._board}?list=all", "list": "all"}
        return self._client.post(address, told | there, headers=HTMX, secure=self._secure)


def _measure(request: Callable[[], _Answer], rounds: int) -> Cost:
    """Ask so many times; and once before, so that nothing is loaded for the first time."""
    cost = Cost()
    request()
    for _ in range(rounds):
        with _counted() as count:
            began, worked = time.perf_counter(), time.process_time()
            answer = request()
            cost.times.append((time.perf_counter() - began) * 1000)
            cost.work.append((time.process_time() - worked) * 1000)
        if answer.status_code != 200:
            raise NothingToMeasure(f"The board answered with {answer.status_code}.")
        cost.queries, cost.size = max(cost.queries, count[0]), max(cost.size, len(answer.content))
    return cost


@contextmanager
def _counted() -> Iterator[list[int]]:
    count = [0]

    def execute(run: Any, *rest: Any) -> Any:
        count[0] += 1
        return run(*rest)

    with connection.execute_wrapper(execute):
        yield count


@contextmanager
def _taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _draft(options: dict[str, Any]) -> Digest:
    series, week = chosen_series(options["series"]), chosen_week(options["week"])
    drafts = Digest.objects.of_week(week).filter(series=series, status=Digest.Status.DRAFT)
    digest = drafts.select_related("series").first()
    if digest is None or digest.candidates.count() < 25:
        raise NothingToMeasure(f"{week} has no draft with 25 candidates: draft it first, by `manage.py weekly`.")
    return digest


def _editor() -> User:
    editor = User.objects.create_user("bench_desk")
    editor.groups.add(Group.objects.get(name=Role.EDITOR))
    return editor


def _fill(digest: Digest, wanted: int) -> None:
    """Copies of the week's candidates, of copies of their papers, until there are as many as wanted."""
    told = list(digest.candidates.select_related("paper").prefetch_related("paper__authorships", "paper__categories"))
    models = list(islice(cycle(told), max(0, wanted - len(told))))
    papers = [_copy(one.paper, arxiv_id=f"9912.{number:05d}") for number, one in enumerate(models)]
    Paper.objects.bulk_create(papers)
    pairs = list(zip(models, papers, strict=True))
    Candidate.objects.bulk_create(
        [_copy(one, paper=paper, cluster=100_000 + paper.pk, proposed=False) for one, paper in pairs]
    )
    Authorship.objects.bulk_create(
        [_copy(authorship, paper=paper) for one, paper in pairs for authorship in one.paper.authorships.all()]
    )
    listing = Paper.categories.through
    listing.objects.bulk_create(
        [
            listing(paper_id=paper.pk, category_id=category.pk)
            for one, paper in pairs
            for category in one.paper.categories.all()
        ]
    )


def _copy(row: Any, **changed: Any) -> Any:
    columns = {one.attname: getattr(row, one.attname) for one in row._meta.concrete_fields if not one.primary_key}
    related = {f"{name}_id" for name in changed}
    return type(row)(**{name: value for name, value in columns.items() if name not in related} | changed)
