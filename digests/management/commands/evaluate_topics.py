"""`manage.py evaluate_topics`: how often suggested topics are those that people gave who read the papers."""

import time
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from digests.classify import Judge
from digests.management.options import chosen_series
from digests.models import Series
from digests.topics.judged import Label, NothingToJudge, find_papers, ids_in, read_labels, rows_of
from digests.topics.learning_curve import learning_curve, read_new_series
from digests.topics.lessons import check_topics, classes_of, learn_lesson
from digests.topics.model import OFF, OTHER
from digests.topics.scores import score_suggestions, score_topics
from digests.topics.training import calibrate, out_of_fold, surety_for
from digests.topics.verdicts import softmax
from tracker.encoder import get_encoder
from tracker.management.base import GalleyCommand
from tracker.models import Paper

_FIGURES = ("accuracy", "macro_f1", "accuracy_either", "llm_accuracy", "accuracy_at_70")


class Command(GalleyCommand):
    help = "Compare suggested topics with a CSV of labels: the series' model, or one learned for the occasion."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("labels", type=Path, help="a CSV with the columns id, topic and, if it likes, also")
        parser.add_argument("--papers", nargs="+", type=Path, default=[], help="files that hold the labelled papers")
        parser.add_argument("--series", help="the series' slug; needed only where there are several")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--from-lines", action="store_true", help="judge by the series' own lines, untrained")
        how.add_argument("--cross-validate", action="store_true", help="judge each fifth by a model of all the others")
        how.add_argument("--train-on", type=Path, help="judge by a model of this other CSV of labels alone")
        how.add_argument("--learning-curve", type=Path, metavar="SERIES.json", help="a new series, verdict by verdict")
        parser.add_argument("--with-labels", type=Path, help="more labels to learn from while cross-validating")
        parser.add_argument(
            "--leave-out", nargs="+", type=Path, default=[], help="learn nothing of these files' papers"
        )

    def run(self, **options: Any) -> dict[str, Any]:
        labels = read_labels(options["labels"])
        if options["learning_curve"]:
            return self._learning_curve(labels, options)
        series = chosen_series(options["series"])
        classes = classes_of(series)
        check_topics(classes, labels)
        if options["cross_validate"] or options["train_on"]:
            labels, chances, unsure = self._by_learning(classes, labels, options)
        else:
            labels, chances, unsure = self._by_series(series, classes, labels, options)
        count, right = score_suggestions(chances, classes, labels, unsure)
        self.progress.note(
            f"At a surety of {unsure} {count} of {len(labels)} get a topic suggested: {right:.1%} are right"
        )
        return score_topics(chances, classes, labels)

    def _by_series(
        self, series: Series, classes: Sequence[str], labels: Sequence[Label], options: dict[str, Any]
    ) -> tuple[list[Label], np.ndarray, float]:
        """The found labels, the chances that the series' judge gives them, and below which surety it suggests nothing.

        What its editors have shown is left out.
        """
        encoder = get_encoder()
        known, papers, matrix = self._found(labels, options["papers"])
        judge = (
            Judge.by_lines(series, list(series.topics.all())) if options["from_lines"] else Judge.of(series, encoder)
        )
        began = time.monotonic()
        chances = softmax(judge.judge(papers, matrix, encoder).log_chances)
        self.progress.note(f"Judged {len(papers)} papers in {time.monotonic() - began:.2f} s")
        told = [*(topic.slug for topic in judge.topics), OTHER, OFF]
        return known, chances[:, [told.index(name) for name in classes]], judge.unsure

    def _by_learning(
        self, classes: Sequence[str], labels: Sequence[Label], options: dict[str, Any]
    ) -> tuple[list[Label], np.ndarray, float]:
        """The found labels, chances by models learned from other papers, and their surety for 85 % precision."""
        others = options["train_on"] or options["with_labels"]
        asked = {label.arxiv_id for label in labels}
        more = [label for label in read_labels(others) if label.arxiv_id not in asked] if others else []
        left_out = ids_in(options["leave_out"])
        usable = [label for label in [*labels, *more] if label.arxiv_id not in left_out]
        lesson = learn_lesson(classes, usable, options["papers"], left_out, self.progress)
        judged = np.array([label.arxiv_id in asked for label in lesson.labels])
        self.progress.start("Learning and judging", None)
        learned = np.flatnonzero(~judged) if options["train_on"] else np.arange(len(judged))
        kept = np.flatnonzero(judged)
        unseen = out_of_fold(lesson, learned)
        sharpness, bias = calibrate(unseen, lesson.first[learned])
        sums = lesson.logits(lesson.fit(learned), kept) if options["train_on"] else unseen[kept]
        unsure = surety_for(softmax(unseen * sharpness + bias), classes, [lesson.labels[place] for place in learned])
        return [lesson.labels[place] for place in kept], softmax(sums * sharpness + bias), unsure

    def _learning_curve(self, labels: Sequence[Label], options: dict[str, Any]) -> dict[str, Any]:
        lines = read_new_series(options["learning_curve"])
        check_topics([topic.slug for topic in lines.topics], labels)
        known, papers, matrix = self._found(labels, options["papers"])
        return {"papers": len(known), "verdicts": learning_curve(lines, known, papers, matrix, get_encoder())}

    def _found(self, labels: Sequence[Label], files: Sequence[Path]) -> tuple[list[Label], list[Paper], np.ndarray]:
        """The labels whose papers are found, those papers, and their rows. Raises NothingToJudge."""
        found = find_papers([label.arxiv_id for label in labels], files, self.progress)
        known = [label for label in labels if label.arxiv_id in found]
        if not known:
            raise NothingToJudge(
                "None of the labelled papers are in the files or the corpus: name files with --papers."
            )
        if len(known) < len(labels):
            self.progress.note(f"{len(labels) - len(known)} of {len(labels)} labelled papers weren't found")
        papers = [found[label.arxiv_id] for label in known]
        return known, papers, rows_of(papers, get_encoder(), self.progress)

    def report(self, figures: dict[str, Any], *, as_json: bool) -> None:
        if as_json or "per_topic" not in figures:
            super().report(figures, as_json=as_json)
            return
        for name in ("papers", *_FIGURES):
            self.stdout.write(f"{name.replace('_', ' '):<16} {figures[name]}")
        self.stdout.write(f"\n{'topic':<16} {'papers':>6} {'precision':>9} {'recall':>7} {'F1':>6}")
        for name, told in figures["per_topic"].items():
            row = f"{told['papers']:>6} {told['precision']:>9.2f} {told['recall']:>7.2f} {told['f1']:>6.2f}"
            self.stdout.write(f"{name:<16} {row}")
