"""Build or refresh a week's digest: its candidates with suggestions, its sections and its proposed entries.

Whatever an editor decided or wrote stays as it is; only suggestion columns, drafts and undecided proposals move.
"""

from collections import Counter
from collections.abc import Sequence
from string import Template

from django.db import transaction
from django.db.models import Q

from digests import classify, rank, summarise
from digests.models import Candidate, Digest, Entry, Section, Series
from digests.models.series import week_words
from digests.ranking import duplicates
from tracker.embeddings import load_matrix
from tracker.encoder import Encoder
from tracker.errors import GalleyError
from tracker.models import Authorship, Paper, PaperQuerySet
from tracker.progress import SILENT, Progress
from tracker.weeks import Week

IMPORTANCE_COLUMNS = ("importance", "importance_reasons", "cluster")
SUGGESTION_COLUMNS = (
    *IMPORTANCE_COLUMNS,
    "scope",
    "suggested_topic",
    "topic_score",
    "margin",
    "topic_reasons",
    "model_name",
)
# While there are others, no more papers than these come from one lab.
OF_ONE_LAB = 2


class EmptyWeek(GalleyError):
    """Nothing is known to have been announced in the week."""


def papers_for(series: Series, week: Week) -> PaperQuerySet:
    """The week's papers in the series' categories, withdrawn ones left out; and what its editors added."""
    of_week = Paper.objects.of_series_week(series.categories, week)
    added = Candidate.objects.added().filter(digest__series=series, digest__week_start=week.monday)
    return Paper.objects.filter(Q(pk__in=of_week.values("pk")) | Q(pk__in=added.values("paper")))


def week_papers(series: Series, week: Week) -> list[Paper]:
    """What a digest of the week is made from, as `papers_for` says. Raises EmptyWeek."""
    papers = list(papers_for(series, week))
    if not papers:
        raise EmptyWeek(
            f"No paper in {', '.join(series.categories)} is known to have been announced in {week}. "
            "Harvest that week first, or check the week's number."
        )
    return papers


def suggest(series: Series, week: Week, encoder: Encoder, *, progress: Progress = SILENT) -> Digest:
    """Give each paper of the week a candidate with a topic and an importance. Raises EmptyWeek, MissingEmbeddings.

    Reading and computing come first; the rows are then written in one transaction.
    """
    suggested = suggestions(series, week, week_papers(series, week), encoder, progress=progress)
    with transaction.atomic():
        digest = open_digest(series, week)
        _forget_strays(digest, [candidate.paper for candidate in suggested])
        write_suggestions(digest, suggested)
    return digest


def suggestions(
    series: Series, week: Week, papers: Sequence[Paper], encoder: Encoder, *, progress: Progress = SILENT
) -> list[Candidate]:
    """What the machine thinks of each paper, as candidates that no digest has yet. Raises MissingEmbeddings."""
    matrix = load_matrix([paper.pk for paper in papers], encoder.model_name)
    topics = classify.suggest_topics(series, papers, matrix, encoder)
    importances = rank.score_importance(
        series, week, papers, matrix, topics, model_name=encoder.model_name, progress=progress
    )
    clusters = duplicates.clusters(papers, matrix)
    name = f"{encoder.model_name} · {classify.RULES_NAME} · {rank.RULES_NAME}"
    return [
        Candidate(
            paper=paper,
            scope=Candidate.Scope.INSIDE if topic.inside else Candidate.Scope.OUTSIDE,
            suggested_topic=topic.topic,
            topic_score=topic.score,
            margin=topic.margin,
            importance=importance.score,
            topic_reasons=topic.reasons,
            importance_reasons=importance.reasons,
            model_name=name,
            cluster=cluster,
        )
        for paper, topic, importance, cluster in zip(papers, topics, importances, clusters, strict=True)
    ]


