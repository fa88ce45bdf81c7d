"""Papers as citations, each format read back by a reader of somebody else's."""

import datetime as dt
import json

import bibtexparser
import pytest
import rispy

from digests.export.citations import Citation, citation_of, split_name, to_bibtex, to_csl, to_ris, to_words
from tests.factories import PaperFactory


def citation(**fields) -> Citation:
    told = {
        "arxiv_id": "2311.12983",
        "title": r"GAIA: 5% of Q&A in $O(n^2)$, \textbf{again}",
        "authors": (r"Gr\'egoire Mialon", "Ludwig van Beethoven", "Martin King Jr.", "Gemini Team", "李 明"),
        "primary_category": "cs.CL",
        "submitted_on": dt.date(2023, 11, 21),
        "doi": "",
        "journal_ref": "J. of X & Y_1",
    }
    return Citation(**{**told, **fields})


def bibtex_entries(*citations):
    library = bibtexparser.parse_string(to_bibtex(citations))
    assert library.failed_blocks == []
    return library.entries


def test_a_papers_citation_is_made_from_its_row(db):
    cited = citation_of(PaperFactory(arxiv_id="2311.00001", title="On Tests"))
    assert (cited.arxiv_id, cited.authors) == ("2311.00001", ("Ada Lovelace", "Alan Turing"))
    assert cited.submitted_on == dt.date(2023, 11, 20)
    assert cited.key == "lovelace2023tests"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Ada Lovelace", ("Lovelace", "Ada", "", "")),
        (r"Ren\'e M. de la Vall\'ee", ("Vallée", "René M.", "de la", "")),
        ("Martin Luther King Jr.", ("King", "Martin Luther", "", "Jr.")),
        ("The ATLAS Collaboration", ("The ATLAS Collaboration", "", "", "")),
        ("Plato", ("Plato", "", "", "")),
        ("Smith, John", ("John", "Smith", "", "")),
    ],
)
def test_names_are_split_into_their_parts(name, parts):
    split = split_name(name)
    assert (split.family, split.given, split.particle, split.suffix) == parts


def test_bibtex_is_latex_that_another_parser_reads():
    entry = bibtex_entries(citation())[0]
    assert (entry.entry_type, entry.key) == ("misc", "mialon2023gaia")
    fields = {field.key: field.value for field in entry.fields}
    assert fields["title"] == r"{GAIA: 5\% of Q\&A in $O(n^2)$, \textbf{again}}"
    assert fields["author"].split(" and ") == [
        r"Mialon, Gr\'egoire",
        "van Beethoven, Ludwig",
        "King, Jr., Martin",
        "{Gemini Team}",
        "明, 李",
    ]
    assert fields["eprint"] == "2311.12983"
    assert fields["primaryclass"] == "cs.CL"
    assert fields["note"] == r"Published in J. of X \& Y\_1"


def test_hostile_text_breaks_no_bibtex():
    hostile = citation(title='}{ } @misc{x, "quoted" % & \\', authors=("} Brace {",), doi="10.1/a}{%b", journal_ref="{")
    entries = bibtex_entries(hostile, citation())
    assert [entry.key for entry in entries] == ["brace2023miscx", "mialon2023gaia"]


def test_papers_that_would_share_a_key_get_their_own():
    keys = [entry.key for entry in bibtex_entries(citation(), citation(arxiv_id="2311.1"), citation(arxiv_id="2311.2"))]
    assert keys == ["mialon2023gaia", "mialon2023gaia-2", "mialon2023gaia-3"]


def test_ris_is_read_by_another_parser():
    first, second = rispy.loads(to_ris([citation(), citation(arxiv_id="hep-th/9901001", submitted_on=None)]))
    assert first["type_of_reference"] == "UNPB"
    assert first["title"] == "GAIA: 5% of Q&A in O(n²), again"
    assert first["authors"][:3] == ["Mialon, Grégoire", "van Beethoven, Ludwig", "King, Martin, Jr."]
    assert (first["year"], first["doi"]) == ("2023", "10.48550/arXiv.2311.12983")
    assert first["urls"] == ["https://arxiv.org/abs/2311.12983"]
    assert second["year"] == "1999"


def test_csl_has_names_in_parts_and_the_day():
    item = json.loads(to_csl([citation(doi="10.1/x 10.2/y")]))[0]
    assert item["author"][1] == {"family": "Beethoven", "given": "Ludwig", "non-dropping-particle": "van"}
    assert item["author"][3] == {"literal": "Gemini Team"}
    assert item["issued"] == {"date-parts": [[2023, 11, 21]]}
    assert item["DOI"] == "10.1/x"


def test_words_name_ten_authors_at_most():
    line = to_words([citation(authors=tuple(f"Author {letter}" for letter in "ABCDEFGHIJKL"))])
    assert "Author J et al. (2023). GAIA" in line
    assert "Author K" not in line
    assert line.endswith("arXiv:2311.12983 [cs.CL]. https://arxiv.org/abs/2311.12983\n")
