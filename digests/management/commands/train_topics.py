"""`manage.py train_topics`: make a topic model from labelled papers."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from digests.management.options import chosen_series
from digests.topics.judged import ids_in, read_labels
from digests.topics.lessons import classes_of, learn_lesson
from digests.topics.model import SHIPPED, own_path
from digests.topics.scores import score_topics
from digests.topics.training import make_model
from tracker.encoder import get_encoder
from tracker.management.base import GalleyCommand

LABELS = SHIPPED.parent / "labels"  # ids and topics of the default series, as people read the papers


class Command(GalleyCommand):
    help = "Make a series' topic model from a CSV of ids and topics. Prints figures by cross-validation."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("labels", nargs="*", type=Path, help="CSV files (id, topic, also); without, those shipped")
        parser.add_argument("--papers", nargs="+", type=Path, default=[], help="files that hold the labelled papers")
        parser.add_argument(
            "--leave-out", nargs="+", type=Path, default=[], help="learn nothing of these files' papers"
        )
        parser.add_argument("--series", help="the series' slug; needed only where there are several")
        parser.add_argument("--ship", action="store_true", help="write the model that comes with Galley")

    def run(self, **options: Any) -> dict[str, Any]:
        began = time.monotonic()
        series = chosen_series(options["series"])
        left_out = ids_in(options["leave_out"])
        paths = options["labels"] or sorted(LABELS.glob("topics-*.csv"))
        labels = [label for path in paths for label in read_labels(path) if label.arxiv_id not in left_out]
        classes = classes_of(series)
        lesson = learn_lesson(classes, labels, options["papers"], left_out, self.progress)
        self.progress.start("Learning weights", None)
        encoder = get_encoder()
        model, chances = make_model(
            lesson,
            name=f"topics-{len(lesson.papers)}",
            encoder_name=encoder.model_name,
        )
        path = SHIPPED if options["ship"] else own_path(series)
        model.save(path)
        return {
            "written": str(path),
            "kilobytes": round(path.stat().st_size / 1000),
            "threshold": model.threshold,
            "seconds": round(time.monotonic() - began, 1),
            **score_topics(chances, classes, lesson.labels),
        }
