"""The admin: a look inside for the operator, and nothing for anybody else."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import reverse

from digests import weekly
from tests.factories import DigestFactory, EntryFactory, PaperFactory, SectionFactory
from tracker.models import Harvest
from tracker.weeks import Week

OURS = [model._meta.label_lower for model in admin.site._registry if model._meta.app_label in ("digests", "tracker")]


def address(label: str, page: str, *arguments: object) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_{page}", args=arguments)


@pytest.fixture
def rows(series) -> dict[str, int]:
    """The key of one row of each model that the admin knows."""
    paper = PaperFactory()
    digest = DigestFactory(series=series)
    EntryFactory(section=SectionFactory(digest=digest), paper=paper)
    return {
        "digests.series": series.pk,
        "digests.digest": digest.pk,
        "digests.weeklyrun": weekly.request_run(series, Week(2023, 47)).pk,
        "tracker.paper": paper.pk,
        "tracker.harvest": Harvest.objects.create(source="arxiv").pk,
    }


@pytest.fixture
def operator(as_user, db):
    return as_user(User.objects.create_superuser("operator"))


@pytest.mark.parametrize("label", OURS)
def test_the_operator_sees_each_list_and_each_row(operator, rows, label):
    assert operator.get(address(label, "changelist")).status_code == 200
    assert operator.get(address(label, "change", rows[label])).status_code == 200


@pytest.mark.parametrize("label", OURS)
def test_what_the_desk_and_the_worker_write_is_not_written_here(operator, rows, label):
    assert operator.get(address(label, "add")).status_code == 403
    assert operator.post(address(label, "change", rows[label]), {}).status_code == 403


@pytest.mark.parametrize("who", [None, "reader", "editor", "publisher"])
def test_nobody_else_gets_in(request, as_user, rows, who):
    client = as_user(who and request.getfixturevalue(who))
    for label, key in rows.items():
        for page in (address(label, "changelist"), address(label, "change", key)):
            assert client.get(page).url.startswith("/admin/login/")
