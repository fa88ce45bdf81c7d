"""Every address of the site."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import URLPattern, path

from digests import converters  # noqa: F401  registers <week:…>, <any_week:…> and <arxiv_id:…>
from digests.views import reader

accounts: list[URLPattern] = [
    path("accounts/login/", LoginView.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
]

# Series have their slug at the root, so these come last: a fixed word wins over a slug.
reader_pages: list[URLPattern] = [
    path("", reader.home, name="home"),
    path("papers/<arxiv_id:arxiv_id>/", reader.paper, name="paper"),
    path("papers/<arxiv_id:arxiv_id>v<int:version>/", reader.paper_version),
    path("<slug:series>/", reader.series, name="series"),
    path("<slug:series>/<week:week>/", reader.digest, name="digest"),
    path("<slug:series>/<week:week>/galley.<slug:format_name>", reader.export, name="export"),
    path("<slug:series>/<any_week:week>/", reader.canonical_digest),
]

urlpatterns = accounts + reader_pages
