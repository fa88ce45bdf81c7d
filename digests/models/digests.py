"""A week's digest: its sections and its entries."""

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from simple_history.models import HistoricalRecords

from digests.models.candidates import Candidate, first_authorships
from digests.models.series import Series, Topic
from tracker.models import Paper, authors_of
from tracker.weeks import Week

# How late a schedule may be kept. Later than that nobody expects it any more, so it asks instead.
GRACE = dt.timedelta(minutes=15)


class DigestQuerySet(models.QuerySet["Digest"]):
    def published(self) -> Self:
        """What the public may see, newest first."""
        return self.filter(status=Digest.Status.PUBLISHED).order_by("-week_start", "series__slug")

    def unpublished(self) -> Self:
        """Drafts, and what is scheduled: both can be changed."""
        return self.exclude(status=Digest.Status.PUBLISHED)

    def due(self, now: dt.datetime) -> Self:
        """Scheduled for now or a little earlier. What was missed by more than that isn't due any more."""
        return self.filter(status=Digest.Status.SCHEDULED, publish_at__range=(now - GRACE, now))

    def of_week(self, week: Week) -> Self:
        return self.filter(week_start=week.monday)

    def before(self, digest: "Digest") -> Self:
        """Earlier ones of the same series, the nearest first."""
        return self.filter(series=digest.series_id, week_start__lt=digest.week_start).order_by("-week_start")

    def after(self, digest: "Digest") -> Self:
        """Later ones of the same series, the nearest first."""
        return self.filter(series=digest.series_id, week_start__gt=digest.week_start).order_by("week_start")

    def with_paper_count(self) -> Self:
        return self.annotate(paper_count=Count("entries"))

    def with_verdict_counts(self) -> Self:
        """Each with how many of its candidates there are: `seen`, `picked`, `maybe`, `skipped` and `waiting`."""
        undecided = Q(candidates__verdict=Candidate.Verdict.UNDECIDED)
        return self.annotate(
            seen=Count("candidates"),
            picked=Count("candidates", filter=Q(candidates__verdict=Candidate.Verdict.PICKED)),
            maybe=Count("candidates", filter=Q(candidates__verdict=Candidate.Verdict.MAYBE)),
            skipped=Count("candidates", filter=Q(candidates__verdict=Candidate.Verdict.SKIPPED)),
            waiting=Count("candidates", filter=undecided & Q(candidates__proposed=True)),
        )

    def lacking_picture(self) -> Self:
        """Those published since their week was last drawn, or never drawn."""
        return self.published().filter(Q(picture__isnull=True) | Q(picture__drawn_at__lt=F("published_at")))

    def with_contents(self) -> Self:
        """With the series, sections, entries, papers, authors and corrections that a page or an export shows."""
        return self.select_related("series").prefetch_related(
            models.Prefetch(
                "sections__entries",
                Entry.objects.select_related("paper").prefetch_related(authors_of("paper__")),
            ),
            "corrections",
        )


class Digest(models.Model):
    """One weekly issue of a series."""

    class Status(models.TextChoices):
        DRAFT = "draft"
        SCHEDULED = "scheduled"
        PUBLISHED = "published"

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="digests")
    week_start = models.DateField(help_text="The Monday of the ISO week.")
    headline = models.CharField(max_length=300)
    subtitle = models.CharField(max_length=300, blank=True)
    intro = models.TextField(blank=True)
    sign_off = models.TextField(blank=True)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.DRAFT)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    publish_at = models.DateTimeField(null=True, blank=True, help_text="When a scheduled digest goes out.")
    scheduled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    held_up = models.TextField(blank=True, help_text="What kept a digest that was due from going out.")
    kept_text = models.TextField(
        blank=True, help_text="What an import told of papers that aren't stored, in Markdown; only the desk sees it."
    )
    sample = models.BooleanField(default=False, help_text="Part of the bundled sample week; pages say so.")
    revision = models.PositiveIntegerField(default=0, help_text="Saves by editors so far.")
    history = HistoricalRecords(excluded_fields=["published_by", "scheduled_by", "held_up"])

    objects = DigestQuerySet.as_manager()

    class Meta:
        ordering = ["-week_start"]
        constraints = [
            models.UniqueConstraint(fields=["series", "week_start"], name="digest_per_week"),
            models.CheckConstraint(name="digest_week_starts_on_monday", condition=Q(week_start__iso_week_day=1)),
            models.CheckConstraint(
                name="digest_times_fit_its_status",
                condition=Q(status="published", published_at__isnull=False, publish_at__isnull=True)
                | Q(status="scheduled", published_at__isnull=True, publish_at__isnull=False)
                | Q(status="draft", published_at__isnull=True, publish_at__isnull=True),
            ),
        ]
        indexes = [models.Index(fields=["publish_at"], name="digest_due", condition=Q(status="scheduled"))]
        permissions = [
            ("curate_digest", "Can choose papers and write summaries"),
            ("publish_digest", "Can publish a digest"),
        ]

    def __str__(self) -> str:
        return f"{self.series.slug} {self.week}"

    def get_absolute_url(self) -> str:
        return reverse("digest", args=[self.series.slug, self.week])

    @property
    def week(self) -> Week:
        return Week.of(self.week_start)

    @property
    def filled_sections(self) -> "list[Section]":
        """The sections that readers see, in the order of their numbers: those with entries."""
        return [section for section in self.sections.all() if section.entries.all()]

    @property
    def is_published(self) -> bool:
        return self.status == self.Status.PUBLISHED

    @property
    def is_scheduled(self) -> bool:
        return self.status == self.Status.SCHEDULED

    @property
    def is_missed(self) -> bool:
        """Whether it was to go out and did not: it won't by itself any more, and somebody must say what now."""
        return self.publish_at is not None and self.publish_at < timezone.now() - GRACE


