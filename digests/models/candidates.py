"""The papers of a week under consideration: what the machine suggests of each, and what an editor decided."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Window
from django.db.models.functions import Coalesce, RowNumber

from digests.models.series import Series, Topic
from tracker.models import Authorship, Embedding, Paper, first_authors_of

# The desk names so many authors; one more is read, to know whether "et al." follows.
FIRST_AUTHORS = 4
# Below this margin the next topic is as good as the first for all that the machine knows.
LOW_MARGIN = 0.25


def first_authorships() -> "models.Prefetch[Any]":
    """The first authors of a row's paper as `paper.first_authorships`, and one more, if there is one."""
    return first_authors_of(FIRST_AUTHORS + 1, "paper__")


class CandidateQuerySet(models.QuerySet["Candidate"]):
    def undecided(self) -> Self:
        return self.filter(verdict=Candidate.Verdict.UNDECIDED)

    def passed_over(self) -> Self:
        """Those that an editor skipped or never came to. One set aside for a second look was found worth it."""
        return self.filter(verdict__in=[Candidate.Verdict.UNDECIDED, Candidate.Verdict.SKIPPED])

    def added(self) -> Self:
        """Those that an editor put on the board, whatever their week."""
        return self.filter(added_at__isnull=False)

    def with_place(self) -> Self:
        """Each with `place_id`, the topic it stands under: the editor's where decided, else the suggested one."""
        return self.annotate(place_id=Coalesce("decided_topic", "suggested_topic"))

    def under(self, topic: Topic) -> Self:
        return self.with_place().filter(place_id=topic.pk)

    def unsorted(self) -> Self:
        """About the series' subject, but under no topic: the queue that waits for an editor's eye."""
        return self.filter(scope=Candidate.Scope.INSIDE, decided_topic=None, suggested_topic=None)

    def outside(self) -> Self:
        """Held to be off the series' subject, and not put under a topic by the editor."""
        return self.filter(scope=Candidate.Scope.OUTSIDE, decided_topic=None)

    def suggestion_counts(self) -> dict[str, int]:
        """How the machine sorted them."""
        return self.aggregate(
            candidates=Count("pk"),
            sorted=Count("pk", filter=Q(suggested_topic__isnull=False)),
            unsorted=Count("pk", filter=Q(scope=Candidate.Scope.INSIDE, suggested_topic=None)),
            outside=Count("pk", filter=Q(scope=Candidate.Scope.OUTSIDE)),
        )

    def verdict_counts(self) -> dict[str, int]:
        """How many stand at each verdict."""
        stated = {verdict: Count("pk", filter=Q(verdict=verdict)) for verdict in Candidate.Verdict.values}
        return self.aggregate(**stated)

    def ranked(self) -> Self:
        return self.order_by(F("importance").desc(nulls_last=True), "pk")

    def next_ranked(self, count: int) -> Self:
        """Under each topic the best `count` that no editor skipped, topic by topic, with their papers' titles."""
        order = [F("importance").desc(nulls_last=True), F("pk").asc()]
        place = Window(RowNumber(), partition_by=F("place_id"), order_by=order)
        free = self.exclude(verdict=Candidate.Verdict.SKIPPED).with_place().filter(place_id__isnull=False)
        best = free.annotate(place_in_topic=place).filter(place_in_topic__lte=count)
        return (
            best.order_by("place_id", "place_in_topic")
            .select_related("paper")
            .only("digest", "suggested_topic", "decided_topic", "paper__arxiv_id", "paper__title")
        )

    def telling_topics(self, series: Series, model_name: str) -> Self:
        """Those of a series from which its editors' topics can be learned, the latest verdict first.

        Moved to a topic, or picked under the suggested one; with a vector of the encoder called `model_name`.
        """
        embedded = Embedding.objects.filter(paper=OuterRef("paper"), model_name=model_name)
        told = Q(decided_topic__isnull=False) | Q(verdict=Candidate.Verdict.PICKED, suggested_topic__isnull=False)
        of_series = self.filter(told, Exists(embedded), digest__series=series)
        return of_series.select_related("paper").order_by(F("decided_at").desc(nulls_last=True), "-pk")

    def in_category(self, code: str) -> Self:
        """Those whose paper is listed in the category, as primary or as a cross-list."""
        return self.filter(paper__in=Paper.objects.in_categories([code]).values("pk"))

    def unsure(self) -> Self:
        """Those that the machine might as well have put elsewhere."""
        return self.filter(margin__lt=LOW_MARGIN)

    def mentioning(self, words: str) -> Self:
        """Those whose title, abstract, id or an author's name holds each of the words."""
        found = self
        for word in words.split():
            by = Authorship.objects.filter(paper=OuterRef("paper"), author__name__icontains=word)
            in_text = Q(paper__title__icontains=word) | Q(paper__abstract__icontains=word)
            found = found.filter(in_text | Q(paper__arxiv_id__startswith=word) | Exists(by))
        return found

    def tally(self) -> list[dict[str, Any]]:
        """How many there are of each kind, as `count`, by where they stand and what they are; one query."""
        kinds = self.with_place().annotate(is_added=Q(added_at__isnull=False)).order_by()
        columns = ("place_id", "scope", "verdict", "proposed", "is_added")
        return list(kinds.values(*columns).annotate(count=Count("pk")))

    def topic_counts(self) -> dict[str, int]:
        """How many stand under each topic, by its key."""
        counted = self.with_place().filter(place_id__isnull=False).order_by().values("place_id")
        return {str(row["place_id"]): row["count"] for row in counted.annotate(count=Count("pk"))}

    def titles(self) -> list[tuple[int, int | None, str, str]]:
        """Of each its paper's key, its topic's key, arXiv id and title; the most important first."""
        rows = self.with_place().ranked().values_list("paper", "place_id", "paper__arxiv_id", "paper__title")
        return list(rows)

    def with_cards(self) -> Self:
        """With the paper, topics, first authors and categories that a card of the board shows."""
        rows = self.select_related("paper", "suggested_topic", "decided_topic", "added_by")
        return rows.prefetch_related(first_authorships(), "paper__categories")


