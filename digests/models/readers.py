"""What a signed-in reader keeps: saved papers with tags and notes, what was read, whom and what they follow."""

import secrets
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from digests.models.series import Topic
from tracker.models import Author, Paper, authors_of


def new_feed_key() -> str:
    """What makes a reader's feed address secret: 32 characters that nobody guesses."""
    return secrets.token_urlsafe(24)


class Library(models.Model):
    """One reader's own: the key of their feed, and when they last looked."""

    reader = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="library")
    feed_key = models.CharField(max_length=64, unique=True, default=new_feed_key)
    seen_at = models.DateTimeField(null=True, help_text="Up to when the news of what they follow was marked as seen.")
    visited_at = models.DateTimeField(null=True, help_text="The latest page view of the visit that is going on.")
    previous_visit_at = models.DateTimeField(null=True, help_text="The end of the visit before it.")

    class Meta:
        verbose_name_plural = "libraries"


class Tag(models.Model):
    """A reader's own word for some of their saved papers."""

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=60)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint("reader", Lower("name"), name="tag_per_reader")]

    def __str__(self) -> str:
        return self.name


class SavedPaperQuerySet(models.QuerySet["SavedPaper"]):
    def of(self, reader: models.Model) -> Self:
        """The latest saved first."""
        return self.filter(reader=reader).order_by("-saved_at", "-pk")

    def tagged(self, name: str) -> Self:
        return self.filter(tags__name__iexact=name)

    def unread(self) -> Self:
        """Those whose paper the reader hasn't marked as read."""
        return self.filter(~_read_by_its_reader())

    def holding(self, words: str) -> Self:
        """Those with each of the words in the title or in the reader's note."""
        return self.filter(*(Q(paper__title__icontains=word) | Q(note__icontains=word) for word in words.split()))

    def with_rows(self) -> Self:
        """With what a row of the library shows: paper, authors, tags, and whether it `is_read`."""
        return (
            self.select_related("paper")
            .prefetch_related("tags", authors_of("paper__"))
            .annotate(is_read=_read_by_its_reader())
        )


def _read_by_its_reader() -> models.Exists:
    """Whether a saved paper's reader has marked it as read."""
    return models.Exists(ReadMark.objects.filter(reader=models.OuterRef("reader"), paper=models.OuterRef("paper")))


class SavedPaper(models.Model):
    """A paper in a reader's library, with their note and tags."""

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_papers")
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="+")
    note = models.TextField(blank=True)
    tags = models.ManyToManyField(Tag, related_name="saved_papers", blank=True)
    saved_at = models.DateTimeField()

    objects = SavedPaperQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reader", "paper"], name="saved_once")]
        indexes = [models.Index(fields=["reader", "-saved_at"], name="saved_latest")]

    def __str__(self) -> str:
        return f"{self.reader_id}: {self.paper_id}"


class ReadMark(models.Model):
    """That a reader has read of a paper what they wanted to."""

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="read_marks")
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="+")
    read_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reader", "paper"], name="read_once")]


class Follow(models.Model):
    """What a reader wants to hear of: one author, one topic, or what one search finds."""

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="follows")
    author = models.ForeignKey(Author, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    query = models.CharField(max_length=500, blank=True, help_text="A search, as one types it.")
    followed_at = models.DateTimeField()

    class Meta:
        ordering = ["followed_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="follow_one_thing",
                condition=Q(author__isnull=False, topic__isnull=True, query="")
                | Q(author__isnull=True, topic__isnull=False, query="")
                | Q(author__isnull=True, topic__isnull=True) & ~Q(query=""),
            ),
            models.UniqueConstraint(
                fields=["reader", "author"], name="follow_author_once", condition=Q(author__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["reader", "topic"], name="follow_topic_once", condition=Q(topic__isnull=False)
            ),
            models.UniqueConstraint(fields=["reader", "query"], name="follow_query_once", condition=~Q(query="")),
        ]

    def __str__(self) -> str:
        return str(self.author or self.topic or self.query)
