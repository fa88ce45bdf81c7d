"""What several tests of the publication start from."""

from contextlib import ExitStack

import pytest

from digests.models import Digest
from tests.factories import DigestFactory, SectionFactory
from tests.mail_server import MailServer, Script


@pytest.fixture
def digest(series) -> Digest:
    """A draft of 2023-W47 with an empty section for each topic; some test files make one of their own instead."""
    digest = DigestFactory(series=series)
    for topic in series.topics.all():
        SectionFactory(digest=digest, topic=topic, title=topic.name, position=topic.position)
    return digest


@pytest.fixture
def mail_server(settings):
    """Galley's mail goes to a server on loopback: `mail_server(Script(…))`, or `mail_server()` that takes it all."""
    with ExitStack() as stack:

        def start(script: Script | None = None, **options) -> MailServer:
            server = stack.enter_context(MailServer(script, **options))
            settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
            settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 5
            settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
            settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
            settings.MAIL_PATIENCE = 5
            return server

        yield start
