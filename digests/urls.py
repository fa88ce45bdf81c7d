"""Every address of the site."""

from django.contrib.sitemaps.views import sitemap
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.http import require_safe

from digests import converters  # noqa: F401  registers <week:…>, <arxiv_id:…> and the like
from digests.sitemaps import SITEMAPS
from digests.views import (
    account,
    board,
    channels,
    choosing,
    correcting,
    desk,
    exports,
    following,
    galley,
    library,
    people,
    previews,
    releasing,
    setting_up,
    trail,
    writing,
)
from digests.views.mail import deliverability, events, links, outbox, overview, sending, subscribers, subscribing
from digests.views.reader import archive, digest, feeds, front, house, paper, search, week_map

# The rest of /accounts/ is django-allauth's.
accounts: list[URLPattern] = [
    path("accounts/", account.account, name="account"),
    path("accounts/invitation/<str:token>/", account.accept_invitation, name="accept_invitation"),
]

desk_pages: list[URLPattern] = [
    path("desk/", desk.desk, name="desk"),
    path("desk/draft/", desk.draft_week, name="draft_week"),
    path("desk/candidates/<int:pk>/", choosing.decide, name="decide"),
    path("desk/candidates/<int:pk>/paper/", board.candidate, name="candidate"),
    path("desk/candidates/<int:pk>/card/", board.card, name="candidate_card"),
    path("desk/series/", setting_up.list_series, name="series_list"),
    path("desk/add-series/", setting_up.add_series, name="add_series"),
    path("desk/series-example/", setting_up.example, name="series_example"),
    path("desk/series/<slug:series>/", setting_up.edit_series, name="edit_series"),
    path("desk/series/<slug:series>/add-topic/", setting_up.add_topic, name="add_topic"),
    path("desk/series/<slug:series>/topics/<int:pk>/", setting_up.edit_topic, name="edit_topic"),
    path("desk/series/<slug:series>/topics/<int:pk>/place/", setting_up.place_topic, name="place_topic"),
    path("desk/series/<slug:series>/topics/<int:pk>/remove/", setting_up.remove_topic, name="remove_topic"),
    path("desk/changes/", correcting.changes, name="changes"),
    path("desk/entries/<int:pk>/settle/", correcting.settle, name="settle_change"),
    path("desk/entries/<int:pk>/correct/", correcting.correct_entry, name="correct_entry"),
    path("desk/trail/", trail.trail, name="trail"),
    path("desk/people/", people.list_people, name="people"),
    path("desk/people/invite/", people.invite, name="invite"),
    path("desk/people/invitations/<int:pk>/withdraw/", people.withdraw_invitation, name="withdraw_invitation"),
    path("desk/people/<int:pk>/role/", people.change_role, name="change_role"),
    path("desk/people/<int:pk>/active/", people.set_active, name="set_active"),
    path("desk/mail/", overview.overview, name="mail_overview"),
    path("desk/mail/deliverability/", deliverability.page, name="deliverability"),
    path("desk/mail/subscribers/", subscribers.subscribers, name="subscribers"),
    path("desk/mail/subscribers/import/", subscribers.take_in, name="import_subscribers"),
    path("desk/mail/subscribers/export/", subscribers.give_out, name="export_subscribers"),
    path("desk/mail/subscribers/<int:pk>/", subscribers.change, name="change_subscriber"),
    path("desk/mail/deliveries/<int:pk>/", sending.try_again, name="mail_try_again"),
    path("desk/mail/kept/", outbox.kept, name="outbox"),
    path("desk/mail/kept/<slug:name>/", outbox.letter, name="outbox_mail"),
    path("desk/mail/kept/<slug:name>/html/", outbox.letter_html, name="outbox_mail_html"),
    path("desk/<slug:series>/<week:week>/", board.board, name="board"),
    path("desk/<slug:series>/<week:week>/trail/", trail.digest_trail, name="digest_trail"),
    path("desk/<slug:series>/<week:week>/seen/", board.seen, name="seen"),
    path("desk/<slug:series>/<week:week>/undo/", choosing.undo, name="undo"),
    path("desk/<slug:series>/<week:week>/add/", choosing.add, name="add_paper"),
    path("desk/<slug:series>/<week:week>/state/", desk.week_state, name="week_state"),
    path("desk/<slug:series>/<week:week>/mail/", sending.mail, name="digest_mail"),
    path("desk/<slug:series>/<week:week>/mail/progress/", sending.progress, name="mail_progress"),
    path("desk/<slug:series>/<week:week>/mail/preview/", sending.preview, name="mail_preview"),
    path("desk/<slug:series>/<week:week>/mail/test/", sending.test, name="mail_test"),
    path("desk/<slug:series>/<week:week>/mail/send/", sending.send, name="mail_send"),
    path("desk/<slug:series>/<week:week>/mail/pause/", sending.pause, name="mail_pause_sending"),
    path("desk/postings/<int:pk>/again/", channels.try_again, name="try_posting_again"),
    path("desk/<slug:series>/<week:week>/channels/", channels.board, name="channels"),
    path("desk/<slug:series>/<week:week>/galley.<slug:format_name>", exports.export_draft, name="export_draft"),
    path("desk/<slug:series>/<week:week>/galley/publish/", releasing.publish, name="publish"),
    path("desk/<slug:series>/<week:week>/galley/schedule/", releasing.schedule, name="schedule"),
    path("desk/<slug:series>/<week:week>/galley/unschedule/", releasing.unschedule, name="unschedule"),
    path("desk/<slug:series>/<week:week>/galley/correct/", correcting.correct_front, name="correct_front"),
    path("desk/<slug:series>/<week:week>/galley/withdraw/", releasing.withdraw, name="withdraw"),
]

