"""arXiv's categories."""

import pytest

from tracker.taxonomy import CATEGORIES, UnknownCategory, check_categories


def test_it_knows_the_categories_of_language_models():
    check_categories(["cs.CL", "cs.LG", "cs.AI", "stat.ML"])
    assert CATEGORIES["cs.CL"] == "Computation and Language"


def test_it_refuses_an_unknown_category_and_names_the_nearest():
    with pytest.raises(UnknownCategory, match=r"no category “cs\.CLL”.*cs\.CL"):
        check_categories(["cs.CL", "cs.CLL"])
