"""The wiring of compliance: the record of what was done."""

from __future__ import annotations

from dependency_injector import containers, providers

from ...adapters.files.heads import HeadsInFile
from ...adapters.files.secrets import SecretFiles
from ...adapters.postgres.compliance.audit import PostgresAudit, appending
from ...adapters.postgres.compliance.sealed import PostgresSealedFields
from ...adapters.postgres.database import Database
from ...adapters.postgres.identity.work import PostgresIdentity
from ...adapters.security.heads import SignedHeads
from ...adapters.security.signing import Ed25519Signer
from ...application.compliance.auditing import Auditing
from ...application.compliance.resealing import Resealing
from ...application.identity.ports import Identity as IdentityStore
from ...application.shared.ports import Clock, Ids
from ..settings import Settings
from .identity import sealer


def auditing(settings: Settings, database: Database, clock: Clock) -> Auditing:
    """The record of this installation."""
    signer = SignedHeads(Ed25519Signer.load_or_create(settings.signing_key_file))
    heads = HeadsInFile(settings.home / "audit" / "heads.jsonl")
    return Auditing(PostgresAudit(database, sealer(settings)), signer, heads, clock)


def sealing_keys(settings: Settings) -> SecretFiles:
    """The keys that seal fields, one file each."""
    return SecretFiles(settings.home / "secrets")


def resealing(settings: Settings, database: Database, clock: Clock, ids: Ids) -> Resealing:
    """Sealing anew, for a process that has no container."""
    seals = sealer(settings)
    return Resealing(
        sealing_keys(settings), PostgresSealedFields(database, seals), PostgresIdentity(database, ids, seals), clock
    )


class Compliance(containers.DeclarativeContainer):
    settings = providers.Dependency(instance_of=Settings)
    database = providers.Dependency(instance_of=Database)
    clock: providers.Dependency[Clock] = providers.Dependency()
    identity: providers.Dependency[IdentityStore] = providers.Dependency()

    sealer = providers.Singleton(sealer, settings)
    audit = providers.Singleton(PostgresAudit, database, sealer)
    auditing = providers.Singleton(auditing, settings, database, clock)
    resealing = providers.Factory(
        Resealing,
        providers.Singleton(sealing_keys, settings),
        providers.Singleton(PostgresSealedFields, database, sealer),
        identity,
        clock,
    )
    append = providers.Singleton(appending, sealer)