def open_digest(series: Series, week: Week) -> Digest:
    """The week's digest, begun from the series' templates where there is none, with a section for each topic.

    Locks the row until the transaction ends, so that no editor's verb comes between.
    """
    words = week_words(week)
    digest, _ = Digest.objects.select_for_update().get_or_create(
        series=series,
        week_start=week.monday,
        defaults={
            "headline": Template(series.headline_template).substitute(words),
            "subtitle": Template(series.subtitle_template).substitute(words),
            "intro": Template(series.intro_template).substitute(words),
            "sign_off": series.sign_off,
        },
    )
    if not digest.is_published:
        present = set(digest.sections.values_list("topic_id", flat=True))
        Section.objects.bulk_create(
            Section(digest=digest, topic=topic, title=topic.name, position=topic.position)
            for topic in series.topics.all()
            if topic.pk not in present
        )
    return digest


def _forget_strays(digest: Digest, papers: Sequence[Paper]) -> None:
    """Drop untouched candidates of papers that turned out to be of another week, or were withdrawn."""
    strays = digest.candidates.undecided().exclude(paper__in=papers)
    stray_papers = list(strays.values_list("paper_id", flat=True))
    written = set(digest.entries.written().filter(paper__in=stray_papers).values_list("paper_id", flat=True))
    gone = set(stray_papers) - written
    digest.entries.filter(paper__in=gone).delete()
    strays.filter(paper__in=gone).delete()


def write_suggestions(digest: Digest, candidates: Sequence[Candidate]) -> None:
    """Store them as the digest's: new rows, or new suggestion columns of rows that are there.

    Where an editor gave a verdict, the topic stays that it was given under, whatever the machine now thinks.
    """
    decided = digest.candidates.exclude(verdict=Candidate.Verdict.UNDECIDED)
    papers = set(decided.values_list("paper_id", flat=True))
    for candidate in candidates:
        candidate.digest = digest
    _upsert([candidate for candidate in candidates if candidate.paper_id not in papers], SUGGESTION_COLUMNS)
    _upsert([candidate for candidate in candidates if candidate.paper_id in papers], IMPORTANCE_COLUMNS)


def _upsert(candidates: Sequence[Candidate], columns: Sequence[str]) -> None:
    Candidate.objects.bulk_create(
        candidates,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["digest", "paper"],
        update_fields=columns,
    )


@transaction.atomic
def propose(digest: Digest) -> Counter[str]:
    """Propose the week's best papers as entries with draft summaries. Returns how many were proposed, kept and dropped.

    A published digest is left alone, and so is a scheduled one, which a proposal that nobody has looked at would hold
    up. Entries that an editor picked or wrote in stay, whatever the machine now thinks.
    """
    digest = Digest.objects.select_for_update().get(pk=digest.pk)
    if digest.is_published or digest.is_scheduled:
        return Counter(proposed=0, kept=digest.entries.count(), dropped=0)
    candidates = list(digest.candidates.ranked().select_related("paper"))
    settled = _settled_papers(digest, candidates)
    chosen = _choose(digest, candidates, settled)
    _mark_proposed(digest, chosen)
    dropped = _drop_entries(digest, settled, chosen)
    _add_entries(digest, chosen)
    _refresh_drafts(digest)
    return Counter(proposed=len(chosen), kept=len(settled), dropped=dropped)


def _settled_papers(digest: Digest, candidates: Sequence[Candidate]) -> set[int]:
    """Papers whose entry is the editor's business: picked, or written in."""
    picked = {candidate.paper_id for candidate in candidates if candidate.verdict == Candidate.Verdict.PICKED}
    return picked | set(digest.entries.written().values_list("paper_id", flat=True))


