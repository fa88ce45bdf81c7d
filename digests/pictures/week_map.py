"""The map of a week as the page draws it: dots, the picked ones' names, and the same papers as lists."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.urls import reverse

from digests.models import Digest, Topic, WeekPicture
from digests.pictures.labels import Label, place_labels
from tracker import tex

WIDTH, HEIGHT = 1000, 640  # the units of the drawing
MARGIN = 24
DOT, PICKED_DOT = 3.2, 6.5
LABEL_SIZE = 15
LONGEST_NAME = 30
NO_TOPIC, NO_SHADE = "Off the subject, or unsorted", "topic-none"


@dataclass(frozen=True)
class Dot:
    """One paper of the week."""

    x: float
    y: float
    url: str  # the paper's page
    title: str  # Unicode
    shade: str  # the class that gives it its topic's colour
    number: str  # its place in the digest, such as 1.2; empty where it was not picked


@dataclass(frozen=True)
class PickedDot:
    """A paper of the digest, with its name's place on the map."""

    dot: Dot
    label: Label


@dataclass(frozen=True)
class Shoal:
    """The papers under one topic: the key of the map and, for whoever doesn't see it, its list."""

    name: str
    shade: str
    dots: list[Dot] = field(default_factory=list)

    @property
    def others(self) -> list[Dot]:
        """Those not in the digest."""
        return [dot for dot in self.dots if not dot.number]


@dataclass(frozen=True)
class WeekMap:
    shoals: list[Shoal]
    picked: list[PickedDot]

    width, height = WIDTH, HEIGHT
    dot, picked_dot = DOT, PICKED_DOT

    @property
    def count(self) -> int:
        return sum(len(shoal.dots) for shoal in self.shoals)


def draw_map(digest: Digest) -> WeekMap | None:
    """The map, or None where the week's papers have no places (yet). Two queries, and one for the topics."""
    picture = WeekPicture.objects.filter(digest=digest).first()
    if picture is None or not picture.points:
        return None
    topics = list(digest.series.topics.all())
    numbers = digest.entries.numbers()
    shades = {topic.pk: shade_of(topic) for topic in topics}
    dots, places = _dots(digest, picture, shades, numbers)
    shoals = _shoals(topics, shades, dots, places)
    picked = sorted((dot for dot in dots if dot.number), key=lambda dot: dot.number)
    return WeekMap(shoals, _named(picked))


def shade_of(topic: Topic) -> str:
    """The class of a topic's colour. There are eight; more topics begin again with the first."""
    return f"topic-{topic.position % 8 + 1}"


def short_name(title: str) -> str:
    """What a paper is called for short: the name before its colon, else as much of the title as there is room for."""
    name, colon, _ = title.partition(":")
    if colon and len(name) <= LONGEST_NAME:
        return name.strip()
    if len(title) <= LONGEST_NAME:
        return title
    return title[: LONGEST_NAME + 1].rsplit(" ", 1)[0].rstrip(" ,;:–-") + "…"


def _dots(
    digest: Digest, picture: WeekPicture, shades: dict[int, str], numbers: dict[int, str]
) -> tuple[list[Dot], list[int | None]]:
    """Each placed paper's dot, in the order of their importance, and beside it the key of its topic."""
    at = {int(key): (x, y) for key, x, y in picture.points}
    dots, places = [], []
    for key, place, arxiv_id, title in digest.candidates.titles():
        if key in at:
            x, y = MARGIN + at[key][0] * (WIDTH - 2 * MARGIN), MARGIN + at[key][1] * (HEIGHT - 2 * MARGIN)
            shade = NO_SHADE if place is None else shades.get(place, NO_SHADE)
            title = " ".join(tex.to_unicode(title).split())
            url = reverse("paper", args=[arxiv_id])
            dots.append(Dot(round(x, 1), round(y, 1), url, title, shade, numbers.get(key, "")))
            places.append(place)
    return dots, places


def _shoals(
    topics: Sequence[Topic], shades: dict[int, str], dots: Iterable[Dot], places: Iterable[int | None]
) -> list[Shoal]:
    shoals: dict[int | None, Shoal] = {topic.pk: Shoal(topic.name, shades[topic.pk]) for topic in topics}
    shoals[None] = Shoal(NO_TOPIC, NO_SHADE)
    for dot, place in zip(dots, places, strict=True):
        shoals[place if place in shoals else None].dots.append(dot)
    return [shoal for shoal in shoals.values() if shoal.dots]


def _named(picked: Sequence[Dot]) -> list[PickedDot]:
    labels = place_labels(
        [(dot.x, dot.y, short_name(dot.title)) for dot in picked],
        width=WIDTH,
        height=HEIGHT,
        size=LABEL_SIZE,
        radius=PICKED_DOT,
    )
    return [PickedDot(dot, label) for dot, label in zip(picked, labels, strict=True)]
