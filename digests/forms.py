"""What the desk's forms take, and how each refusal is worded."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.db.models import QuerySet
from django.utils import timezone

from digests.models import Digest, Event, Role, Section, Series, Topic
from digests.models.people import name_of
from tracker.taxonomy import UnknownCategory, check_categories
from tracker.weeks import MalformedWeek, Week

FIRST_WEEK = Week(1991, 33)  # arXiv opened on 14 August 1991


class WeekField(forms.Field):
    """An ISO week, such as 2023-W47; its value is a Week."""

    def to_python(self, value: Any) -> Week | None:
        text = str(value or "").strip()
        if not text:
            return None
        try:
            return Week.parse(text)
        except MalformedWeek as error:
            raise forms.ValidationError(str(error)) from error


class CategoriesField(forms.CharField):
    """arXiv's categories, written with spaces or commas between them; its value is a list of codes, each once."""

    def prepare_value(self, value: Any) -> Any:
        return " ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]  # a list is what the model stores
        codes = list(dict.fromkeys(str(value or "").replace(",", " ").split()))
        try:
            check_categories(codes)
        except UnknownCategory as error:
            raise forms.ValidationError(str(error)) from error
        return codes


_TEMPLATE_HELP = "$start and $end (days of the week, 20/11), $nth (third), $month, $year and $week are filled in."


class SeriesForm(forms.ModelForm):
    """A series as an operator sets it up."""

    categories = CategoriesField(help_text="arXiv's categories to look through, such as cs.CL cs.LG.")

    class Meta:
        model = Series
        fields = [
            "name",
            "slug",
            "categories",
            "scope",
            "outside",
            "headline_template",
            "subtitle_template",
            "intro_template",
            "sign_off",
            "target_entries",
            "target_words",
            "use_author_record",
            "mail_on_publishing",
            "count_clicks",
        ]
        help_texts = {
            "slug": "Its place in addresses: /slug/2023/w47/.",
            "headline_template": _TEMPLATE_HELP,
            "subtitle_template": _TEMPLATE_HELP,
            "intro_template": f"Markdown. {_TEMPLATE_HELP}",
            "sign_off": "Markdown, at the end of each digest.",
        }
        widgets = {
            "headline_template": forms.TextInput(attrs={"size": 80}),
            "subtitle_template": forms.TextInput(attrs={"size": 80}),
        }


class TopicForm(forms.ModelForm):
    """A topic as the classifier and the readers see it."""

    class Meta:
        model = Topic
        fields = ["name", "slug", "description", "examples"]
        help_texts = {
            "slug": "Its place in addresses. A changed one leads on from the old one.",
            "description": "What belongs here, in a sentence or two: papers are sorted by it.",
            "examples": "Titles or phrases typical of the topic, one a line. A handful sharpens the sorting.",
        }
        widgets = {
            "description": forms.Textarea(attrs={"rows": 4}),
            "examples": forms.Textarea(attrs={"rows": 8}),
        }

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if self.instance.series.topics.filter(slug=slug).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("Another topic of this series has this slug.")
        return slug


class DraftWeekForm(forms.Form):
    """Which week of which series to draft, or to go through again."""

    series = forms.ModelChoiceField(Series.objects.all(), to_field_name="slug", empty_label=None)
    week = WeekField(
        help_text="ISO year and week, such as 2023-W47.",
        error_messages={"required": "Name a week, such as 2023-W47."},
        widget=forms.TextInput(attrs={"placeholder": "2023-W47", "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_week(self) -> Week:
        week: Week = self.cleaned_data["week"]
        if week.monday > today():
            raise forms.ValidationError(f"{week} has not begun: it starts on {week.monday:%d %B %Y}.")
        if week < FIRST_WEEK:
            raise forms.ValidationError(f"arXiv opened in August 1991: there is nothing in {week}.")
        return week

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        series, week = cleaned.get("series"), cleaned.get("week")
        if series and week and Digest.objects.published().of_week(week).filter(series=series).exists():
            self.add_error("week", f"{week} is published already.")
        return cleaned


class FrontForm(forms.Form):
    """What stands around the entries of a digest."""

    headline = forms.CharField(max_length=300, error_messages={"required": "A digest needs a headline."})
    subtitle = forms.CharField(max_length=300, required=False)
    intro = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 6}))
    sign_off = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}), label="Sign-off")
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    over = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        return _overriding(super().clean() or {})


class EntryForm(forms.Form):
    """An editor's heading and summary of one paper."""

    heading = forms.CharField(max_length=500, required=False)
    summary = forms.CharField(required=False)
    revision = forms.IntegerField(min_value=0)
    over = forms.IntegerField(min_value=0, required=False)

    def clean(self) -> dict[str, Any]:
        return _overriding(super().clean() or {})


