"""The API's errors as problem details (RFC 9457), whatever kind they are."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import Throttled, ValidationError
from ninja.openapi.schema import OpenAPISchema

from tracker.errors import GalleyError

CONTENT_TYPE = "application/problem+json"
_View = Callable[..., HttpResponse]


class NotKnown(GalleyError):
    """What is asked for by name isn't there."""


class DescribedApi(NinjaAPI):
    """An API that describes its problems as what they are; ninja takes all answers for plain JSON."""

    def get_openapi_schema(self, *args: Any, **kwargs: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(*args, **kwargs)
        for methods in schema["paths"].values():
            for operation in methods.values():
                for status, answer in operation["responses"].items():
                    if int(status) >= HTTPStatus.BAD_REQUEST:
                        answer["content"] = {CONTENT_TYPE: answer["content"]["application/json"]}
        return schema


def problem(status: int, detail: str = "", errors: list[dict[str, str]] | None = None) -> HttpResponse:
    told = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return JsonResponse(told | {"errors": errors or []}, status=status, content_type=CONTENT_TYPE)


def tell_problems(api: NinjaAPI) -> None:
    """Let the API tell of all its errors this way."""
    api.add_exception_handler(NotKnown, lambda request, error: problem(404, str(error)))
    api.add_exception_handler(Http404, lambda request, error: problem(404, "There is nothing at this address."))
    api.add_exception_handler(Throttled, _throttled)
    api.add_exception_handler(ValidationError, _invalid)


def _throttled(request: HttpRequest, error: Throttled | type[Throttled]) -> HttpResponse:
    return problem(429, "You ask too often. Wait for as many seconds as Retry-After says.")


def _invalid(request: HttpRequest, error: ValidationError | type[ValidationError]) -> HttpResponse:
    assert isinstance(error, ValidationError)
    errors = [{"parameter": str(one["loc"][-1]), "detail": str(one["msg"])} for one in error.errors]
    return problem(422, "Some parameters make no sense.", errors)


def read_only(view: _View) -> _View:
    """HEAD is answered like GET, and other methods by a problem."""

    @csrf_exempt  # nothing is changed, so nothing needs guarding
    @wraps(view)
    def told(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        method = request.method
        if method not in ("GET", "HEAD"):
            refused = problem(405, "The API is for reading: it takes GET and HEAD.")
            refused.headers["Allow"] = "GET, HEAD"
            return refused
        try:
            request.method = "GET"
            return view(request, *args, **kwargs)
        finally:
            request.method = method

    return told
