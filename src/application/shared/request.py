"""The id that one request carries through HTTP, events and tasks, so that its log lines can be found together."""

from __future__ import annotations

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