_GALLEY = "desk/<slug:series>/<week:week>/galley"
_ENTRY = "desk/entries/<int:pk>"
galley_pages: list[URLPattern] = [
    path("desk/candidates/<int:pk>/galley/", galley.decide_in_galley, name="decide_in_galley"),
    path(f"{_ENTRY}/", writing.write_entry, name="write_entry"),
    path(f"{_ENTRY}/slip/", writing.slip, name="slip"),
    path(f"{_ENTRY}/preview/", writing.preview_entry, name="preview_entry"),
    path(f"{_ENTRY}/draft/", writing.take_draft, name="take_draft"),
    path(f"{_ENTRY}/draft/ask/", writing.ask_for_draft, name="ask_for_draft"),
    path(f"{_ENTRY}/claims/", writing.accept_claim, name="accept_claim"),
    path(f"{_ENTRY}/history/", writing.entry_history, name="entry_history"),
    path(f"{_ENTRY}/history/restore/", writing.restore_entry, name="restore_entry"),
    path(f"{_ENTRY}/place/", galley.place_entry, name="place_entry"),
    path("desk/sections/<int:pk>/title/", galley.rename_section, name="rename_section"),
    path("desk/sections/<int:pk>/place/", galley.place_section, name="place_section"),
    path("desk/sections/<int:pk>/remove/", galley.remove_section, name="remove_section"),
    path(f"{_GALLEY}/", galley.galley, name="galley"),
    path(f"{_GALLEY}/sections/", galley.add_section, name="add_section"),
    path(f"{_GALLEY}/front/", writing.write_front, name="write_front"),
    path(f"{_GALLEY}/front/slip/", writing.front, name="front"),
    path(f"{_GALLEY}/front/preview/", writing.preview_front, name="preview_front"),
    path(f"{_GALLEY}/front/history/", writing.front_history, name="front_history"),
    path(f"{_GALLEY}/front/history/restore/", writing.restore_front, name="restore_front"),
    path(f"{_GALLEY}/pick-proposed/", galley.pick_proposed, name="pick_proposed"),
    path(f"{_GALLEY}/take-drafts/", galley.take_drafts, name="take_drafts"),
    path(f"{_GALLEY}/preview/", previews.preview, name="preview"),
]

