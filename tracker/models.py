"""The corpus: papers with their authors and categories, vectors, and the records of harvests."""

import datetime as dt
from collections.abc import Collection
from typing import Any, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from tracker.records import AbstractKind
from tracker.weeks import Week


class Category(models.Model):
    """One entry of arXiv's taxonomy, such as `cs.CL`."""

    code = models.CharField(max_length=32, unique=True)

    def __str__(self) -> str:
        return self.code


class Author(models.Model):
    """A name as arXiv prints it. arXiv has no author ids, so namesakes share a row."""

    name = models.CharField(max_length=500, unique=True)

    def __str__(self) -> str:
        return self.name


class PaperQuerySet(models.QuerySet["Paper"]):
    def announced_in(self, week: Week) -> Self:
        return self.filter(announced_on__range=(week.monday, week.sunday))

    def of_id_month(self, month: str) -> Self:
        """Papers whose new-style id carries the month (`2311`)."""
        # Only digits differ within the range, so it holds in any collation, and it uses the index.
        return self.filter(arxiv_id__gte=f"{month}.0", arxiv_id__lte=f"{month}.99999")

    def in_categories(self, codes: Collection[str]) -> Self:
        """Papers listed in any of the categories, as primary or as a cross-list."""
        listed = Paper.categories.through.objects.filter(paper=OuterRef("pk"), category__code__in=codes)
        return self.filter(Exists(listed))

    def of_series_week(self, codes: Collection[str], week: Week) -> Self:
        """What a digest of that week may hold: announced in it, in the categories, not withdrawn."""
        return self.announced_in(week).in_categories(codes).filter(withdrawn=False)

    def by_author(self, author: Author) -> Self:
        """What somebody of that name wrote, the newest first."""
        return self.filter(authorships__author=author).distinct().newest_first()

    def newest_first(self) -> Self:
        """By listing day, undated ones last. Both databases have an index in this order."""
        return self.order_by(F("announced_on").desc(nulls_last=True), "-arxiv_id")

    def lacking_embedding(self, model_name: str) -> Self:
        """Papers without a vector of that encoder made from their current text."""
        current = Embedding.objects.filter(paper=OuterRef("pk"), model_name=model_name, text_hash=OuterRef("text_hash"))
        return self.filter(~Exists(current))


class Paper(models.Model):
    """One arXiv work, at the latest version seen. Text is stored as arXiv gives it, TeX and all."""

    class AnnouncedBy(models.TextChoices):
        LISTING = "listing"  # a listing named the day
        SCHEDULE = "schedule"  # arXiv's schedule for the instant of submission
        NEIGHBOURS = "neighbours"  # held by moderation: announced with its neighbours by id

    arxiv_id = models.CharField(max_length=32, unique=True)
    version = models.PositiveSmallIntegerField(default=1)
    title = models.TextField()
    abstract = models.TextField()
    abstract_kind = models.CharField(
        max_length=16, choices=[(kind.value, kind.name.title()) for kind in AbstractKind], default=AbstractKind.AUTHORS
    )
    comment = models.TextField(blank=True)
    journal_ref = models.TextField(blank=True)
    doi = models.TextField(blank=True)
    licence = models.CharField(max_length=200, blank=True)
    primary_category = models.CharField(max_length=32, blank=True)
    categories = models.ManyToManyField(Category, related_name="papers")
    authors = models.ManyToManyField(Author, through="Authorship", related_name="papers")
    submitted_at = models.DateTimeField(null=True, help_text="The first version's instant, where a source knew it.")
    updated_at = models.DateTimeField(null=True, help_text="The latest version's instant.")
    announced_on = models.DateField(null=True, help_text="The listing day.")
    announced_by = models.CharField(max_length=16, choices=AnnouncedBy.choices, blank=True)
    withdrawn = models.BooleanField(default=False)
    text_hash = models.CharField(max_length=64, help_text="SHA-256 of what the encoder reads.")
    stored_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(help_text="When a harvest last changed this row.")

    objects = PaperQuerySet.as_manager()

    class Meta:
        ordering = ["arxiv_id"]
        indexes = [models.Index(fields=["announced_on", "arxiv_id"], name="paper_announced")]
        constraints = [
            models.CheckConstraint(
                name="paper_announced_by_something",
                condition=Q(announced_on__isnull=True, announced_by="")
                | Q(announced_on__isnull=False) & ~Q(announced_by=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.arxiv_id} {self.title}"

    @property
    def abstract_url(self) -> str:
        return f"https://arxiv.org/abs/{self.arxiv_id}"

    @property
    def pdf_url(self) -> str:
        return f"https://arxiv.org/pdf/{self.arxiv_id}"

    @property
    def html_url(self) -> str:
        return f"https://arxiv.org/html/{self.arxiv_id}"

    @property
    def is_paraphrased(self) -> bool:
        """Whether the abstract is the sample week's paraphrase rather than the authors' text."""
        return self.abstract_kind == AbstractKind.PARAPHRASE

    @property
    def is_truncated(self) -> bool:
        """Whether the source cut the abstract off."""
        return self.abstract_kind == AbstractKind.TRUNCATED


class PaperVersion(models.Model):
    """An earlier version of a paper, kept when a newer one took its place in the paper's row."""

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="earlier_versions")
    version = models.PositiveSmallIntegerField()
    title = models.TextField()
    abstract = models.TextField()
    updated_at = models.DateTimeField(null=True, help_text="The version's instant.")

    class Meta:
        ordering = ["version"]
        constraints = [models.UniqueConstraint(fields=["paper", "version"], name="version_kept_once")]

    def __str__(self) -> str:
        return f"{self.paper_id} v{self.version}"


class Authorship(models.Model):
    """An author's place, from 0, in a paper's list of authors."""

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="authorships")
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="authorships")
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["paper", "position"], name="authorship_place"),
        ]


