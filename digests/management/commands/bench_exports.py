"""`manage.py bench_exports`: time and memory of each export format, for digests of 25 and of 200 papers."""

import datetime as dt
import json
import resource
import statistics
import subprocess
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from digests.export import FORMATS, ExportUnavailable, find_format
from digests.export.citations import Citation
from digests.export.document import Document, DocumentEntry, DocumentSection
from tracker.errors import GalleyError
from tracker.management.base import GalleyCommand
from tracker.weeks import Week

SIZES = (25, 200)
ROUNDS = 5
SECTIONS = 6
_SUMMARY = (
    "The method takes $O(n \\log n)$ steps where others take $O(n^2)$, and keeps *nearly all* accuracy: {number} "
    "of a thousand tasks, against half of that before.\n\nIt rests on three ideas:\n\n- attention to **few** tokens\n"
    "- a cache that forgets what was not asked for\n- training with [longer texts](https://arxiv.org/)\n\n"
    "Code and weights are public, and the authors tell of what did not work, such as $\\frac{{1}}{{k}}$-scaling."
)


class BenchFailed(GalleyError):
    """A format couldn't be measured."""


class Command(GalleyCommand):
    help = "Measure each export format on made-up digests, each in a process of its own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--one", nargs=2, metavar=("FORMAT", "PAPERS"), help="measure one, in this process")

    def run(self, **options: Any) -> dict[str, Any]:
        if options["one"]:
            return _measure(options["one"][0], int(options["one"][1]))
        figures: dict[str, Any] = {}
        self.progress.start("Formats", len(FORMATS))
        for name in FORMATS:
            figures[name] = {f"{papers} papers": _measured_apart(name, papers) for papers in SIZES}
            self.progress.advance()
        return figures


def _measured_apart(name: str, papers: int) -> dict[str, Any]:
    """Measured in a fresh process, so that no format's memory counts for another's."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "bench_exports"]
    command += ["--json", "--one", name, str(papers)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own command
    if done.returncode:
        raise BenchFailed(f"{name} can't be measured: {done.stderr.strip()[-300:]}")
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def _measure(name: str, papers: int) -> dict[str, Any]:
    """Processor time at first, the median of further times, and what the process's memory grew by at most."""
    form, document = find_format(name), _document(papers)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        seconds, size = zip(*(_timed(form.render, document) for _ in range(1 + ROUNDS)), strict=True)
    except ExportUnavailable as error:
        return {"not_made": str(error)}
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {
        "first_ms": round(1000 * seconds[0], 1),
        "median_ms": round(1000 * statistics.median(seconds[1:]), 1),
        "kB": round(size[0] / 1000, 1),
        "memory_MiB": round(grown / 1024, 1),
    }


def _timed(render: Any, document: Document) -> tuple[float, int]:
    began = time.process_time()
    content = render(document)
    return time.process_time() - began, len(content)


def _document(papers: int) -> Document:
    sections = []
    for number in range(1, SECTIONS + 1):
        held = range(number, papers + 1, SECTIONS)
        entries = tuple(_entry(f"{number}.{place}", paper) for place, paper in enumerate(held, start=1))
        sections.append(DocumentSection(number, f"Topic {number}", entries))
    return Document(
        series_slug="llm",
        series_name="LLM papers",
        week=Week(2023, 47),
        url="https://example.org/llm/2023/w47/",
        headline="Top Important LLM Papers for the Week from 20/11 to 26/11",
        subtitle="Stay updated",
        intro="Two paragraphs open it.\n\nThis is the second.",
        sign_off="Until next week.",
        sections=tuple(sections),
        is_draft=False,
        is_sample=False,
        published_at=dt.datetime(2023, 11, 27, 6, tzinfo=dt.UTC),
    )


def _entry(number: str, paper: int) -> DocumentEntry:
    title = f"A study of $n^{{{paper}}}$-gram models & their limits, part {paper}"
    names = tuple(f"{given} {paper} Author" for given in ("Ada", "Alan", "Grace", "Edsger", "Barbara"))
    citation = Citation(f"2311.{paper:05d}", title, names, "cs.CL", dt.date(2023, 11, 21), "", "")
    return DocumentEntry(
        number=number,
        title=title,
        arxiv_id=citation.arxiv_id,
        url=citation.url,
        authors=names,
        primary_category="cs.CL",
        announced_on=dt.date(2023, 11, 21),
        withdrawn=False,
        citation=citation,
        summary=_SUMMARY.format(number=paper),
        is_draft_text=False,
        is_paraphrased=False,
    )
