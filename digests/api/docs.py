"""The API's own page, made from its OpenAPI description: nothing of it comes from elsewhere, and nothing runs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from digests.api.operations import api


@dataclass(frozen=True)
class Named:
    """A parameter or a field: its name, its kind in words, and what is said of it."""

    name: str
    kind: str
    told: str
    needed: bool = False


@dataclass(frozen=True)
class Operation:
    address: str
    told: str
    tag: str
    parameters: list[Named]
    answer: str


@dataclass(frozen=True)
class Shape:
    """A kind of object in the answers."""

    name: str
    told: str
    fields: list[Named]


def page(request: HttpRequest) -> HttpResponse:
    """What one may ask for, and what comes back."""
    schema: Mapping[str, Any] = api.get_openapi_schema()
    context = {
        "told": schema["info"]["description"],
        "rate": settings.API_RATE,
        "operations": list(_operations(schema)),
        "shapes": list(_shapes(schema)),
        "canonical_url": settings.SITE_URL + request.path,
    }
    return render(request, "digests/reader/api.html", context)


def _operations(schema: Mapping[str, Any]) -> Iterator[Operation]:
    for address, methods in schema["paths"].items():
        for one in methods.values():
            answer = one["responses"][200]["content"]["application/json"]["schema"]
            yield Operation(
                address=address,
                told=one.get("description", ""),
                tag=one["tags"][0],
                parameters=[
                    Named(each["name"], _kind(each["schema"]), each.get("description", ""), each["required"])
                    for each in one.get("parameters", [])
                ],
                answer=_kind(answer),
            )


def _shapes(schema: Mapping[str, Any]) -> Iterator[Shape]:
    for name, one in sorted(schema["components"]["schemas"].items()):
        fields = [
            Named(field, _kind(each), each.get("description", "")) for field, each in one.get("properties", {}).items()
        ]
        yield Shape(_plainly(name), one.get("description", ""), fields)


def _kind(schema: Mapping[str, Any]) -> str:
    """What JSON holds there, in words."""
    if "$ref" in schema:
        return _plainly(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"])
    if "allOf" in schema:
        return _kind(schema["allOf"][0])
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    return str(schema.get("format") or schema.get("type", "anything"))


def _plainly(name: str) -> str:
    """`Paged_PaperOut_` is “Paged of Paper” to people."""
    outer, _, inner = name.rstrip("_").partition("_")
    return " of ".join(part.removesuffix("Out") for part in (outer, inner) if part)
