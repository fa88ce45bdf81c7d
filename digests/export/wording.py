"""Sentences that every format prints around the editor's words."""

ARXIV_THANKS = "Thank you to arXiv for use of its open access interoperability."
DRAFT_NOTICE = "DRAFT: this digest is not published."
MACHINE_NOTICE = "Not edited yet: this is the machine's draft."
SAMPLE_NOTICE = (
    "This is Galley's bundled sample digest. Its papers are real; their abstracts are retold in our own words until a "
    "harvest brings the authors'."
)
WITHDRAWN_NOTICE = "Its authors have withdrawn this paper."
