"""Records from files in each form, and from files that are none."""

import datetime as dt
import gzip
import json

import pytest

from tests.tracker.told import told, write_lines
from tracker.records import AbstractKind, Record
from tracker.snapshot import BadLine, UnreadableFile, count_records, read_records

BULK = {
    "id": "hep-th/9901001",
    "submitter": "A. Person",
    "authors": "A. Person, B. C. Other Jr. and D. Third",
    "title": "On branes\n  and strings",
    "comments": "12 pages",
    "journal-ref": "J. Phys. 1 (1999) 1",
    "doi": "10.1000/1",
    "report-no": None,
    "categories": "hep-th gr-qc",
    "license": "http://creativecommons.org/licenses/by/4.0/",
    "abstract": "  We study branes\nand find strings.\n",
    "versions": [
        {"version": "v1", "created": "Mon, 4 Jan 1999 19:18:42 GMT"},
        {"version": "v2", "created": "Tue, 2 Feb 1999 08:00:00 GMT"},
    ],
    "update_date": "1999-02-03",
    "authors_parsed": [["Person", "A.", ""], ["Other", "B. C.", "Jr."], ["Third", "D.", ""]],
}


def read_one(path) -> Record:
    (record,) = read_records(path)
    assert isinstance(record, Record)
    return record


def test_it_reads_arxivs_bulk_snapshot(tmp_path):
    record = read_one(write_lines(tmp_path / "bulk", BULK))
    assert record.arxiv_id == "hep-th/9901001"
    assert record.version == 2
    assert record.title == "On branes and strings"
    assert record.abstract == "We study branes and find strings."
    assert record.authors == ("A. Person", "B. C. Other Jr.", "D. Third")
    assert record.categories == ("hep-th", "gr-qc")
    assert record.submitted_at == dt.datetime(1999, 1, 4, 19, 18, 42, tzinfo=dt.UTC)
    assert record.updated_at == dt.datetime(1999, 2, 2, 8, tzinfo=dt.UTC)
    assert (record.comment, record.journal_ref, record.doi) == ("12 pages", "J. Phys. 1 (1999) 1", "10.1000/1")
    assert record.licence.endswith("/by/4.0/")


def test_a_bulk_line_without_parsed_authors_gives_those_of_its_line(tmp_path):
    record = read_one(write_lines(tmp_path / "bulk", BULK | {"authors_parsed": None}))
    assert record.authors == ("A. Person", "B. C. Other Jr.", "D. Third")


@pytest.mark.parametrize(
    ("kind", "published", "submitted"),
    [
        ("exact", "2026-02-16T10:20:30Z", dt.datetime(2026, 2, 16, 10, 20, 30, tzinfo=dt.UTC)),
        ("exact", "2026-02-16T10:20:30.000+01:00", dt.datetime(2026, 2, 16, 9, 20, 30, tzinfo=dt.UTC)),
        ("exact_day", "2026-02-16", dt.datetime(2026, 2, 16, 12, tzinfo=dt.UTC)),
        ("announced", "2026-02-17", None),
        ("estimated_from_id", "2026-02-16", None),
    ],
)
def test_it_takes_published_for_what_it_is(tmp_path, kind, published, submitted):
    line = told(1, published_kind=kind, published=published)
    record = read_one(write_lines(tmp_path / "lines", line))
    assert record.submitted_at == submitted
    assert record.announced_on == dt.date(2026, 2, 17)


def test_it_marks_what_a_source_left_incomplete(tmp_path):
    line = told(1, abstract_truncated=True, categories_partial=True, authors_partial=True)
    record = read_one(write_lines(tmp_path / "lines", line))
    assert record.abstract_kind is AbstractKind.TRUNCATED
    assert record.partial == {"categories", "authors"}


def test_it_knows_the_sample_weeks_paraphrases(tmp_path):
    assert read_one(write_lines(tmp_path / "s", told(1, abstract_kind="paraphrase"))).abstract_kind == "paraphrase"


