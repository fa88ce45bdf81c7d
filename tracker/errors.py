"""The root of every error that Galley raises by name.

Its text is a sentence for the person at the screen: what went wrong and what to do. Commands print it and
end with status 1; pages show it as a message.
"""


class GalleyError(Exception):
    """An expected failure, worded for a person."""
