"""`If-Match`: a change is made only to what the caller saw.

The ETag of what people edit begins with its version, `"v7.…"`: what stands behind the dot tells one answer from another,
also where only collected figures changed. A change is refused for another version alone; figures that moved meanwhile
are no reason (docs/decisions/0009).
"""

from __future__ import annotations

import re
from typing import Annotated, Final

from litestar.exceptions import ClientException, ValidationException
from litestar.params import FromHeader, HeaderParameter

_TAG: Final = re.compile(r'(?:W/)?"v(\d{1,9})(?:\.[0-9a-f]+(?:-gzip)?)?"')

IfMatch = FromHeader[
    Annotated[
        str | None,
        HeaderParameter(
            name="If-Match",
            max_length=200,
            description="The ETag with which it was read, or `*` for whatever it is now; needed",
        ),
    ]
]


def tag_of(version: int) -> str:
    """The ETag of what is at *version*."""
    return f'"v{version}"'


def version_in(if_match: str | None) -> int | None:
    """Return the version that the caller saw, None for `*`; raises 428 without the header, and 400 for no such tag."""
    if if_match is None:
        raise ClientException(
            "send If-Match with the ETag that you read, so that nobody's change is lost", status_code=428
        )
    if if_match.strip() == "*":
        return None
    tag = _TAG.fullmatch(if_match.strip())
    if tag is None:
        message = 'one ETag as it was handed out, `"v7.…"`, or `*`'
        told = {"source": "header", "key": "If-Match", "message": message, "code": "http.invalid_value"}
        raise ValidationException(detail="a header cannot be obeyed", extra=[told])
    return int(tag[1])
