"""A series' wording and its slug."""

import pytest
from django.core.exceptions import ValidationError

from digests.models.series import TAKEN_SLUGS, check_slug, check_template, week_words
from digests.urls import urlpatterns
from tracker.weeks import Week


def test_a_template_may_name_the_words_of_a_week():
    check_template("From $start to $end, the ${nth} week of $month $year ($week)")


@pytest.mark.parametrize("text", ["From $beginning", "It costs $", "$5 a month"])
def test_a_template_with_an_unknown_word_or_a_lone_dollar_is_refused(text):
    with pytest.raises(ValidationError):
        check_template(text)


@pytest.mark.parametrize(
    ("week", "nth"), [("2023-W47", "fourth"), ("2023-W44", "sixth"), ("2023-W40", "second"), ("2024-W01", "first")]
)
def test_weeks_of_a_month_are_counted_as_a_calendar_shows_them(week, nth):
    assert week_words(Week.parse(week))["nth"] == nth


def test_every_fixed_word_at_the_root_is_taken():
    fixed = {str(pattern.pattern).split("/")[0] for pattern in urlpatterns}
    assert {word for word in fixed if word and not {"<", "."} & set(word)} <= TAKEN_SLUGS


def test_a_series_cannot_hide_behind_an_address_of_the_site():
    with pytest.raises(ValidationError, match="choose another"):
        check_slug("desk")
