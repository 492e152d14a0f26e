"""Log lines of a role's process: to standard error, without the passwords that its settings hold."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..adapters.observability.logs import configure
from .settings import Settings


def configure_logs(settings: Settings, role: str) -> None:
    urls = (settings.database_url, settings.redis_url, settings.owner_database_url, settings.admin_database_url)
    secrets = [urlsplit(url).password or "" for url in urls if url]
    configure(role=role, level=settings.log_level, secrets=secrets)
