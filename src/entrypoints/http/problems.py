"""RFC 9457 problems: every refusal says what is wrong, where, and how to go on; nothing of the inside gets out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.enums import HttpMethod
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example
from litestar.types import ExceptionHandlersMap

from ...adapters.observability.logs import logger
from ...application.collection.errors import UploadTooLarge
from ...application.identity.errors import (
    NoOrganisation,
    NotSignedIn,
    TooManyTries,
    WrongCredentials,
)
from ...application.shared.actor import NotPermitted
from ...application.shared.quotas import QuotaExceeded
from ...application.shared.request import request_id
from ...domain.identity.errors import AddressUnverified, SecondFactorNeeded, SecondFactorWrong
from ...domain.shared.errors import AnalisaError, Conflict, NotFound, Outdated, RuleViolated, Unavailable
from ...domain.shared.plan import PlanExceeded
from .versions import tag_of

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5

_log = logger("analisa.http")

_STATUS: Mapping[type[AnalisaError], HTTPStatus] = {
    PlanExceeded: HTTPStatus.PAYMENT_REQUIRED,
    NotSignedIn: HTTPStatus.UNAUTHORIZED,
    WrongCredentials: HTTPStatus.UNAUTHORIZED,
    NotPermitted: HTTPStatus.FORBIDDEN,
    NoOrganisation: HTTPStatus.FORBIDDEN,
    AddressUnverified: HTTPStatus.FORBIDDEN,
    SecondFactorNeeded: HTTPStatus.UNAUTHORIZED,
    SecondFactorWrong: HTTPStatus.UNAUTHORIZED,
    TooManyTries: HTTPStatus.TOO_MANY_REQUESTS,
    QuotaExceeded: HTTPStatus.TOO_MANY_REQUESTS,
    Outdated: HTTPStatus.PRECONDITION_FAILED,
    UploadTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    NotFound: HTTPStatus.NOT_FOUND,
    RuleViolated: HTTPStatus.UNPROCESSABLE_ENTITY,
    Conflict: HTTPStatus.CONFLICT,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

_CODES: Mapping[int, str] = {
    400: "http.bad_request",
    403: "http.forbidden",
    404: "http.not_found",
    405: "http.method_not_allowed",
    413: "http.too_large",
    415: "http.unsupported_media_type",
    428: "http.precondition_required",
}


class FieldError(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is wrong with one part of the request: *pointer* is a JSON pointer, or `query/name`."""

    pointer: str
    detail: str
    code: str = "http.invalid_value"


class Problem(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The body of every refusal (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    code: str
    request_id: str
    errors: list[FieldError] = []
    retry_after: int | None = None
    entitlement: str | None = None
    """Of what the organisation's plan has no more, as `GET /organisation/plan` names it."""
    remaining: int | None = None


def answer(
    status: int,
    code: str,
    detail: str,
    *,
    errors: Sequence[FieldError] = (),
    retry_after: int | None = None,
    **more: str | int,
) -> Response[bytes]:
    """Return *detail* as a problem, with `Retry-After` when waiting helps; *more* are members of its own."""
    told = problem(status, code, detail, errors=errors, retry_after=retry_after, request=request_id.get(), **more)
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
    return Response(msgspec.json.encode(told), status_code=status, media_type=MEDIA_TYPE, headers=headers)


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    request: str,
    errors: Sequence[FieldError] = (),
    retry_after: int | None = None,
    **more: Any,
) -> Problem:
    """Return *detail* as a problem, as answer to the request of that id."""
    return Problem(
        type=f"urn:analisa:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        request_id=request,
        errors=list(errors),
        retry_after=retry_after,
        **more,
    )


_MEANINGS: Mapping[int, tuple[str, str, str]] = {
    400: (
        "The request cannot be understood: a parameter is unknown, out of bounds or no such value",
        "http.bad_request",
        "a query …",
    ),
    401: (
        "Nobody is signed in, or what was sent to show who calls is not good",
        "identity.not_signed_in",
        "sign in, or send an API key …",
    ),
    402: (
        "The organisation's plan has no more of it; `entitlement` says of what, `remaining` how much is left",
        "identity.plan_exceeded",
        "the organisation's plan has 10 exports a month, and they are used up (plan free); …",
    ),
    403: (
        "The caller may not do this; or the request comes from another site, or is addressed to another name",
        "identity.not_permitted",
        "this needs the permission exports.create, …",
    ),
    404: ("There is no such thing, or it is not for you to see", "http.not_found", "no profile 7 is known here; …"),
    409: ("Something else got there first", "analytics.evidence_moved", "what is known of profile 7 changed …"),
    412: (
        "Somebody changed it since it was read; the ETag of the answer is that of what it is now",
        "influencers.outdated",
        "influencer … is at version 8 by now; read it again, …",
    ),
    413: ("More was sent than is taken", "imports.upload_too_large", "posts.csv is larger than the 4294967296 bytes …"),
    415: ("The body did not come as what the route takes", "http.unsupported_media_type", "send the files as …"),
    422: (
        "It was understood, and is not allowed as it stands",
        "http.cursor_refused",
        "this cursor was not given out …",
    ),
    428: (
        "The change needs `If-Match`, with the ETag of what it is made on",
        "http.precondition_required",
        "send If-Match with the ETag that you read, …",
    ),
    429: (
        "So many requests came from this address, caller or organisation that it has to wait; `retry_after` seconds",
        "http.rate_limited",
        "this address may make 60000 requests in 60 seconds, and has made them; …",
    ),
    500: ("Something failed on our side", "http.internal", "something failed on our side; the log has it …"),
    503: (
        "Something that the API depends on is away; wait `retry_after` seconds",
        "analisa.unavailable",
        "PostgreSQL …",
    ),
}


def refusals(*statuses: int) -> dict[int, ResponseSpec]:
    """Describe the problems that a route may answer with: *statuses*, and those that every route may."""
    return {status: _described(status) for status in sorted({400, 401, 403, 429, 500, 503, *statuses})}


def _described(status: int) -> ResponseSpec:
    meaning, code, detail = _MEANINGS[status]
    retry = RETRY_AFTER_S if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE} else None
    shown = msgspec.to_builtins(problem(status, code, detail, retry_after=retry, request="4be1c0de"))
    return ResponseSpec(
        Problem,
        generate_examples=False,
        description=meaning,
        media_type=MEDIA_TYPE,
        examples=[Example(summary=HTTPStatus(status).phrase, value=shown)],
    )