def test_it_knows_a_withdrawn_paper(tmp_path):
    line = told(1, comment="This paper has been withdrawn by the author")
    assert read_one(write_lines(tmp_path / "lines", line)).withdrawn


def test_it_reads_gzip_whatever_the_name(tmp_path):
    plain = write_lines(tmp_path / "plain.gz", told(1), told(2))
    packed = tmp_path / "packed.jsonl"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert list(read_records(packed)) == list(read_records(plain))
    assert count_records(packed) == count_records(plain) == 2


def test_a_bad_line_is_named_by_number_and_the_rest_is_read(tmp_path):
    path = write_lines(
        tmp_path / "lines",
        told(1),
        "",
        "{broken",
        "[]",
        told(4, id="not-an-id"),
        told(5, title=" "),
        told(6, published_kind="exact", published="yesterday"),
        told(7, authors="Ada Lovelace"),
        told(8, announced="0001-01-01"),
        told(9, abstract=7),
        told(10, abstract_kind="haiku"),
        told(11),
    )
    with path.open("ab") as lines:
        lines.write(b'{"id": "2602.00012", "title": "\xff"}\n')
    items = list(read_records(path))
    assert [item.arxiv_id for item in items if isinstance(item, Record)] == ["2602.00001", "2602.00011"]
    bad = [item for item in items if isinstance(item, BadLine)]
    assert [item.number for item in bad] == [3, 4, 5, 6, 7, 8, 9, 10, 11, 13]
    assert all(item.reason for item in bad)
    assert "not-an-id" in bad[2].reason
    assert count_records(path) == len(items)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"PK\x03\x04\x00\x00", "no text"),
        (b"hello\nworld\n", "isn't JSON"),
        (b'[{"id": "2602.00001"}]', "isn't a JSON object"),
        (b'{"name": "Galley", "version": 1}\n', "no arXiv id"),
        (b"<html><body>arXiv</body></html>", "no saved answer"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'><entry>", "no saved answer"),
        (gzip.compress(b'{"id": "2602.00001"}', mtime=0)[:-6], "can't be read"),
        (b"\x1f\x8bnonsense", "can't be read"),
    ],
)
def test_it_refuses_a_file_without_papers(tmp_path, content, says):
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=says):
        list(read_records(path))


def test_it_gives_up_on_a_file_that_begins_with_a_hundred_bad_lines(tmp_path):
    path = write_lines(tmp_path / "lines", *["{broken"] * 100, told(1))
    with pytest.raises(UnreadableFile, match="line 1: it isn't JSON"):
        list(read_records(path))


def test_it_refuses_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(UnreadableFile, match="No such file"):
        list(read_records(tmp_path / "nothing"))
    with pytest.raises(UnreadableFile, match="directory"):
        list(read_records(tmp_path))


def test_a_gzip_cut_in_the_middle_gives_what_was_whole(tmp_path):
    path = tmp_path / "cut.gz"
    body = "".join(json.dumps(told(number)) + "\n" for number in range(1, 2001)).encode()
    path.write_bytes(gzip.compress(body)[:-2000])
    read = []
    with pytest.raises(UnreadableFile):
        read.extend(read_records(path))
    assert len(read) > 100


@pytest.mark.shared
def test_saved_atom_of_all_years_is_read(shared):
    old = list(read_records(shared / "arxiv" / "classic2017_orijtech_deepdream_0.xml"))
    new = list(read_records(next((shared / "arxiv").glob("arxivpy_q_testing_s0_m10_*.xml"))))
    assert len(old) == len(new) == 10
    assert all(isinstance(item, Record) for item in old + new)


@pytest.mark.shared
def test_the_real_weeks_are_read_without_a_bad_line(shared):
    for name, count in (("2026-W08", 1194), ("2026-W30", 1215), ("2023-11", 2990)):
        items = list(read_records(shared / "papers" / f"{name}.jsonl"))
        assert len(items) == count
        assert [item for item in items if isinstance(item, BadLine)] == []
