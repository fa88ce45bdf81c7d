"""How a series' topics shared the weeks' papers: one column a week, one band a topic."""

from collections.abc import Sequence
from dataclasses import dataclass

from digests.models import Digest, Topic, WeekPicture
from digests.pictures.week_map import shade_of
from tracker.weeks import Week

HEIGHT = 240  # of a column, in the units of the drawing
WIDTH = 1000  # at most
GAP = 0.18  # of a column's room, left free beside it
WIDEST = 64.0


@dataclass(frozen=True)
class Band:
    """One topic's part of one week. `y` is measured from the top."""

    name: str
    shade: str
    y: float
    height: float
    count: int
    percent: int


@dataclass(frozen=True)
class Column:
    week: Week
    url: str
    x: float
    middle: float
    width: float
    total: int
    bands: tuple[Band, ...]
    name: str  # below the column; empty where there is no room
    year: str  # below the name, where it isn't the one before


@dataclass(frozen=True)
class Shares:
    topics: list[tuple[Topic, str]]  # each with its shade
    columns: list[Column]

    height = HEIGHT

    @property
    def width(self) -> float:
        """As wide as its columns need."""
        return min(WIDTH, WIDEST * len(self.columns))

    @property
    def is_dense(self) -> bool:
        """Whether the columns fill the line, so that the drawing is shrunk to fit."""
        return self.width == WIDTH

    @property
    def is_telling(self) -> bool:
        """Whether there are weeks to compare."""
        return len(self.columns) > 1


def draw_shares(topics: Sequence[Topic], digests: Sequence[Digest]) -> Shares:
    """The weeks whose papers were counted, the oldest first. Costs no query where the pictures were selected along."""
    counted = [(digest, counts) for digest in reversed(digests) if sum((counts := _counts(digest, topics)).values())]
    room = min(WIDEST, WIDTH / len(counted)) if counted else WIDEST
    every = -(-len(counted) // 12)  # about a dozen names have room
    columns: list[Column] = []
    years: set[str] = set()
    for place, (digest, counts) in enumerate(counted):
        name, year = (f"W{digest.week.number}", str(digest.week.year)) if place % every == 0 else ("", "")
        labels = name, "" if year in years else year
        columns.append(_column(digest, counts, topics, left=place * room, room=room, labels=labels))
        years.add(year)
    return Shares([(topic, shade_of(topic)) for topic in topics], columns)


def _counts(digest: Digest, topics: Sequence[Topic]) -> dict[int, int]:
    picture: WeekPicture | None = getattr(digest, "picture", None)
    counted = picture.topic_counts if picture else {}
    return {topic.pk: counted.get(str(topic.pk), 0) for topic in topics}


def _column(
    digest: Digest,
    counts: dict[int, int],
    topics: Sequence[Topic],
    *,
    left: float,
    room: float,
    labels: tuple[str, str],
) -> Column:
    total, top = sum(counts.values()), 0.0
    bands = []
    for topic in topics:
        count = counts[topic.pk]
        height = HEIGHT * count / total
        bands.append(
            Band(topic.name, shade_of(topic), round(top, 1), round(height, 1), count, round(100 * count / total))
        )
        top += height
    x, width = left + room * GAP / 2, room * (1 - GAP)
    return Column(
        digest.week,
        digest.get_absolute_url(),
        round(x, 1),
        round(x + width / 2, 1),
        round(width, 1),
        total,
        tuple(bands),
        *labels,
    )
