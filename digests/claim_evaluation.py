"""The claim check judged: what it marks in edited summaries, in drafts, and in drafts that were made wrong. Pure."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from digests import markdown
from digests.claims import Claim, check_claims
from digests.claims.names import addresses, find_names
from digests.claims.numbers import Number, find_numbers
from digests.proofs import read_proof
from digests.summarise import draft_summary
from tracker.records import Record

# What a wrong summary may name: models and benchmarks that most abstracts don't.
_STRANGERS = re.split(
    ", ",
    "GSM8K, MMLU-Pro, HumanEval, GPT-4o, Claude 3.5 Sonnet, Llama 3.1, Qwen2.5-7B, BERT, ImageNet, SWE-bench, "
    "Gemini 1.5, DeepSeek-R1, Mistral, HotpotQA, MATH-500, Whisper, CIFAR-10, T5, ARC-AGI, LiveCodeBench",
)
_NUMBER_WORDS = "two three four five six seven eight nine ten eleven twelve"


def words_of(summary: str) -> str:
    """The summary, which is Markdown, as its reader takes it in."""
    return read_proof(markdown.to_html(summary)).words


def marks_of(summary: str, record: Record) -> tuple[Claim, ...]:
    return check_claims(words_of(summary), record.title, record.abstract)


@dataclass
class Tally:
    """How many mistakes of one kind were made, and how many of them the check marked."""

    made: int = 0
    marked: int = 0

    def count(self, marked: bool) -> None:
        self.made += 1
        self.marked += marked

    @property
    def recall(self) -> float | None:
        return round(self.marked / self.made, 4) if self.made else None


Corruption = Callable[[str, Record, random.Random], tuple[str, int] | None]


def corrupt_number(words: str, record: Record, chance: random.Random) -> tuple[str, int] | None:
    """The words with one number changed to one that the abstract doesn't hold in any spelling, and where."""
    found = _numerals(words)
    if not found:
        return None
    number = chance.choice(found)
    old = re.match(r"\d+(?:[,.]\d+)*", words[number.start :])
    assert old is not None
    new = _other_digits(old[0], f"{record.title} {record.abstract}", chance)
    return words[: number.start] + new + words[number.start + len(old[0]) :], number.start


def _numerals(words: str) -> list[Number]:
    """The numbers in digits, without those of web addresses and arXiv ids, which claim nothing."""
    closed = list(addresses(words))
    return [
        number
        for number in find_numbers(words)
        if words[number.start].isdigit() and not any(start <= number.start < end for start, end in closed)
    ]


def _other_digits(old: str, source: str, chance: random.Random) -> str:
    """Other digits in the shape of the old ones; one-digit numbers grow, so that the source hasn't got them."""
    while True:
        new = re.sub(r"\d", lambda _: str(chance.randint(1, 9)), old if len(old) > 1 else f"{old}0")
        if new not in source and new.replace(",", "") not in source:
            return new


def swap_number(words: str, record: Record, chance: random.Random) -> tuple[str, int] | None:
    """The words with one number changed to another of the same text: what the check can't see."""
    found = _numerals(words)
    values = {words[number.start : number.end] for number in found}
    if len(values) < 2:
        return None
    number = chance.choice(found)
    new = chance.choice(sorted(values - {words[number.start : number.end]}))
    return words[: number.start] + new + words[number.end :], number.start


def corrupt_count(words: str, record: Record, chance: random.Random) -> tuple[str, int] | None:
    """The words with one number that is spelled out changed to another that the abstract doesn't spell out."""
    spelled = _NUMBER_WORDS.split()
    found = list(re.finditer(rf"\b(?:{'|'.join(spelled)})\b", words))
    others = [word for word in spelled if word not in record.abstract.lower()]
    if not found or not others:
        return None
    match = chance.choice(found)
    return words[: match.start()] + chance.choice(others) + words[match.end() :], match.start()


def corrupt_name(words: str, record: Record, chance: random.Random) -> tuple[str, int] | None:
    """The words with one name changed to a model or benchmark that the abstract doesn't name."""
    found = list(find_names(words))
    source = f"{record.title} {record.abstract}".lower()
    others = [name for name in _STRANGERS if name.lower() not in source]
    if not found or not others:
        return None
    name = chance.choice(found)
    return words[: name.start] + chance.choice(others) + words[name.end :], name.start


CORRUPTIONS: dict[str, Corruption] = {
    "number_changed": corrupt_number,
    "count_changed": corrupt_count,
    "name_changed": corrupt_name,
    "number_swapped": swap_number,
}


def try_draft(record: Record, tallies: dict[str, Tally], chance: random.Random) -> tuple[Claim, ...]:
    """Make one mistake of each kind in the paper's draft and count those marked; gives the marks of the true draft."""
    words = words_of(draft_summary(record.abstract))
    for kind, corrupt in CORRUPTIONS.items():
        if made := corrupt(words, record, chance):
            wrong, place = made
            claims = check_claims(wrong, record.title, record.abstract)
            tallies[kind].count(any(claim.start <= place < claim.end for claim in claims))
    return check_claims(words, record.title, record.abstract)
