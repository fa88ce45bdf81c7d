"""Where an operator looks into what the desk made. Series and topics are set up at the desk, which keeps a trail."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from simple_history.admin import SimpleHistoryAdmin

from digests.models import Digest, Entry, Series, Topic, WeeklyRun
from tracker.admin import ReadOnly

admin.site.site_header = admin.site.site_title = "Galley"
admin.site.index_title = "A look inside"


class TopicInline(ReadOnly, admin.StackedInline):
    model = Topic
    can_delete = False


@admin.register(Series)
class SeriesAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["name", "slug", "categories", "target_entries"]
    inlines = [TopicInline]


class EntryInline(ReadOnly, admin.TabularInline):
    model = Entry
    fields = ["section", "position", "paper", "heading", "revision"]
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        in_order = super().get_queryset(request).select_related("section", "paper")
        return in_order.order_by("section__position", "position")


@admin.register(Digest)
class DigestAdmin(ReadOnly, SimpleHistoryAdmin):
    list_display = ["headline", "series", "week", "status", "published_at", "desk"]
    list_filter = ["series", "status"]
    date_hierarchy = "week_start"
    inlines = [EntryInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Digest]:
        found: QuerySet[Digest] = super().get_queryset(request).select_related("series")
        return found

    @admin.display(description="Desk")
    def desk(self, digest: Digest) -> SafeString:
        return format_html('<a href="{}">Galley</a>', reverse("galley", args=[digest.series.slug, digest.week]))


@admin.register(WeeklyRun)
class WeeklyRunAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["week", "series", "step", "state", "error", "requested_at", "finished_at"]
    list_filter = ["series", "state"]
