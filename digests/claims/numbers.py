"""Numbers in running text, however they are written: `1,000`, `92 %`, `78x`, `7B`, `three`, `5–10 times`. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

PERCENT, TIMES, PLAIN = "%", "x", ""


@dataclass(frozen=True)
class Quantity:
    """A number's value and what it counts in: `PERCENT`, `TIMES`, or `PLAIN` for anything else."""

    value: Decimal
    unit: str = PLAIN

    @property
    def has_fraction(self) -> bool:
        return self.value != self.value.to_integral_value()


@dataclass(frozen=True)
class Number:
    """A number as it stands in a text, with every quantity that it may be read as: `5` of `5-10x` is also 5x."""

    start: int
    end: int
    readings: frozenset[Quantity]
    is_sized: bool = False  # with a `7B`'s or a `3 million`'s size


_UNITS_AND_TEENS = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen
"""
_ROUND_TENS = " twenty thirty forty fifty sixty seventy eighty ninety "
_ORDINALS = " first second third fourth fifth sixth seventh eighth ninth tenth "
_SMALL = _UNITS_AND_TEENS.split()
_TENS = _ROUND_TENS.split()
_SIZES = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_SIZES |= {"k": 10**3, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12, "bn": 10**9}
_WORDS = {word: value for value, word in enumerate(_SMALL)} | {
    word: 10 * value for value, word in enumerate(_TENS, start=2)
}
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")

# What says a number without naming it. Editors may say it so too; `one` and `first` are too common to be claims.
_SAID = {
    "twice": Quantity(Decimal(2), TIMES),
    "doubles": Quantity(Decimal(2), TIMES),
    "doubled": Quantity(Decimal(2), TIMES),
    "doubling": Quantity(Decimal(2), TIMES),
    "thrice": Quantity(Decimal(3), TIMES),
    "triples": Quantity(Decimal(3), TIMES),
    "tripled": Quantity(Decimal(3), TIMES),
    "tripling": Quantity(Decimal(3), TIMES),
    "quadrupled": Quantity(Decimal(4), TIMES),
    "half": Quantity(Decimal(50), PERCENT),
    "halves": Quantity(Decimal(50), PERCENT),
    "halved": Quantity(Decimal(50), PERCENT),
    "halving": Quantity(Decimal(50), PERCENT),
    "dozen": Quantity(Decimal(12)),
}
_IMPLIED = {
    "a": Quantity(Decimal(1)),
    "single": Quantity(Decimal(1)),
    "both": Quantity(Decimal(2)),
    "pair": Quantity(Decimal(2)),
    "pairs": Quantity(Decimal(2)),
    "dual": Quantity(Decimal(2)),
    "double": Quantity(Decimal(2), TIMES),
    "triple": Quantity(Decimal(3), TIMES),
}
_IMPLIED |= {word: Quantity(Decimal(value)) for value, word in enumerate(_ORDINALS.split(), start=1)}

_UNIT = r"(?:\s?(?P<percent>%|percent(?:age)?(?:\s+points?)?\b|per\scents?\b|pp\b)|\s?[x×](?!\w)|(?P<glued>×)|-?(?P<fold>fold)\b|\s(?P<times>times)\b)"  # noqa: E501
_NUMBER = re.compile(
    rf"""
    (?<![\d.,])(?:
        (?P<digits>(?:\d{{1,3}}(?:[,\u2009\u202f]\d{{3}})+(?!\d)|\d+)(?:\.\d+)?|\.\d+)
        (?:\s?[×x·*]\s?10(?P<power>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+|\^?\(?-?\d+\)?)|[eE](?P<exponent>-?\d+)\b|(?P<raised>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)
           |\^\(?(?P<raised_plain>-?\d+)\)?)?
      | \b(?P<tens>{"|".join(_TENS)})(?:[- ](?P<ones>{"|".join(_SMALL[1:10])}))?
      | \b(?P<word>{"|".join(sorted(_SMALL, key=len, reverse=True))})
      | \b(?P<said>{"|".join(_SAID)})\b
    )
    (?P<size>(?:[\s-]?(?:hundred|thousand|million|billion|trillion)|(?<=\d)\s?(?:bn|[kKMBT]))(?![A-Za-z0-9]))?
    (?:{_UNIT}|(?![A-Za-z])|(?<=\d)(?=[A-Za-z]))
    """,
    re.VERBOSE | re.IGNORECASE,
)
_IMPLIES = re.compile(rf"\b(?:{'|'.join(_IMPLIED)})\b", re.IGNORECASE)
_RANGE = re.compile(r"\s?(?:-|–|—|to|and|or|/|,|vs\.?|,\s?and|%\s?(?:to|and|vs\.?|-|–))\s?", re.IGNORECASE)


_POINTS = re.compile(r"[\s-]?points?\b")


def find_numbers(text: str) -> list[Number]:
    """The numbers of the text in their order."""
    found = [(match, _readings(text, match)) for match in _NUMBER.finditer(text)]
    for (match, readings), (following, others) in reversed(list(pairwise(found))):
        quantity = _quantity(match)
        if quantity.unit == PLAIN and _RANGE.fullmatch(text, match.end(), following.start()):
            value = quantity.value
            sizes = {1, 1 if match["size"] else _size(following)}
            readings |= {Quantity(value * size, other.unit) for size in sizes for other in others}
    return [
        Number(match.start(), match.end(), frozenset(readings), is_sized=bool(match["size"]))
        for match, readings in found
    ]


def implied_quantities(text: str) -> Iterator[Quantity]:
    """What a text says of numbers besides naming them: `both` is two, `the third` is three."""
    for match in _IMPLIES.finditer(text):
        yield _IMPLIED[match[0].lower()]


def _quantity(match: re.Match[str]) -> Quantity:
    unit = PLAIN
    if match["percent"]:
        unit = PERCENT
    elif match["fold"] or match["times"] or match["glued"] or match[0].rstrip()[-1:] in "x×":
        unit = TIMES
    if match["said"]:
        return _SAID[match["said"].lower()]
    return Quantity((_value(match) * _size(match)).normalize(), unit)


def _value(match: re.Match[str]) -> Decimal:
    if match["word"]:
        return Decimal(_WORDS[match["word"].lower()])
    if match["tens"]:
        return Decimal(_WORDS[match["tens"].lower()] + _WORDS.get((match["ones"] or "").lower(), 0))
    value = Decimal(re.sub(r"[,\u2009\u202f]", "", match["digits"]))
    if match["power"]:
        return value * Decimal(10) ** _exponent(match["power"])
    if match["exponent"]:
        return value * Decimal(10) ** _exponent(match["exponent"])
    if raised := match["raised"] or match["raised_plain"]:
        exponent = _exponent(raised)
        return value**exponent if value else value
    return value


def _exponent(text: str) -> int:
    """The exponent, held to what arithmetic can bear."""
    digits = text.translate(_SUPERSCRIPTS).strip("^()")
    return max(-300, min(300, int(digits))) if re.fullmatch(r"-?\d{1,6}", digits) else 1


def _size(match: re.Match[str]) -> int:
    size = (match["size"] or "").strip(" -")
    return _SIZES.get(size) or _SIZES.get(size.lower()) or 1


def _readings(text: str, match: re.Match[str]) -> set[Quantity]:
    """The number by itself. Points are percent wherever percent are compared, and times may be occasions."""
    quantity = _quantity(match)
    readings = {quantity}
    if quantity.unit == PLAIN and _POINTS.match(text, match.end()):
        readings.add(Quantity(quantity.value, PERCENT))
    if match["times"]:
        readings.add(Quantity(quantity.value))
    return readings
