"""Parameters that several routes share, each with its bounds, and how a route asks for what the container made."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeAlias, TypeVar

from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, PathParameter, QueryParameter, SkipValidation

from ...application.analytics.views import MAX_PAGE
from .cursors import MAX_LENGTH

T = TypeVar("T")
Wired: TypeAlias = NamedDependency[SkipValidation[T]]
"""A dependency by its parameter's name, typed as the port it answers; ports are protocols, which nothing can validate."""

NAME = r"^[^\x00-\x1f\x7f\ud800-\udfff]*$"
"""Text without control characters: PostgreSQL takes no NUL, and none of the others is part of a name."""

Limit = FromQuery[Annotated[int, QueryParameter(ge=1, le=MAX_PAGE, description="Rows of a page")]]
Cursor = FromQuery[
    Annotated[str | None, QueryParameter(max_length=MAX_LENGTH, description="`next_cursor` of the page before")]
]
Network = FromQuery[
    Annotated[
        str | None, QueryParameter(pattern=r"^[a-z][a-z0-9_]{0,31}$", description="Only this network, as `youtube`")
    ]
]
Day = FromQuery[Annotated[date | None, QueryParameter(description="A UTC day, as 2026-01-31")]]
ProfileNumber = FromPath[
    Annotated[int, PathParameter(ge=1, le=2**63 - 1, description="The profile's number in this installation")]
]
