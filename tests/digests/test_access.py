"""The roles of the desk, apart from any address."""

import pytest
from django.contrib.auth.models import AnonymousUser, User

from digests.access import CURATE, is_publisher


@pytest.mark.parametrize(
    ("who", "edits", "publishes"), [("reader", False, False), ("editor", True, False), ("publisher", True, True)]
)
def test_each_role_may_do_its_part(request, who, edits, publishes):
    user = request.getfixturevalue(who)
    assert (user.has_perm(CURATE), is_publisher(user)) == (edits, publishes)


def test_a_stranger_may_do_nothing():
    assert not AnonymousUser().has_perm(CURATE)
    assert not is_publisher(AnonymousUser())


def test_a_superuser_may_do_everything(db):
    root = User.objects.create_superuser("root")
    assert root.has_perm(CURATE)
    assert is_publisher(root)


def test_an_account_that_was_closed_may_do_nothing(publisher):
    publisher.is_active = False
    publisher.save()
    assert not is_publisher(User.objects.get(pk=publisher.pk))
