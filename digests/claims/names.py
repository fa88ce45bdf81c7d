"""Names of models, benchmarks, methods and machines in running text, told by their shape or by a list. Pure."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

# Names that look like ordinary words.
_KNOWN = """
    Alpaca Baichuan Bard Chinchilla Claude Codeforces Codex Copilot Deepseek Devin Doubao Ernie Falcon Flamingo
    Galactica Gato Gemini Gemma Gopher Grok Haiku Hellaswag Hermes Hunyuan Jamba Jurassic Kimi Llama Magistral Mamba
    Minerva Ministral Mistral Mixtral Nemotron Olmo Opus Orca Phi Pixtral Pythia Qwen Sonnet Sora Squad Starling
    Vicuna Voxtral Whisper Winogrande Zephyr
"""
KNOWN = frozenset(_KNOWN.split())
# Capitals that name no model and no benchmark: the field's household words, and what surrounds it.
_HOUSEHOLD = """
    ai agi ml nlp nlu nlg llm llms lm lms slm slms vlm vlms lvlm lvlms mllm mllms plm plms rl api apis gpu gpus cpu cpus
    tpu tpus ram os pc id ids url urls pdf html json xml http cli ide ui gui faq phd msc us usa uk eu un qa q&a vs ok tv
    openai deepmind github arxiv youtube linkedin stackoverflow tex latex not and or all no any only but yes
    kv f1 todo tk ii iii iv vi vii viii ix
"""
HOUSEHOLD = frozenset(_HOUSEHOLD.split())

_ADDRESS = r"https?://\S+|\bwww\.\S+|\barXiv:\S+|\b\S+@\S+\.\w+"
_CHUNK = re.compile(
    rf"(?P<skip>{_ADDRESS})|(?<![\w])(?P<name>[^\W\d_⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉]\w*(?:(?:[-‑_+@:.]|(?<=[A-Z])&(?=[A-Z]))\w+)*\+*)"
)
_UNIT_FOLLOWS = r"\s?(?:%|×|x\b|percent|per cent|times|fold|points?)"
_VERSION = re.compile(
    rf"(?:[ \u00a0]?-|[ \u00a0])\d{{1,2}}(?:\.\d+)*(?:[a-z]|[BM])?(?![\w%×.,/]*[\d%×])(?!{_UNIT_FOLLOWS})\b"
)
_PART = re.compile(r"[-‑_+@:]|\.(?!\d)")
_CAMEL = re.compile(r"[a-z][A-Z]|^[A-Z]{2,}[a-z]+[A-Z]|^[A-Z]{3,}[a-z]{2,}$")
_CAPITALS = re.compile(r"[A-Z][A-Z&]+(?:s|es)?")
_WORD = re.compile(r"[^\W_]+(?:\.\d+)*")
# What is tied to a name with a hyphen and is no part of it, in capitals too where a heading is.
_TIED = frozenset(re.split(" ", "based like style level generated powered trained tuned driven class family only free"))
# And what a name ends with, though it is no capital's.
_ENDS = frozenset(
    re.split(" ", "bench eval arena mini nano turbo large base small tiny instruct chat pro ultra plus max xl")
)
_SMALL_WORDS = frozenset(re.split(" ", "a an and as at by for from in of on or over the to via with"))
_SENTENCE_END = re.compile(r"[.!?:;]\s")
_LONGEST = 6  # words of the longest name


@dataclass(frozen=True)
class Name:
    start: int
    end: int
    text: str


def squeeze(text: str) -> str:
    """The name without accents, case, spaces and marks: `TÜLU-V2 mix` is `tuluv2mix`."""
    return "".join(_words(text))


def _words(text: str) -> list[str]:
    plain = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return [word.lower() for word in _WORD.findall(plain)]


class Vocabulary:
    """The names that a source may be said to hold: its words, runs of neighbours, and their initials."""

    def __init__(self, text: str) -> None:
        words = _words(text)
        self._runs = {
            "".join(words[start : start + size]) for start in range(len(words)) for size in range(1, _LONGEST + 1)
        }
        self._initials = " ".join(
            initials for sentence in _SENTENCE_END.split(text) for initials in _initials(sentence)
        )

    def __contains__(self, name: str) -> bool:
        key = squeeze(name)
        return any(form in self._runs for form in _forms(key)) or self._abbreviates(name)

    def _abbreviates(self, name: str) -> bool:
        """Whether the name is made of the initials of words in a row: `MoE` of `Mixture-of-Experts`."""
        key = squeeze(name.removesuffix("s"))
        return len(key) > 2 and key.isalpha() and not name.islower() and key in self._initials


def _initials(sentence: str) -> tuple[str, str]:
    """The initials of all its words, and of those that an abbreviation counts."""
    words = _words(sentence)
    return "".join(word[0] for word in words), "".join(word[0] for word in words if word not in _SMALL_WORDS)


def _forms(key: str) -> Iterator[str]:
    """The name, and its singular or plural."""
    yield key
    yield f"{key}s"
    if key.endswith("s"):
        yield key[:-1]


def find_names(text: str) -> Iterator[Name]:
    """What is named in the text, in its order; `LLM-based` and the like name nothing."""
    for match in _CHUNK.finditer(text):
        if match["skip"]:
            continue
        trimmed = _trim(match["name"])
        if trimmed is None:
            continue
        start = match.start() + trimmed[0]
        end = match.start() + trimmed[1]
        if end == match.end() and (version := _VERSION.match(text, end)):
            end = version.end()
        yield Name(start, end, text[start:end])


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where web addresses, mail addresses and arXiv ids stand: what is in them claims nothing."""
    for match in re.finditer(_ADDRESS, text):
        yield match.span()


def _trim(chunk: str) -> tuple[int, int] | None:
    """Where in the chunk the name is, without ordinary words tied to it: `GPT-4` of `GPT-4-based`. None if nowhere."""
    parts, start = [], 0
    for cut in [*_PART.finditer(chunk), None]:
        end = cut.start() if cut else len(chunk)
        parts.append((start, end))
        start = cut.end() if cut else end
    words = [chunk[a:b] for a, b in parts]
    first, last = 0, len(words)
    while last > first and _is_tied(words[last - 1]):
        last -= 1
    while last - first > 1 and _is_ordinary(words[first]) and not words[first + 1][:1].isdigit():
        first += 1
    if all(_is_ordinary(word) for word in words[first:last]):
        return None
    return parts[first][0], parts[last - 1][1]


def _is_tied(part: str) -> bool:
    """Whether a word behind a hyphen is no part of the name before it: `based`, but not `bench`."""
    return (part.islower() or part.lower() in _TIED) and part not in _ENDS and _is_ordinary(part)


def _is_ordinary(part: str) -> bool:
    """Whether a word has nothing of a name: no digit, no capitals inside, not on the list."""
    if any(one.isdigit() for one in part) or part in KNOWN:
        return False
    return not (_CAPITALS.fullmatch(part) or _CAMEL.search(part)) or part.lower() in HOUSEHOLD
