"""How weeks, arXiv ids and authors are written in addresses. Importing this registers the converters."""

from django.urls import register_converter

from tracker.weeks import MalformedWeek, Week


class WeekConverter:
    """A week's one address: `2023/w47`."""

    regex = r"[0-9]{4}/w[0-9]{2}"

    def to_python(self, value: str) -> Week:
        try:
            return Week.parse(value.replace("/", "-"))
        except MalformedWeek as error:
            raise ValueError(str(error)) from error  # what Django takes for "no such address"

    def to_url(self, week: Week) -> str:
        return f"{week.year:04d}/w{week.number:02d}"


class AnyWeekConverter(WeekConverter):
    """The other ways in which people write a week: `2023/W47`, `2023-W47`, `2023w47`, `2024/w1`."""

    regex = r"[0-9]{4}[/-]?[wW][0-9]{1,2}"


class ArxivIdConverter:
    """An arXiv id of the old or the new style, without version: `2311.12983`, `hep-th/9901001`."""

    regex = r"[0-9]{4}\.[0-9]{4,5}|[a-z-]+(?:\.[A-Z]{2})?/[0-9]{7}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class AuthorConverter:
    """An author's name with underscores for spaces: `Ada_Lovelace`. A name's own underscore is written `%5F`."""

    regex = r".+"

    def to_python(self, value: str) -> str:
        return value.replace("_", " ").replace("%5F", "_")

    def to_url(self, name: str) -> str:
        return name.replace("_", "%5F").replace(" ", "_")


register_converter(WeekConverter, "week")
register_converter(AnyWeekConverter, "any_week")
register_converter(ArxivIdConverter, "arxiv_id")
register_converter(AuthorConverter, "author")
