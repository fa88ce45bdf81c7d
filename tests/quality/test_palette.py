"""The colours of topics: told apart with any kind of colour vision, and visible on paper, in light and in dark.

Distances are taken in OKLab, where 0.02 is just seen side by side. Colour vision without one of the three kinds of
cones is simulated by the matrices of Machado, Oliveira and Fernandes (2009), for the whole loss.
"""

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

PROPERTY = re.compile(r"--(?P<name>paper|topic-\d): light-dark\((?P<light>#\w{6}), (?P<dark>#\w{6})\)")
VISION = {
    "normal": np.eye(3),
    "protan": np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
    "deutan": np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
    "tritan": np.array([[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]]),
}
TO_CONES = np.array([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]])
TO_LAB = np.array([[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]])
FIRST_SIX, ALL_EIGHT = 0.14, 0.06
CONTRAST = 3.0  # WCAG 2.2, 1.4.11


def linear(colour: str) -> np.ndarray:
    values = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def oklab(light: np.ndarray) -> np.ndarray:
    return TO_LAB @ np.cbrt(TO_CONES @ np.clip(light, 0, 1))


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.fixture(params=["light", "dark"])
def colours(request) -> dict[str, str]:
    css = (Path(settings.BASE_DIR) / "static/css/site.css").read_text()
    return {match["name"]: match[request.param] for match in PROPERTY.finditer(css)}


def test_topics_are_seen_on_paper(colours) -> None:
    paper = colours.pop("paper")
    assert len(colours) == 8
    assert {
        name: contrast(colour, paper) for name, colour in colours.items() if contrast(colour, paper) < CONTRAST
    } == {}


@pytest.mark.parametrize("vision", VISION)
def test_topics_are_told_apart(colours, vision) -> None:
    seen = {name: oklab(VISION[vision] @ linear(colour)) for name, colour in colours.items() if name != "paper"}
    distances = {pair: float(np.linalg.norm(seen[pair[0]] - seen[pair[1]])) for pair in combinations(sorted(seen), 2)}
    first = {pair: distance for pair, distance in distances.items() if max(pair) <= "topic-6"}
    assert min(first.values()) > FIRST_SIX, min(first, key=first.get)
    assert min(distances.values()) > ALL_EIGHT, min(distances, key=distances.get)
