"""Names set beside dots so that none covers another. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

CHARACTER = 0.53  # mean width of a character of the sans, in units of its size


@dataclass(frozen=True)
class Label:
    """Where a name stands: its text begins, centres or ends (`anchor`) at x on the baseline y."""

    x: float
    y: float
    anchor: str  # start, middle or end, as SVG says it
    text: str


@dataclass(frozen=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: "_Box") -> float:
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across * down if across > 0 and down > 0 else 0.0

    def outside(self, width: float, height: float) -> float:
        return max(0.0, -self.left, -self.top, self.right - width, self.bottom - height)


def place_labels(
    dots: Sequence[tuple[float, float, str]], *, width: float, height: float, size: float, radius: float
) -> list[Label]:
    """A label for each dot (x, y, name), in their order, where it covers the least of dots and earlier labels."""
    taken = [_Box(x - radius, y - radius, x + radius, y + radius) for x, y, _ in dots]
    labels = []
    for x, y, name in dots:
        label, box = min(
            _positions(x, y, name, size, radius),
            key=lambda place: sum(place[1].overlap(other) for other in taken) + 1e4 * place[1].outside(width, height),
        )
        labels.append(label)
        taken.append(box)
    return labels


def _positions(x: float, y: float, name: str, size: float, radius: float) -> list[tuple[Label, _Box]]:
    """The places that a label may take around its dot, the preferred first: right, left, then above and below."""
    wide, gap = len(name) * size * CHARACTER, radius + size * 0.3
    found = []
    for dy in (0.35, -0.45, 1.15, -1.2, 1.9):  # of the size, from the dot's middle to the baseline
        baseline = y + dy * size
        top, bottom = baseline - 0.85 * size, baseline + 0.3 * size
        found.append((Label(x + gap, baseline, "start", name), _Box(x + gap, top, x + gap + wide, bottom)))
        found.append((Label(x - gap, baseline, "end", name), _Box(x - gap - wide, top, x - gap, bottom)))
        if abs(dy) > 1:
            half = wide / 2
            found.append((Label(x, baseline, "middle", name), _Box(x - half, top, x + half, bottom)))
    return found