def _choose(digest: Digest, candidates: Sequence[Candidate], settled: set[int]) -> dict[int, Candidate]:
    """Fill the digest up to its series' target: the best of each empty topic first, then the best overall.

    Of papers that are nearly the same one is taken. Labs are kept apart as long as that leaves enough.
    """
    closed = set(digest.sections.filter(removed=True).values_list("topic_id", flat=True))
    free = [
        candidate
        for candidate in candidates
        if candidate.verdict == Candidate.Verdict.UNDECIDED
        and candidate.place_key is not None
        and candidate.place_key not in closed
        and candidate.paper_id not in settled
    ]
    of_editor = [candidate for candidate in candidates if candidate.paper_id in settled]
    target = digest.series.target_entries
    taken = Counter(candidate.place_key for candidate in of_editor)
    clusters = {candidate.cluster for candidate in of_editor}
    labs = duplicates.Labs(_teams([*of_editor, *free]), [candidate.paper_id for candidate in of_editor])
    chosen: dict[int, Candidate] = {}
    share = digest.series.largest_section
    for limit, of_one_lab in ((1, OF_ONE_LAB), (share, OF_ONE_LAB), (share, target)):
        for candidate in free:
            if taken.total() >= target:
                return chosen
            if candidate.paper_id in chosen or (candidate.cluster is not None and candidate.cluster in clusters):
                continue
            if taken[candidate.place_key] < limit and labs.met(candidate.paper_id) < of_one_lab:
                chosen[candidate.paper_id] = candidate
                taken[candidate.place_key] += 1
                clusters.add(candidate.cluster)
                labs.take(candidate.paper_id)
    return chosen


def _teams(candidates: Sequence[Candidate]) -> dict[int, set[int]]:
    """The authors of each candidate's paper, by keys; one query."""
    teams: dict[int, set[int]] = {candidate.paper_id: set() for candidate in candidates}
    rows = Authorship.objects.filter(paper__in=teams).values_list("paper_id", "author_id")
    for paper_id, author_id in rows:
        teams[paper_id].add(author_id)
    return teams


def _mark_proposed(digest: Digest, chosen: dict[int, Candidate]) -> None:
    undecided = digest.candidates.undecided()
    written = digest.entries.written().values("paper")
    undecided.filter(proposed=True).exclude(paper__in=chosen).exclude(paper__in=written).update(proposed=False)
    undecided.filter(proposed=False, paper__in=chosen).update(proposed=True)


def _drop_entries(digest: Digest, settled: set[int], chosen: dict[int, Candidate]) -> int:
    """Drop proposals that are none any more. Those that now stand under another topic go too, to be added there."""
    section_of = {section.topic_id: section.pk for section in digest.sections.all()}
    stale = [
        entry.pk
        for entry in digest.entries.filter(section__topic__isnull=False)  # an editor's own sections are left alone
        if entry.paper_id not in settled
        and (entry.paper_id not in chosen or entry.section_id != section_of[chosen[entry.paper_id].place_key])
    ]
    digest.entries.filter(pk__in=stale).delete()
    return len(stale)


def _add_entries(digest: Digest, chosen: dict[int, Candidate]) -> None:
    """Add what is newly chosen behind what stands in each section, the most important first."""
    entries = list(digest.entries.all())
    present = {entry.paper_id for entry in entries}
    filled = Counter({section.pk: 0 for section in digest.sections.all()})
    for entry in entries:
        filled[entry.section_id] = max(filled[entry.section_id], entry.position + 1)
    section_of = {section.topic_id: section for section in digest.sections.all()}
    new = []
    ranked = sorted(chosen.values(), key=lambda candidate: (-(candidate.importance or 0), candidate.paper_id))
    for candidate in ranked:
        if candidate.paper_id in present:
            continue
        section = section_of[candidate.place_key]
        new.append(Entry(digest=digest, section=section, paper=candidate.paper, position=filled[section.pk]))
        filled[section.pk] += 1
    Entry.objects.bulk_create(new)


def _refresh_drafts(digest: Digest) -> None:
    """Draft again from the abstracts as they now are; what an editor asked a language model for stays as it came."""
    changed = []
    for entry in digest.entries.filter(drafted_by="").select_related("paper"):
        draft = summarise.draft_summary(entry.paper.abstract)
        if entry.draft_summary != draft:
            entry.draft_summary = draft
            changed.append(entry)
    Entry.objects.bulk_update(changed, ["draft_summary"])
