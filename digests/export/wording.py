"""Sentences that every format prints around the editor's words."""

ARXIV_THANKS = "Thank you to arXiv for use of its open access interoperability."
CONTENTS = "Table of Contents:"
DRAFT_NOTICE = "DRAFT: this digest is not published."
MACHINE_NOTICE = "Not edited yet: this is the machine's draft."
SAMPLE_NOTICE = (
    "Sample roundup: the papers are real; their abstracts are paraphrased by Galley until a harvest brings the "
    "authors' own."
)
PARAPHRASE_NOTICE = "Written from a paraphrase of the abstract by Galley, not from the authors' text."
WITHDRAWN_NOTICE = "This paper has been withdrawn."
CORRECTION = "Correction, {day}: {told}"
NO_SUBTITLE = "<!-- no subtitle -->"  # in Markdown, where the subtitle is known by its place alone