class Candidate(models.Model):
    """A paper of the week under consideration. Suggestion columns are the machine's, verdict columns the editor's."""

    class Scope(models.TextChoices):
        INSIDE = "inside"
        OUTSIDE = "outside"

    class Verdict(models.TextChoices):
        UNDECIDED = "undecided"
        PICKED = "picked"
        MAYBE = "maybe"  # set aside for a second look: neither in the digest nor out of it
        SKIPPED = "skipped"

    digest = models.ForeignKey("digests.Digest", on_delete=models.CASCADE, related_name="candidates")
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="candidacies")

    # What the board shows besides the columns, where it was asked for.
    alike: "list[Candidate]"
    appearances: list[Any]

    # The suggestion.
    scope = models.CharField(max_length=16, choices=Scope.choices, default=Scope.INSIDE)
    suggested_topic = models.ForeignKey(Topic, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    topic_score = models.FloatField(null=True, help_text="Between 0 and 1: how sure the classifier is of its topic.")
    margin = models.FloatField(null=True, help_text="Between 0 and 1: how far the best topic is ahead of the next.")
    importance = models.FloatField(null=True, help_text="Between 0 and 1.")
    topic_reasons = models.JSONField(default=list)
    importance_reasons = models.JSONField(default=list)
    model_name = models.CharField(max_length=200, blank=True, help_text="Which encoder and rules suggested this.")
    cluster = models.PositiveIntegerField(
        null=True, help_text="One number for papers of the week that are nearly the same."
    )
    proposed = models.BooleanField(default=False, help_text="Whether the machine proposes it for the digest.")

    # The verdict.
    verdict = models.CharField(max_length=16, choices=Verdict.choices, default=Verdict.UNDECIDED)
    decided_topic = models.ForeignKey(Topic, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    # Where an editor put the paper on the board; the week's own candidates have neither.
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    added_at = models.DateTimeField(null=True, blank=True)

    objects = CandidateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest", "paper"], name="candidate_per_paper"),
            models.CheckConstraint(
                name="candidate_outside_has_no_topic",
                condition=~Q(scope="outside", suggested_topic__isnull=False),
            ),
            models.CheckConstraint(
                name="candidate_verdict_is_known",
                condition=Q(verdict__in=["undecided", "picked", "maybe", "skipped"]),
            ),
        ]
        indexes = [
            models.Index(fields=["digest", "suggested_topic", "-importance"], name="candidate_board"),
            models.Index(fields=["digest", "verdict"], name="candidate_verdict"),
        ]

    def __str__(self) -> str:
        return f"{self.digest_id}: {self.paper_id}"

    @property
    def is_unsure(self) -> bool:
        return self.margin is not None and self.margin < LOW_MARGIN

    @property
    def place_key(self) -> int | None:
        """The key of the topic it stands under: `topic` without the query."""
        return self.decided_topic_id or self.suggested_topic_id

    @property
    def topic(self) -> Topic | None:
        """The topic it stands under: the editor's where decided, else the suggested one."""
        return self.decided_topic or self.suggested_topic
