"""JSON bodies, looked at before anything is made of them: their type, their letters, and how deep they go."""

from __future__ import annotations

import re
from typing import Any, Final

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.exceptions import ClientException, ValidationException
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

MAX_DEPTH: Final = 32
"""Objects and lists within each other."""
TYPES: Final = frozenset({"application/json", "application/merge-patch+json"})
_MARKS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]')


async def check_body(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Refuse a body that is no JSON of the kind that routes take; a guard of every route that takes one."""
    if not isinstance(handler, HTTPRouteHandler) or not isinstance(connection, Request):
        return
    if "data" not in handler.parsed_fn_signature.parameters:
        return
    kind = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in TYPES:
        raise ClientException("send the body as application/json", status_code=415)
    body = await connection.body()
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise _refused(f"the byte at place {error.start} is no UTF-8") from None
    depth = 0
    for mark in _MARKS.finditer(body):
        depth += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(mark[0], 0)
        if depth > MAX_DEPTH:
            raise _refused(f"it is nested more than {MAX_DEPTH} deep")


def _refused(message: str) -> ValidationException:
    told = {"source": "body", "key": "", "message": message, "code": "http.invalid_body"}
    return ValidationException(detail="the body cannot be read", extra=[told])
