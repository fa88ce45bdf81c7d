"""The corpus in Django's admin: papers to look up, harvests to follow. Both are written by harvests alone."""

from django.contrib import admin
from django.http import HttpRequest

from tracker.models import Authorship, Harvest, Paper


class ReadOnly:
    """For what harvests, workers and the desk write: looking is free, changing goes through them."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class AuthorshipInline(ReadOnly, admin.TabularInline):
    model = Authorship
    fields = ["position", "author"]


@admin.register(Paper)
class PaperAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["arxiv_id", "title", "primary_category", "announced_on", "announced_by", "version", "withdrawn"]
    list_filter = ["announced_by", "withdrawn", "abstract_kind"]
    search_fields = ["=arxiv_id", "title"]
    date_hierarchy = "announced_on"
    ordering = ["-announced_on", "arxiv_id"]
    show_full_result_count = False
    inlines = [AuthorshipInline]


@admin.register(Harvest)
class HarvestAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["started_at", "source", "window_start", "window_end", "state", "new", "revised", "skipped", "error"]
    list_filter = ["state"]
    search_fields = ["source"]
    exclude = ["cursor"]
