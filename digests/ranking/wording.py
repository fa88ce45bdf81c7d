"""How a group of a paper's facts is told to an editor: by those facts that weighed the most in its sum. Pure."""

from collections.abc import Callable, Sequence

from digests.ranking.facts import RELEASE_WORDS, SUBJECTS, Text
from tracker.records import Record

_IN_TITLE = ", in the title"
_MOST_NAMED = 3
_SHORT_TITLE = 9  # words
Say = Callable[[Text, Sequence[str], bool], str]


def in_words(group: str, record: Record, facts: Sequence[str], *, raises: bool) -> str:
    """One reason, given the facts that pulled the group's way, the weightiest first, and which way that is."""
    return _WORDS[group](Text(record), facts, raises)


def _team(text: Text, facts: Sequence[str], raises: bool) -> str:
    count = len(text.record.authors)
    if count == 1:
        return "a single author"
    return f"a team of {count}" if count else "no authors known"


def _title(text: Text, facts: Sequence[str], raises: bool) -> str:
    if raises and text.method_name:
        return f"its title names what it brings: {text.method_name}"
    if "title asks" in facts and "?" in text.record.title:
        return "its title asks a question"
    words = len(text.record.title.split())
    return f"a {'short' if words <= _SHORT_TITLE else 'long'} title: {words} words"


def _abstract(text: Text, facts: Sequence[str], raises: bool) -> str:
    said = {
        "introduces": ("we introduce" in text.abstract, "introduces something of its own", "introduces nothing"),
        "proposes": ("propose" in text.abstract, "proposes a method", "proposes no method"),
        "first": ("the first " in text.abstract, "claims a first", "claims no first"),
        "state of the art": (
            "state-of-the-art" in text.abstract or "sota" in text.abstract,
            "claims the state of the art",
            "doesn’t claim the state of the art",
        ),
    }
    for fact in facts:
        if fact in said:
            present, yes, no = said[fact]
            return yes if present else no
        if fact == "numbers":
            return (
                "its abstract gives figures" if any(map(str.isdigit, text.abstract)) else "no figures in its abstract"
            )
        if fact.startswith("abstract's"):
            break
    return f"an abstract of {len(text.abstract.split())} words"


def _sizes(text: Text, facts: Sequence[str], raises: bool) -> str:
    return f"names model sizes ({', '.join(text.sizes)})" if text.sizes else "no model sizes"


def _comment(text: Text, facts: Sequence[str], raises: bool) -> str:
    for fact in facts:
        if fact == "workshop" and "workshop" in text.comment:
            return "a workshop paper, its authors note"
        if fact == "venue" and text.names_venue:
            return "its authors note a venue"
        if fact.startswith("pages") and text.pages:
            return f"its authors note {text.pages} pages"
    return "its authors add no note" if not text.comment else f"its authors note “{_shortened(text.record.comment)}”"


def _release(text: Text, facts: Sequence[str], raises: bool) -> str:
    if text.links_out:
        return "links to its code, data or page"
    if any(word in text.all for word in RELEASE_WORDS):
        return "says that code, models or data are released"
    return "no code, data or page is named"


def _benchmark(text: Text, facts: Sequence[str], raises: bool) -> str:
    if "bench" in text.title:
        return "a benchmark, by its title"
    if "bench" in text.all:
        return "introduces or uses a benchmark"
    return "about a dataset or corpus" if "dataset" in text.all or "corpus" in text.all else "no benchmark"


def _subject(text: Text, facts: Sequence[str], raises: bool) -> str:
    """The subjects that the paper has and that pulled this way; where it was the lack of them, it says so."""
    present = [fact for fact in facts if fact in SUBJECTS and SUBJECTS[fact](text)]
    named = list(dict.fromkeys(fact.removesuffix(_IN_TITLE) for fact in present))[:_MOST_NAMED]
    if named:
        return f"its subject: {', '.join(named)}"
    lacking = [fact.removesuffix(_IN_TITLE) for fact in facts if fact in SUBJECTS and not SUBJECTS[fact](text)]
    return f"not about {lacking[0]}" if lacking else "its subject"


def _categories(text: Text, facts: Sequence[str], raises: bool) -> str:
    listed = [fact.split()[-1] for fact in facts if fact.startswith(("in ", "first in "))]
    named = [code for code in dict.fromkeys(listed) if any(_within(one, code) for one in text.record.categories)]
    named = [code for code in named if not any(other.startswith(f"{code}.") for other in named)]
    if named:
        return f"listed in {', '.join(named[:_MOST_NAMED])}"
    return f"not listed in {listed[0]}" if listed else f"listed in {len(text.record.categories)} categories"


def _within(category: str, code: str) -> bool:
    """Whether a category is the one named, or of the archive named.

    >>> _within("math.OC", "math"), _within("cs.CL", "cs.CL"), _within("cs.CL", "cs.LG")
    (True, True, False)
    """
    return code in (category, category.partition(".")[0])


def _shortened(comment: str, most: int = 60) -> str:
    return comment if len(comment) <= most else f"{comment[:most].rsplit(' ', 1)[0]}…"


_WORDS: dict[str, Say] = {
    "team": _team,
    "title": _title,
    "abstract": _abstract,
    "sizes": _sizes,
    "comment": _comment,
    "release": _release,
    "benchmark": _benchmark,
    "survey": lambda text, facts, raises: "a survey or overview" if raises else "a survey, or reads like one",
    "report": lambda text, facts, raises: "a technical report",
    "subject": _subject,
    "categories": _categories,
}