def _overriding(cleaned: dict[str, Any]) -> dict[str, Any]:
    """Whoever was shown another's text names its revision in `over`, and saves over that one and no later one."""
    over = cleaned.pop("over", None)
    return cleaned if over is None else cleaned | {"revision": over}


class ToldField(forms.CharField):
    """What readers are told of a correction."""

    def __init__(self) -> None:
        super().__init__(
            max_length=500,
            label="What readers are told",
            help_text="A plain sentence. It stands on the page with today’s date.",
            error_messages={"required": "Say in a sentence what was corrected: readers see it, with the date."},
        )


class CorrectEntryForm(forms.Form):
    """Other words for a published entry, and what readers are told of it."""

    heading = forms.CharField(max_length=500, required=False, help_text="Empty means the paper’s title.")
    summary = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 12}), error_messages={"required": "A published entry needs its summary."}
    )
    told = ToldField()
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class CorrectFrontForm(FrontForm):
    """The same for what stands around the entries."""

    told = ToldField()


class PlaceForm(forms.Form):
    """Where an entry goes: one place up or down, or to a place in a section, at its end where none is named."""

    step = forms.IntegerField(min_value=-1, max_value=1, required=False)
    section = forms.ModelChoiceField(Section.objects.none(), required=False)
    position = forms.IntegerField(min_value=0, max_value=10_000, required=False)

    def __init__(self, *args: Any, digest: Digest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["section"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = digest.sections.standing()


class PlaceSectionForm(forms.Form):
    """Where a section goes: one place up or down, or to a place among the others."""

    step = forms.IntegerField(min_value=-1, max_value=1, required=False)
    position = forms.IntegerField(min_value=0, max_value=10_000, required=False)


class SectionForm(forms.Form):
    """A section's title in one digest."""

    title = forms.CharField(
        max_length=200,
        error_messages={"required": "A section needs a title.", "max_length": "A title takes 200 characters."},
    )


class MoveForm(forms.Form):
    """Which topic of the series a paper goes to; none puts it back where the machine had it."""

    topic = forms.ModelChoiceField(
        Topic.objects.none(),
        required=False,
        empty_label="Let the machine sort it",
        error_messages={"invalid_choice": "That topic is gone: reload the page."},
    )

    def __init__(self, *args: Any, series: Series, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["topic"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = series.topics.all()


class ScheduleForm(forms.Form):
    """When a digest goes out, in UTC, which is what the browser's own field can say."""

    at = forms.DateTimeField(
        label="Date and time, UTC",
        error_messages={"required": "Say when it goes out.", "invalid": "Write it as 2026-03-02 07:00."},
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class TrailForm(forms.Form):
    """Which part of the trail to show."""

    q = forms.CharField(required=False, max_length=200, label="Words", widget=forms.TextInput(attrs={"type": "search"}))
    kind = forms.ChoiceField(choices=[("", "Everything"), *Event.Kind.choices], required=False, label="What")
    who = forms.ModelChoiceField(User.objects.none(), required=False, empty_label="Everybody")

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["who"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = people
        field.label_from_instance = name_of  # type: ignore[assignment,method-assign]  # as Django's docs do


class RoleForm(forms.Form):
    """What somebody may do at the desk; nothing means a reader's rights only."""

    role = forms.ChoiceField(choices=[("", "Reader"), *Role.choices], required=False)

    def clean_role(self) -> Role | None:
        return Role(self.cleaned_data["role"]) if self.cleaned_data["role"] else None


class InvitationForm(forms.Form):
    """Whom to invite, as what."""

    email = forms.EmailField(
        label="Address", widget=forms.EmailInput(attrs={"autocomplete": "off"}), error_messages={"required": "To whom?"}
    )
    role = forms.ChoiceField(choices=Role.choices)

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class AcceptForm(forms.Form):
    """How a newcomer wants to be called, and a password if they want one."""

    name = forms.CharField(
        max_length=150,
        label="Your name",
        help_text="As it stands beside what you decide and write.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Tell us your name."},
    )
    password = forms.CharField(
        required=False,
        strip=False,
        help_text="Leave it empty to sign in by codes sent to your address.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if password:
            validate_password(password)
        return password


class AddForm(MoveForm):
    """A paper to put on the board, by its arXiv id or address, and the topic to put it under, if any."""

    paper = forms.CharField(
        max_length=300,
        label="arXiv id or address",
        error_messages={"required": "Name the paper by its arXiv id or address, such as 2311.12983."},
    )


def today() -> dt.date:
    return timezone.now().date()