library_pages: list[URLPattern] = [
    path("library/", library.shelf, name="library"),
    path("library/library.<slug:form>", library.export, name="export_library"),
    path("library/visit/", library.visit, name="library_visit"),
    path("library/merge/", library.merge, name="merge_library"),
    path("library/papers/<arxiv_id:arxiv_id>/save/", library.save, name="save_paper"),
    path("library/papers/<arxiv_id:arxiv_id>/read/", library.read, name="mark_read"),
    path("library/papers/<arxiv_id:arxiv_id>/remove/", library.remove, name="remove_paper"),
    path("library/papers/<arxiv_id:arxiv_id>/restore/", library.restore, name="restore_paper"),
    path("library/papers/<arxiv_id:arxiv_id>/notes/", library.annotate, name="annotate_paper"),
    path("library/news/", following.news, name="news"),
    path("library/news/seen/", following.news_seen, name="news_seen"),
    path("library/follow/", following.follow, name="follow"),
    path("library/follows/<int:pk>/stop/", following.unfollow, name="unfollow"),
    path("library/feed/renew/", following.renew_feed, name="renew_feed"),
    path("library/feed/<str:key>.atom", following.news_feed, name="library_feed"),
    path("library/delete-account/", library.delete_account, name="delete_account"),
]

# Above all the links in mails, whose token is the permission.
mail_pages: list[URLPattern] = [
    path("subscribe/", subscribing.subscribe, name="subscribe"),
    path("subscribe/sent/", subscribing.sent, name="subscribe_sent"),
    path("accounts/mail/", subscribing.my_mail, name="my_mail"),
    path("api/subscribe", subscribing.api, name="api_subscribe"),
    path("mail/events/", events.events, name="mail_events"),
    path("mail/link/", links.send_link, name="mail_link"),
    path("mail/confirm/<str:token>/", links.confirm, name="mail_confirm"),
    path("mail/leave/<str:token>/", links.leave, name="mail_leave"),
    path("mail/go/<str:token>/", links.click, name="mail_click"),
    path("mail/settings/<str:token>/", links.preferences, name="mail_settings"),
    path("mail/settings/<str:token>/pause/", links.pause, name="mail_pause"),
    path("mail/settings/<str:token>/leave/", links.leave_all, name="mail_leave_all"),
    path("mail/settings/<str:token>/data/", links.data, name="mail_data"),
    path("mail/settings/<str:token>/delete/", links.delete, name="mail_delete"),
]

# Series have their slug at the root, so these come last: a fixed word wins over a slug.
reader_pages: list[URLPattern | URLResolver] = [
    path("", front.home, name="home"),
    path("about/", house.about, name="about"),
    path("privacy/", house.privacy, name="privacy"),
    path("robots.txt", house.robots, name="robots"),
    path("sitemap.xml", require_safe(sitemap), {"sitemaps": SITEMAPS}, name="sitemap"),
    path("search/", search.search, name="search"),
    path("api/", include("digests.api")),
    path("papers/<arxiv_id:arxiv_id>/", paper.paper, name="paper"),
    path("papers/<arxiv_id:arxiv_id>/cite.<str:suffix>", paper.citation, name="citation"),
    path("papers/<arxiv_id:arxiv_id>v<int:version>/", paper.paper_version),
    path("authors/<author:name>/", paper.author, name="author"),
    path("<slug:series>/", front.series, name="series"),
    path("<slug:series>/archive/", archive.archive, name="archive"),
    path("<slug:series>/topics/<slug:topic>/", archive.topic, name="topic"),
    path("<slug:series>/topics/<slug:topic>/feeds/<slug:kind>.<slug:form>", feeds.topic_feed, name="topic_feed"),
    path("<slug:series>/feeds/<slug:kind>.<slug:form>", feeds.series_feed, name="series_feed"),
    path("<slug:series>/<week:week>/", digest.digest, name="digest"),
    path("<slug:series>/<week:week>/map/", week_map.week_map, name="week_map"),
    path("<slug:series>/<week:week>/card.png", digest.share_card, name="card"),
    path("<slug:series>/<week:week>/galley.<slug:format_name>", exports.export, name="export"),
    path("<slug:series>/<any_week:week>/", digest.canonical_digest),
]

urlpatterns = accounts + desk_pages + galley_pages + library_pages + mail_pages + reader_pages
