"""The claim check: what it marks, what it takes for the same, and how often it is right on real weeks."""

import json

import pytest
from django.core.management import CommandError, call_command

from digests.claims import check_claims
from digests.claims.names import find_names
from digests.claims.numbers import find_numbers

ABSTRACT = r"""
We present GAIA-X, where respondents obtain 92\% vs. 15\% for GPT-4 and 88.1 for BERT. It has 1,000 questions in three
stages, is $1.5\times$ faster with a 7B model, 5-10x larger, takes $10^{5}$ steps and half the memory. A
mixture-of-experts saw 36,000 prompts by Llama-3.1-8B on MMLU-Pro; accuracy rose from 65 to 74%. T\"ULU 2+DPO 70B has
$O(n^2)$ cost.
"""


def marks(summary: str) -> list[str]:
    return [claim.text for claim in check_claims(summary, "A Title of FastNet", ABSTRACT)]


@pytest.mark.parametrize(
    "summary",
    [
        "They reach 92 % and 15 percent; BERT gets 88.1%.",
        "It has 1000 questions, or 1\u202f000, in 3 stages.",
        "It is 1.5x, 1.5× or 1.5 times faster.",
        "Its 7 billion parameters, 7B-parameter, 7-billion.",
        "It is 5–10× larger, even 5x.",
        "It takes 100,000 steps, which is 10⁵.",
        "A MoE, and many MoEs, saw 36K prompts, or 36 thousand.",
        "Llama 3.1, Llama-3.1-8B and FastNet on MMLU Pro and MMLU.",
        "Accuracy rose from 65% to 74%, at 50% of the memory.",
        "Tulu 2 at 70B, GPT 4, GPT-4-based, with cost O(n²).",
        "One of the best LLM-based, AI-generated APIs; see https://x.org/99 and arXiv:2311.12983.",
        "First: (1) this and (2) that; it may combine the two.",
    ],
)
def test_it_takes_other_spellings_for_the_same(summary):
    assert marks(summary) == []


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("They reach 93% and 92.4%.", ["93%", "92.4%"]),
        ("They reach 92x and 1.5%.", ["92x", "1.5%"]),
        ("It has 1,001 questions in four stages.", ["1,001", "four"]),
        ("A 70M model with 1.6B tokens.", ["70M", "1.6B"]),
        ("Only 12 of them in 2023, not 4.", ["12", "2023", "4"]),
        ("It is 30 times faster and 10⁶ steps.", ["30 times", "10⁶"]),
        ("Beats Llama 3 and GPT-4o on MMLU-Redux.", ["Llama 3", "GPT-4o", "MMLU-Redux"]),
        ("Beats Claude 3.5 Sonnet by 11 points.", ["Claude 3.5 Sonnet", "11"]),
        ("Tried on GSM8K, HumanEval and SWE-bench with 5-shot prompts on H100s.",
         ["GSM8K", "HumanEval", "SWE-bench", "H100s"]),
        ("DeepSeek-R1 and o1 know O(78) of it.", ["DeepSeek-R1", "o1", "78"]),
        ("It doubles the speed.", ["doubles"]),
    ],
)  # fmt: skip
def test_it_marks_numbers_and_names_that_the_abstract_has_not(summary, expected):
    assert marks(summary) == expected


def test_a_mark_says_what_the_abstract_says_nearby():
    (claim,) = check_claims("The accuracy rose to 75%.", "Title", ABSTRACT)
    assert "accuracy rose from 65 to 74%" in claim.nearby
    (claim,) = check_claims("Xyzzy plugh 99.", "Title", ABSTRACT)
    assert claim.nearby == ""


def test_a_claim_is_known_by_itself_and_the_words_around_it():
    def key(summary: str) -> str:
        (claim,) = check_claims(summary, "Title", ABSTRACT)
        return claim.key

    here = key("At the start of it all, the accuracy rose to 75% in two of all cases, in the end.")
    assert here == "the accuracy rose to [75%] in two of" or here == "accuracy rose to [75%] in two of"
    assert key("At another start, the accuracy rose to 75% in two of all cases.") == here
    assert key("At the start of it all, the latency rose to 75% in two of all cases.") != here


@pytest.mark.parametrize(
    "text", ["1e999999", "9" * 5_000, "10^99999", "3⁹⁹⁹⁹⁹", "." * 5_000, "A-" * 5_000, "(1" * 5_000]
)
def test_nothing_breaks_it_and_nothing_takes_long(text):
    check_claims(text, text, text)
    find_numbers(text)
    list(find_names(text))


@pytest.mark.shared
def test_the_reference_summaries_claim_nothing_beyond_their_abstracts(shared, capsys):
    figures = evaluate(capsys, str(shared / "reference-digest.txt"), papers=[shared / "papers" / "reference-13.jsonl"])
    assert figures == {"summaries": 13, "marks_in_summaries": 0}


@pytest.mark.shared
def test_a_wrong_number_or_name_in_a_real_weeks_draft_is_marked_and_a_true_draft_is_not(shared, tmp_path, capsys):
    some = (shared / "papers" / "2026-W08.jsonl").read_text().splitlines(keepends=True)[:150]
    (tmp_path / "some.jsonl").write_text("".join(some))
    figures = evaluate(capsys, drafts=[tmp_path / "some.jsonl"])
    assert (figures["drafts"], figures["marks_in_drafts"]) == (150, 0)
    assert figures["mistakes"]["number_changed"]["recall"] > 0.98
    assert figures["mistakes"]["name_changed"]["recall"] > 0.98


def evaluate(capsys, *args, **options) -> dict:
    call_command("evaluate_claims", *args, json=True, **options)
    return json.loads(capsys.readouterr().out)


def test_it_asks_for_something_to_check(tmp_path):
    with pytest.raises(CommandError, match="Name a roundup"):
        call_command("evaluate_claims")
    with pytest.raises(CommandError, match="can't be read"):
        call_command("evaluate_claims", str(tmp_path / "none.txt"))
