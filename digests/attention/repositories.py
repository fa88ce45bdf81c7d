"""Stars of the GitHub repositories that abstracts and comments link to: a question for each, so only for a few."""

import re
from collections.abc import Mapping, Sequence

from django.conf import settings

from digests.attention.door import AttentionUnavailable, Source, ask
from tracker.models import Paper
from tracker.progress import Progress

MOST_QUESTIONS = 50  # GitHub answers 60 an hour to strangers
_REPOSITORY = re.compile(r"github\.com/([\w.-]+)/([\w.-]*\w)", re.IGNORECASE)


def counts(papers: Sequence[Paper], progress: Progress) -> Mapping[str, int]:
    """Stars by arXiv id; a repository that is gone or private counts nothing. Raises AttentionUnavailable."""
    linked = {paper.arxiv_id: link for paper in papers if (link := repository(paper))}
    asked = list(linked.items())[:MOST_QUESTIONS]
    found: dict[str, int] = {}
    progress.start("Asking GitHub for stars", len(asked))
    for arxiv_id, link in asked:
        try:
            told = ask(f"stars:{link}", f"{settings.GITHUB_API_URL}/repos/{link}")
            progress.advance()
            found[arxiv_id] = int(told.get("stargazers_count", 0))
        except (AttributeError, TypeError, ValueError) as error:
            raise AttentionUnavailable("GitHub's answer has another form than it had.") from error
    return found


def repository(paper: Paper) -> str:
    """The repository that the paper links to, as owner/name, or nothing."""
    link = _REPOSITORY.search(f"{paper.abstract} {paper.comment}")
    return f"{link[1]}/{link[2].removesuffix('.git')}" if link else ""


SOURCE = Source(
    "repositories",
    "stars of code repositories",
    0.2,
    counts,
    lambda count: f"its code has {count} stars on GitHub" if count != 1 else "its code has a star on GitHub",
)
