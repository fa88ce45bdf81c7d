"""Search over the corpus: papers like a paper, and papers that answer a query."""

from tracker.search.fused import MOST_HITS, Answer, Hit, How, search
from tracker.search.similar import SimilarPaper, similar_papers

__all__ = ["MOST_HITS", "Answer", "Hit", "How", "SimilarPaper", "search", "similar_papers"]
