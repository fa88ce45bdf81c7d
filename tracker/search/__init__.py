"""Search over the corpus: papers like a paper, and papers that answer a query."""

from tracker.search.similar import SimilarPaper, similar_papers

__all__ = ["SimilarPaper", "similar_papers"]
