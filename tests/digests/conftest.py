"""What several tests of the publication start from."""

import pytest

from digests.models import Digest
from tests.factories import DigestFactory, SectionFactory


@pytest.fixture
def digest(series) -> Digest:
    """A draft of 2023-W47 with an empty section for each topic; some test files make one of their own instead."""
    digest = DigestFactory(series=series)
    for topic in series.topics.all():
        SectionFactory(digest=digest, topic=topic, title=topic.name, position=topic.position)
    return digest