def _of_ours(request: Request[Any, Any, Any], error: AnalisaError) -> Response[bytes]:
    status = next((status for family, status in _STATUS.items() if isinstance(error, family)), None)
    if status is None:
        return _unexpected(request, error)
    waiting = RETRY_AFTER_S if status == HTTPStatus.SERVICE_UNAVAILABLE else error.retry_after_s
    parts = [FieldError(pointer=_place(request, error.part), detail=str(error), code=error.code)] if error.part else []
    more: dict[str, str | int] = {}
    if isinstance(error, PlanExceeded):
        more = {"entitlement": error.entitlement, "remaining": error.remaining}
    response = answer(status, error.code, str(error), errors=parts, retry_after=waiting, **more)
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["www-authenticate"] = "Bearer"
    if isinstance(error, Outdated):
        response.headers["etag"] = tag_of(error.version)
    return response


def _place(request: Request[Any, Any, Any], part: str) -> str:
    """Parts of an address are named there; else reads are asked by parameters, and changes by bodies."""
    if part in request.path_params:
        return f"path/{part}"
    return f"query/{part}" if request.method == HttpMethod.GET else f"/{part}"


def _of_http(_: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    code = _CODES.get(error.status_code, "http.refused")
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _unexpected(_, error)
    response = answer(error.status_code, code, error.detail, errors=_fields(error))
    response.headers.update(error.headers or {})
    return response


def _fields(error: HTTPException) -> list[FieldError]:
    if not isinstance(error, ValidationException) or not isinstance(error.extra, list):
        return []
    return [_field(entry) for entry in error.extra if isinstance(entry, dict)]


def _field(entry: Mapping[str, Any]) -> FieldError:
    given = entry.get("source", "body")
    source = str(getattr(given, "value", given))
    key = str(entry.get("key", ""))
    pointer = _pointer(key, str(entry.get("message", ""))) if source == "body" else f"{source}/{key}"
    return FieldError(
        pointer=pointer,
        detail=str(entry.get("message", "")),
        code=str(entry.get("code", "http.invalid_value")),
    )


_NAMED: Final = re.compile(r"(?:missing required|contains unknown) field `([^`]+)`")


def _pointer(key: str, message: str) -> str:
    """The place in a body as a JSON pointer; of a part that is missing or unknown, the place where it is or would be."""
    parts = [] if key in {"", "data"} else re.split(r"[.\[\]]+", key.rstrip("]"))
    named = _NAMED.search(message)
    parts += [named[1]] if named else []
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def _unexpected(_: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    _log.error("a request failed", exc_info=error)
    return answer(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "http.internal",
        "something failed on our side; the log has it under this request id",
    )


HANDLERS: ExceptionHandlersMap = {AnalisaError: _of_ours, HTTPException: _of_http, Exception: _unexpected}
