"""RFC 9457 problems: every refusal says what is wrong, where, and how to go on; nothing of the inside gets out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from ...adapters.observability.logs import logger
from ...application.collection.errors import UploadTooLarge
from ...application.shared.actor import NotPermitted
from ...application.shared.request import request_id
from ...domain.shared.errors import AnalisaError, Conflict, NotFound, RuleViolated, Unavailable

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5

_log = logger("analisa.http")

_STATUS: Mapping[type[AnalisaError], HTTPStatus] = {
    NotPermitted: HTTPStatus.FORBIDDEN,
    UploadTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    NotFound: HTTPStatus.NOT_FOUND,
    RuleViolated: HTTPStatus.UNPROCESSABLE_ENTITY,
    Conflict: HTTPStatus.CONFLICT,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

_CODES: Mapping[int, str] = {
    400: "http.bad_request",
    404: "http.not_found",
    405: "http.method_not_allowed",
    413: "http.too_large",
    415: "http.unsupported_media_type",
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


def answer(
    status: int, code: str, detail: str, *, errors: Sequence[FieldError] = (), retry_after: int | None = None
) -> Response[bytes]:
    """Return *detail* as a problem, with `Retry-After` when waiting helps."""
    problem = Problem(
        type=f"urn:analisa:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        request_id=request_id.get(),
        errors=list(errors),
        retry_after=retry_after,
    )
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
    return Response(msgspec.json.encode(problem), status_code=status, media_type=MEDIA_TYPE, headers=headers)


def _of_ours(_: Request[Any, Any, Any], error: AnalisaError) -> Response[bytes]:
    status = next(status for family, status in _STATUS.items() if isinstance(error, family))
    waiting = RETRY_AFTER_S if status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return answer(status, error.code, str(error), retry_after=waiting)


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
    source = str(getattr(entry.get("source"), "value", "body"))
    key = str(entry.get("key", ""))
    pointer = "/" + key.replace(".", "/") if source == "body" else f"{source}/{key}"
    return FieldError(pointer=pointer, detail=str(entry.get("message", "")))


def _unexpected(_: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    _log.error("a request failed", exc_info=error)
    return answer(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "http.internal",
        "something failed on our side; the log has it under this request id",
    )


HANDLERS: ExceptionHandlersMap = {AnalisaError: _of_ours, HTTPException: _of_http, Exception: _unexpected}