def authors_of(path: str = "") -> "models.Prefetch[Any]":
    """What prefetches the authorships of papers, in order, each with its author; `path` leads to the papers.

    By one join: Django would ask for the authors by a condition each, of which SQLite takes a thousand. Some papers
    have more authors than that.
    """
    return models.Prefetch(f"{path}authorships", Authorship.objects.select_related("author"))


def first_authors_of(count: int, path: str = "") -> "models.Prefetch[Any]":
    """The same of the first `count` authors alone, as each paper's `first_authorships`."""
    first = Authorship.objects.filter(position__lt=count).select_related("author")
    return models.Prefetch(f"{path}authorships", first, to_attr="first_authorships")


class Embedding(models.Model):
    """The vector that one encoder made of one paper's text."""

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="embeddings")
    model_name = models.CharField(max_length=200)
    vector = models.BinaryField(help_text="Unit length, float16, packed by tracker.vectors.")
    text_hash = models.CharField(max_length=64, help_text="The paper's text_hash when this was made.")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["paper", "model_name"], name="embedding_per_model"),
        ]
        indexes = [models.Index(fields=["model_name", "made_at"], name="embedding_latest")]


class Harvest(models.Model):
    """One pull from arXiv or from a file, and how far it came. A stopped one is resumed at its cursor."""

    class State(models.TextChoices):
        RUNNING = "running"
        STOPPED = "stopped"
        FAILED = "failed"
        DONE = "done"

    source = models.CharField(max_length=500, help_text="`arxiv`, or the file's path.")
    categories = models.JSONField(default=list)
    window_start = models.DateField(null=True, help_text="First submission day asked for.")
    window_end = models.DateField(null=True, help_text="Last submission day asked for.")
    state = models.CharField(max_length=16, choices=State.choices, default=State.RUNNING)
    cursor = models.JSONField(default=dict, help_text="Where to go on: what is before it is stored.")
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    revised = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    withdrawn = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0, help_text="Bad records passed over.")
    error = models.TextField(blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(auto_now=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["-started_at"], name="harvest_latest")]

    def counts(self) -> dict[str, int]:
        """Papers by what became of them."""
        return {name: getattr(self, name) for name in ("new", "revised", "unchanged", "withdrawn", "skipped")}


class ArxivTurn(models.Model):
    """Whose turn it is to ask arXiv: the one row that holds the whole installation to arXiv's manners."""

    free_at = models.DateTimeField(default=dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