class SectionQuerySet(models.QuerySet["Section"]):
    def standing(self) -> Self:
        """Those that the digest has, without those that an editor took out of it."""
        return self.filter(removed=False)


class Section(models.Model):
    """A part of one digest, of a topic or an editor's own. Title and place are its own, whatever becomes of the topic.

    A topic's section that was taken out stays as a row, `removed`, so that no refresh of the draft brings it back.
    """

    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, related_name="sections")
    topic = models.ForeignKey(Topic, on_delete=models.SET_NULL, null=True, related_name="sections")
    title = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField()
    removed = models.BooleanField(default=False, help_text="Taken out by an editor; it holds no entries.")
    history = HistoricalRecords(excluded_fields=["position"])

    objects = SectionQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["digest", "topic"], name="section_per_topic")]

    def __str__(self) -> str:
        return self.title


class EntryQuerySet(models.QuerySet["Entry"]):
    def written(self) -> Self:
        """Entries that carry an editor's words."""
        return self.exclude(revision=0, heading="", summary="")

    def published(self) -> Self:
        """Those that the public may see, newest digest first."""
        return self.filter(digest__status=Digest.Status.PUBLISHED).order_by("-digest__week_start")

    def changed_since(self) -> Self:
        """Published ones whose paper has a newer version, or was withdrawn, and nobody has settled what to do."""
        seen = Coalesce("settled_version", "published_version", "paper__version")
        return (
            self.published()
            .annotate(seen_version=seen)
            .filter(Q(paper__version__gt=F("seen_version")) | Q(paper__withdrawn=True, withdrawal_settled=False))
        )

    def stamp_versions(self) -> None:
        """Note that they become public with their papers' present versions: from these on, changes are told of."""
        versions = Paper.objects.filter(pk=OuterRef("paper")).values("version")
        self.update(published_version=Subquery(versions), settled_version=None, withdrawal_settled=False)

    def under(self, topic: Topic) -> Self:
        """A topic's, with what a list names of each: number, digest, paper; in their order within a digest."""
        listed = self.filter(section__topic=topic).order_by("-digest__week_start", "position", "pk")
        return listed.with_number().select_related("digest__series", "paper")

    def with_slips(self) -> Self:
        """In the digest's order, with what the galley shows of each: number, `section_size`, paper, authors."""
        in_section = Entry.objects.filter(section=OuterRef("section"))
        return (
            self.order_by("section__position", "section", "position", "pk")
            .with_number()
            .annotate(section_size=_count(in_section, "section"))
            .select_related("paper", "section")
            .prefetch_related(first_authorships())
        )

    def with_number(self) -> Self:
        """Each with `section_number` and `entry_number`: 1 and 2 for 1.2. Sections without entries don't count."""
        filled = Section.objects.filter(Exists(Entry.objects.filter(section=OuterRef("pk"))))
        sections = filled.filter(digest=OuterRef("digest")).filter(
            Q(position__lt=OuterRef("section__position"))
            | Q(position=OuterRef("section__position"), pk__lte=OuterRef("section"))
        )
        entries = Entry.objects.filter(section=OuterRef("section")).filter(
            Q(position__lt=OuterRef("position")) | Q(position=OuterRef("position"), pk__lte=OuterRef("pk"))
        )
        return self.annotate(section_number=_count(sections, "digest"), entry_number=_count(entries, "section"))

    def numbers(self) -> dict[int, str]:
        """The number in its digest, such as 1.2, of each entry's paper, by the paper's key."""
        rows = self.with_number().values_list("paper", "section_number", "entry_number")
        return {paper: f"{section}.{entry}" for paper, section, entry in rows}


def _count(rows: models.QuerySet[Any], group: str) -> Subquery:
    """How many rows, as a subquery; they share their `group`."""
    return Subquery(rows.order_by().values(group).annotate(count=Count("pk")).values("count"))


class Entry(models.Model):
    """One paper in a digest: the machine's draft beside the editor's words."""

    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, related_name="entries")
    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="entries")
    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="entries")
    position = models.PositiveSmallIntegerField()
    heading = models.CharField(max_length=500, blank=True, help_text="The editor's heading; empty means the title.")
    draft_summary = models.TextField(blank=True, help_text="The machine's proposal, in Markdown.")
    drafted_by = models.CharField(
        max_length=200, blank=True, help_text="The language model that wrote the draft; empty means Galley's own cut."
    )
    summary = models.TextField(blank=True, help_text="The editor's text, in Markdown.")
    summarised_version = models.PositiveSmallIntegerField(
        null=True, help_text="The paper's version when an editor last saved the summary."
    )
    revision = models.PositiveIntegerField(default=0, help_text="Saves by editors so far.")
    published_version = models.PositiveSmallIntegerField(
        null=True, help_text="The paper's version when its digest was published."
    )
    settled_version = models.PositiveSmallIntegerField(
        null=True, help_text="The latest version that an editor looked at after that, and settled what to do."
    )
    withdrawal_settled = models.BooleanField(default=False, help_text="Whether the same goes for its withdrawal.")
    history = HistoricalRecords(
        excluded_fields=[
            "draft_summary",
            "drafted_by",
            "position",
            "published_version",
            "settled_version",
            "withdrawal_settled",
        ]
    )

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name_plural = "entries"
        constraints = [models.UniqueConstraint(fields=["digest", "paper"], name="entry_per_paper")]

    def __str__(self) -> str:
        return f"{self.digest_id}: {self.paper_id}"
