"""The forms of subscribing and of a subscriber's settings."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core import signing

from digests.mailing.addresses import NotAnAddress, normalise
from digests.mailing.queueing import Segment
from digests.models import Series, Subscription
from digests.subscriptions import Wish

# Nobody fills in a form in less; a page that lay open for longer is asked to be sent again.
QUICKEST, LONGEST = dt.timedelta(seconds=2), dt.timedelta(days=1)
LARGEST_LIST = 20_000_000  # bytes
_STAMPS = signing.TimestampSigner(salt="galley.mail.form")


@dataclass(frozen=True)
class SeriesFields:
    """The fields of one series, as a page shows them together. Those that a form leaves out are None."""

    series: Series
    wanted: forms.BoundField | None
    topics: forms.BoundField | None
    first: forms.BoundField | None
    cadence: forms.BoundField | None


class WishesForm(forms.Form):
    """What somebody wants of each series. Where there is only one series it is wanted anyway."""

    def __init__(
        self, *args: Any, all_series: list[Series], has: Mapping[int, Subscription] | None = None, **kwargs: Any
    ) -> None:
        """`all_series` come with their topics. `has` are the subscriptions so far, by series' key, with theirs."""
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self._all_series = all_series
        for series in all_series:
            self._add_series(series, has)

    def _add_series(self, series: Series, has: Mapping[int, Subscription] | None) -> None:
        subscription = (has or {}).get(series.pk)
        if len(self._all_series) > 1:
            wanted = subscription is not None if has is not None else series == self._all_series[0]
            self.fields[f"series_{series.slug}"] = forms.BooleanField(label=series.name, required=False, initial=wanted)
        topics = [(topic.slug, topic.name) for topic in series.topics.all()]
        if not topics:
            return
        chosen = [topic.slug for topic in subscription.topics.all()] if subscription else []
        self.fields[f"topics_{series.slug}"] = forms.MultipleChoiceField(
            label=f"Topics of {series.name}" if len(self._all_series) > 1 else "Topics",
            choices=topics,
            required=False,
            initial=chosen or [slug for slug, _ in topics],
            widget=forms.CheckboxSelectMultiple,
        )
        if has is not None:
            self._add_finer(series, topics, subscription)

    def _add_finer(self, series: Series, topics: list[tuple[str, str]], subscription: Subscription | None) -> None:
        first = subscription.first_topic.slug if subscription and subscription.first_topic else ""
        self.fields[f"first_{series.slug}"] = forms.ChoiceField(
            label="What comes first",
            choices=[("", "Whatever stands first in the roundup"), *topics],
            required=False,
            initial=first,
        )
        self.fields[f"cadence_{series.slug}"] = forms.ChoiceField(
            label="How often",
            choices=Subscription.Cadence.choices,
            initial=subscription.cadence if subscription else Subscription.Cadence.WEEKLY,
            widget=forms.RadioSelect,
        )

    def groups(self) -> Iterator[SeriesFields]:
        for series in self._all_series:
            found = {
                part: self[name] if (name := f"{part}_{series.slug}") in self.fields else None
                for part in ("series", "topics", "first", "cadence")
            }
            yield SeriesFields(series, found["series"], found["topics"], found["first"], found["cadence"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not any(self._wants(series, cleaned) for series in self._all_series):
            raise forms.ValidationError("Choose at least one series.")
        for series in self._all_series:
            name = f"topics_{series.slug}"
            if self._wants(series, cleaned) and name in self.fields and cleaned.get(name) == []:
                self.add_error(name, "Choose at least one topic.")
        return cleaned

    def wishes(self) -> list[Wish]:
        return [self._wish(series) for series in self._all_series if self._wants(series, self.cleaned_data)]

    def _wish(self, series: Series) -> Wish:
        """All topics chosen are stored as none, so that later ones come along."""
        chosen = set(self.cleaned_data.get(f"topics_{series.slug}", []))
        every = list(series.topics.all())
        topics = tuple(topic for topic in every if topic.slug in chosen)
        first = next((topic for topic in every if topic.slug == self.cleaned_data.get(f"first_{series.slug}")), None)
        cadence = self.cleaned_data.get(f"cadence_{series.slug}") or Subscription.Cadence.WEEKLY
        return Wish(series, () if len(topics) == len(every) else topics, cadence, first)

    def _wants(self, series: Series, cleaned: dict[str, Any]) -> bool:
        return len(self._all_series) == 1 or bool(cleaned.get(f"series_{series.slug}"))


class AddressField(forms.EmailField):
    """A mail address, in the form in which it is stored."""

    def clean(self, value: Any) -> str:
        if not value:
            raise forms.ValidationError("Write your mail address.")
        try:
            return normalise(str(value))
        except NotAnAddress as error:
            raise forms.ValidationError(str(error)) from error


def _address_field() -> AddressField:
    return AddressField(
        label="Your mail address", widget=forms.EmailInput(attrs={"autocomplete": "email", "maxlength": 254})
    )


class SubscribeForm(WishesForm):
    """An address and what is to be sent to it, with two checks that a person doesn't notice."""

    email = _address_field()
    website = forms.CharField(
        required=False, label="Leave this empty", widget=forms.TextInput(attrs={"tabindex": "-1"})
    )
    stamp = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_stamp(self) -> str:
        """When the page was made, signed. Too quick or too old is told, so that a person can just send it again."""
        stamp = self.cleaned_data["stamp"]
        try:
            _STAMPS.unsign(stamp, max_age=LONGEST)
        except signing.BadSignature as error:
            raise forms.ValidationError("This page lay open for long. Send it once more.") from error
        try:
            _STAMPS.unsign(stamp, max_age=QUICKEST)
        except signing.SignatureExpired:
            return str(stamp)
        raise forms.ValidationError("That was very quick. Send it once more.")

    @property
    def is_trapped(self) -> bool:
        """Whether something filled in the field that no person sees."""
        return bool(self.cleaned_data.get("website"))


class AddressForm(forms.Form):
    """An address to send a link to."""

    email = _address_field()


class SegmentForm(forms.Form):
    """Whom the mail goes to now: everybody, some drawn by lot, or those at one host."""

    size = forms.IntegerField(min_value=1, required=False, label="Only to so many, drawn by lot")
    host = forms.RegexField(
        r"^@?[\w.-]+$",
        required=False,
        label="Only to addresses at",
        error_messages={"invalid": "Write a host, such as example.org."},
    )

    def segment(self) -> Segment:
        return Segment(self.cleaned_data["size"], self.cleaned_data["host"].lstrip("@"))


class ListField(forms.FileField):
    """A CSV file; its value is its text."""

    def clean(self, value: Any, initial: Any = None) -> str:
        file = super().clean(value, initial)
        if file.size > LARGEST_LIST:
            raise forms.ValidationError("The file is larger than 20 MB: use `manage.py import_subscribers`.")
        try:
            return str(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise forms.ValidationError("This is no text in UTF-8: save the list as CSV in UTF-8.") from error


class ImportForm(forms.Form):
    """A list of subscribers to take in, and where they agreed."""

    file = ListField(label="The list", error_messages={"required": "Choose a CSV file."})
    series = forms.ModelChoiceField(Series.objects.all(), to_field_name="slug", empty_label=None)
    consent = forms.CharField(
        max_length=80,
        label="Where they agreed to get it",
        widget=forms.TextInput(attrs={"placeholder": "our Substack, 2024 to 2026"}),
        error_messages={"required": "Say where they agreed: without a consent nobody may be mailed."},
    )

    def __init__(self, *args: Any, has_text: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if has_text:
            del self.fields["file"]


def new_stamp() -> str:
    return _STAMPS.sign("form")
