"""Ids, texts and withdrawals as sources tell them."""

import pytest

from tracker.records import (
    AbstractKind,
    MalformedId,
    arxiv_categories,
    clean_names,
    clean_text,
    is_withdrawal,
    is_withdrawal_notice,
    paper_text,
    parse_arxiv_id,
    text_hash,
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2311.12983", ("2311.12983", None)),
        ("http://arxiv.org/abs/2311.12983v2", ("2311.12983", 2)),
        ("https://arxiv.org/pdf/2311.12983v2.pdf", ("2311.12983", 2)),
        ("arXiv:0704.0001", ("0704.0001", None)),
        ("hep-th/9901001v3", ("hep-th/9901001", 3)),
        ("math.GT/0309136", ("math/0309136", None)),
        ("HEP-TH/9901001v2", ("hep-th/9901001", 2)),
        ("arxiv.org/abs/2311.12983", ("2311.12983", None)),
        (" https://arxiv.org/html/2311.12983v1#S3 ", ("2311.12983", 1)),
        ("https://export.arxiv.org/abs/hep-th/9901001?context=math", ("hep-th/9901001", None)),
        ("https://www.alphaxiv.org/abs/2311.12983v2", ("2311.12983", 2)),
        ("https://huggingface.co/papers/2311.12983", ("2311.12983", None)),
        ("https://doi.org/10.48550/arXiv.2311.12983", ("2311.12983", None)),
        ("arXiv:2311.12983v1 [cs.CL] 21 Nov 2023", ("2311.12983", 1)),
    ],
)
def test_it_reads_ids_old_and_new(text, found):
    assert parse_arxiv_id(text) == found


@pytest.mark.parametrize(
    "text",
    ["", "abc", "2311.123", "https://example.org/abs/2311.12983", "https://arxiv.org/list/cs.CL/2311", "2311.12983v0"],
)
def test_it_refuses_a_malformed_id(text):
    with pytest.raises(MalformedId, match="is no arXiv id"):
        parse_arxiv_id(text)


@pytest.mark.parametrize(
    "text",
    [
        "This paper has been withdrawn by the author due to a crucial error in Lemma 3.",
        "12 pages. This paper has been withdrawn",
        "Withdrawn",
        "[withdrawn]",
        "Paper withdrawn by authors",
        "This article has been temporarily withdrawn as it lacks a proof",
        "This submission has been withdrawn by arXiv administrators due to disputed authorship",
        "Withdrawn due to errors",
    ],
)
def test_it_knows_a_withdrawal(text):
    assert is_withdrawal(abstract="We study graphs.", comment=text, journal_ref="")
    assert is_withdrawal(abstract=text, comment="", journal_ref="")


@pytest.mark.parametrize(
    "text",
    [
        "We study withdrawn papers.",
        "Withdrawn papers are a concern in science.",
        "withdrawn from ICLR 2024",
        "This paper was withdrawn from the workshop and extended",
        "A claim that was withdrawn by its author",
        "The drug has been withdrawn by the regulator",
    ],
)
def test_papers_about_withdrawing_are_not_withdrawn(text):
    assert not is_withdrawal(abstract=text, comment=text, journal_ref=text)


def test_an_abstract_that_ends_with_a_notice_is_worth_reading():
    text = "We prove that all graphs are planar. This paper has been withdrawn because the proof is wrong."
    assert is_withdrawal(abstract=text, comment="", journal_ref="")
    assert not is_withdrawal_notice(text)
    assert is_withdrawal_notice("This paper has been withdrawn because the proof is wrong.")


def test_the_hash_changes_with_the_words_and_not_with_the_white_space():
    assert paper_text("A  title\n", " An\nabstract ") == "A title\nAn abstract"
    assert text_hash("A title", "An abstract") == text_hash("A  title", "An\nabstract")
    assert text_hash("A title", "An abstract") != text_hash("A title", "Another abstract")


def test_texts_lose_what_no_database_takes():
    assert clean_text("a\0b \ud800 c\n d") == "a b c d"


def test_punctuation_is_no_author():
    names = ["GLM-5 Team", ":", "Aohan  Zeng", "-", "李明", "\0"]
    assert clean_names(names) == ("GLM-5 Team", "Aohan Zeng", "李明")


def test_categories_come_primary_first_and_without_other_classifications():
    told = arxiv_categories("cs.LG", ["cs.AI", "cs.LG", "I.2.7; H.3.3", "68T50", "astro-ph", "cond-mat.mtrl-sci"])
    assert told == ("cs.LG", "cs.AI", "astro-ph", "cond-mat.mtrl-sci")


def test_the_authors_words_rank_above_a_paraphrase():
    assert AbstractKind.AUTHORS.rank > AbstractKind.TRUNCATED.rank > AbstractKind.PARAPHRASE.rank
