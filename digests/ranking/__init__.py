"""What speaks for a paper's importance: the shipped prior, an editor's taste, novelty. `rank` adds them up."""
