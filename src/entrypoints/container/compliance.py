"""The wiring of compliance: the record of what was done."""

from __future__ import annotations

from dependency_injector import containers, providers

from ...adapters.files.heads import HeadsInFile
from ...adapters.postgres.compliance.audit import PostgresAudit, appending
from ...adapters.postgres.database import Database
from ...adapters.security.heads import SignedHeads
from ...adapters.security.signing import Ed25519Signer
from ...application.compliance.auditing import Auditing
from ...application.shared.ports import Clock
from ..settings import Settings
from .identity import sealer


def auditing(settings: Settings, database: Database, clock: Clock) -> Auditing:
    """The record of this installation."""
    signer = SignedHeads(Ed25519Signer.load_or_create(settings.signing_key_file))
    heads = HeadsInFile(settings.home / "audit" / "heads.jsonl")
    return Auditing(PostgresAudit(database, sealer(settings)), signer, heads, clock)


class Compliance(containers.DeclarativeContainer):
    settings = providers.Dependency(instance_of=Settings)
    database = providers.Dependency(instance_of=Database)
    clock: providers.Dependency[Clock] = providers.Dependency()

    sealer = providers.Singleton(sealer, settings)
    audit = providers.Singleton(PostgresAudit, database, sealer)
    auditing = providers.Singleton(auditing, settings, database, clock)
    append = providers.Singleton(appending, sealer)
