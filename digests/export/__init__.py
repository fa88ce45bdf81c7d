"""Published digests as files: one document, one module a format."""
