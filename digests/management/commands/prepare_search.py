"""`manage.py prepare_search`: what search lacks, words that aren't indexed and the encoder's copy for web processes."""

import time
from typing import Any

from digests.searchable import describe_all
from tracker.encoder import EncoderUnavailable
from tracker.fulltext import index_missing
from tracker.management.base import GalleyCommand
from tracker.query_encoder import write_copy


class Command(GalleyCommand):
    help = "Index the words of papers that aren't indexed yet, and write the encoder's copy. What is there is left."

    def run(self, **options: Any) -> dict[str, Any]:
        began = time.perf_counter()
        indexed = index_missing(progress=self.progress)
        described = describe_all(progress=self.progress) if indexed else 0
        try:
            written = write_copy()
        except EncoderUnavailable as error:  # search goes on by words
            self.progress.note(str(error))
            written = False
        seconds = round(time.perf_counter() - began, 2)
        return {"indexed": indexed, "in_digests": described, "encoder_written": written, "seconds": seconds}
