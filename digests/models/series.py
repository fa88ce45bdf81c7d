"""A series and its topics: what a publication covers and how it words itself."""

import datetime as dt
from math import ceil
from string import Template
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse

from tracker.weeks import Week

# No topic takes more of a digest than this share, so that one busy topic doesn't crowd out the others.
LARGEST_SHARE = 0.4
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")


def week_words(week: Week) -> dict[str, str]:
    """What a series' templates may say of a week.

    `$start` and `$end` are day/month, `$month` is the Monday's, `$nth` counts calendar weeks of that month, a
    partial first week included: 20 November 2023 opens the "fourth" week of its month.
    """
    monday = week.monday
    return {
        "start": f"{monday:%d/%m}",
        "end": f"{week.sunday:%d/%m}",
        "week": str(week),
        "year": str(week.year),
        "month": f"{monday:%B}",
        "nth": _ORDINALS[_weeks_begun(monday)],
    }


def _weeks_begun(monday: dt.date) -> int:
    """How many calendar weeks (Monday to Sunday) of the month lie before this one, counting a partial first week."""
    first = monday.replace(day=1)
    return (monday.day - 1 + first.weekday()) // 7


def check_template(text: str) -> None:
    """Refuse a template that names an unknown word."""
    unknown = set(Template(text).get_identifiers()) - set(week_words(Week(2023, 47)))
    if unknown or not Template(text).is_valid():
        raise ValidationError(f"Unknown in a template: {', '.join(sorted(unknown)) or 'a lone $'}.")


# Words at the root of the site's addresses, which win over a series of that name.
TAKEN_SLUGS = {
    "about",
    "accounts",
    "admin",
    "api",
    "authors",
    "desk",
    "library",
    "mail",
    "papers",
    "privacy",
    "search",
    "static",
    "subscribe",
}


def check_slug(slug: str) -> None:
    """Refuse a slug whose pages nobody could reach."""
    if slug in TAKEN_SLUGS:
        raise ValidationError(f"“{slug}” is an address of the site's own: choose another slug.")


class Series(models.Model):
    """One publication, such as “LLM papers”: its categories, topics and wording."""

    slug = models.SlugField(unique=True, validators=[check_slug])
    name = models.CharField(max_length=200)
    categories = models.JSONField(default=list, help_text="arXiv categories to harvest, such as cs.CL.")
    scope = models.TextField(
        blank=True,
        help_text="What a paper must be about to belong at all; further lines name what belongs but has no topic.",
    )
    outside = models.TextField(blank=True, help_text="Titles or phrases typical of what does not belong, one a line.")
    headline_template = models.CharField(max_length=300, validators=[check_template])
    subtitle_template = models.CharField(max_length=300, blank=True, validators=[check_template])
    intro_template = models.TextField(blank=True, validators=[check_template])
    sign_off = models.TextField(blank=True)
    target_entries = models.PositiveSmallIntegerField(default=14, help_text="Papers proposed for a digest.")
    target_words = models.PositiveSmallIntegerField(
        default=2500, help_text="How long a digest should be about, in words of its summaries."
    )
    use_author_record = models.BooleanField(
        default=True, help_text="Rank by how often a paper's authors were picked before; this favours the known."
    )
    mail_on_publishing = models.BooleanField(
        default=True, help_text="Publishing a digest queues its mail to the series' subscribers."
    )
    count_clicks = models.BooleanField(
        default=False, help_text="Lead the links in mails past a count of each link. Who opened it is not recorded."
    )

    class Meta:
        verbose_name_plural = "series"
        ordering = ["slug"]
        permissions = [("administer_desk", "Can look after series, topics and people")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("series", args=[self.slug])

    @property
    def largest_section(self) -> int:
        """How many papers a section may hold before it crowds out the others."""
        return ceil(self.target_entries * LARGEST_SHARE)


class TopicQuerySet(models.QuerySet["Topic"]):
    def with_published_entries(self) -> Self:
        """Those under which the public finds something."""
        return self.filter(sections__digest__status="published", sections__entries__isnull=False).distinct()


class Topic(models.Model):
    """An editorial section of a series."""

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="topics")
    slug = models.SlugField()
    name = models.CharField(max_length=200)
    description = models.TextField(help_text="What belongs here, in a sentence or two.")
    examples = models.TextField(blank=True, help_text="Titles or phrases typical of the topic, one a line.")
    position = models.PositiveSmallIntegerField(default=0)

    objects = TopicQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["series", "slug"], name="topic_slug")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("topic", args=[self.series.slug, self.slug])


class FormerSlug(models.Model):
    """A slug that a series or a topic had: addresses with it lead on to where it is now."""

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="former_slugs")
    topic = models.ForeignKey(
        Topic, on_delete=models.CASCADE, null=True, related_name="former_slugs", help_text="None: the series' own."
    )
    slug = models.SlugField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slug"], condition=models.Q(topic=None), name="one_series_had_the_slug"),
            models.UniqueConstraint(
                fields=["series", "slug"], condition=models.Q(topic__isnull=False), name="one_topic_had_the_slug"
            ),
        ]

    def __str__(self) -> str:
        return self.slug
