"""The only door to mail: render, queue, claim, send. What stands here never enqueues work."""
