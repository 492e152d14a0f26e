"""The wiring of identity: users, their passwords and sessions, and the keys of programs."""

from __future__ import annotations

from dependency_injector import containers, providers

from ...adapters.files.secrets import SecretFiles
from ...adapters.postgres.analytics.discovery.saved import COUNT as SAVED_SEARCHES
from ...adapters.postgres.database import Database
from ...adapters.postgres.identity.credentials import PostgresCredentials
from ...adapters.postgres.identity.entitlements import PostgresEntitlements
from ...adapters.postgres.identity.guesses import PostgresGuesses
from ...adapters.postgres.identity.tokens import PostgresAccessTokens
from ...adapters.postgres.identity.views import PostgresIdentityViews
from ...adapters.postgres.identity.work import PostgresIdentity
from ...adapters.postgres.influencers.lists import COUNT as LISTS
from ...adapters.redis.credentials import KeptCredentials
from ...adapters.security.passwords import BcryptPasswords
from ...adapters.security.refreshing import FollowingSecrets
from ...adapters.security.sealing import Sealer
from ...adapters.security.totp import TimedPasswords
from ...application.identity.accounts import AccountsHandler
from ...application.identity.codes import Codes
from ...application.identity.invitations import InvitationsHandler
from ...application.identity.keys import KeysHandler
from ...application.identity.members import MembersHandler
from ...application.identity.moving import MovingHandler
from ...application.identity.organisations import OrganisationsHandler
from ...application.identity.outside import OutsideHandler
from ...application.identity.providers import Providers
from ...application.identity.registration import RegistrationHandler
from ...application.identity.roles import RolesHandler
from ...application.identity.second_factors import SecondFactorsHandler
from ...application.identity.signing_in import SessionsHandler, SignInHandler
from ...application.identity.tokens import TokensHandler
from ...application.identity.workspaces import WorkspacesHandler
from ...application.shared.cache import Cache
from ...application.shared.organisations import DEMONSTRATION, LOCAL
from ...application.shared.ports import Clock, Ids
from ..plans import read_plans
from ..providers import read_providers
from ..settings import Settings


def passwords(settings: Settings) -> BcryptPasswords:
    """Hash with the pepper of this installation."""
    secrets = SecretFiles(settings.home / "secrets")
    return BcryptPasswords(secrets.password_pepper, cost=settings.password_cost)


def sealer(settings: Settings) -> Sealer:
    """Seal what the database keeps with the keys of this installation."""
    return Sealer(SecretFiles(settings.home / "secrets").sealing_keys)


def refresh_secrets(settings: Settings) -> FollowingSecrets:
    return FollowingSecrets(SecretFiles(settings.home / "secrets").refresh_key)


def access_tokens(settings: Settings, database: Database, clock: Clock, ids: Ids) -> PostgresAccessTokens:
    """Tokens of this installation, which is named by where people call it."""
    return PostgresAccessTokens(database, sealer(settings), clock, ids, settings.public_url or "analisa")


def of_the_installation(settings: Settings) -> frozenset[str]:
    """The organisations without which commands on the machine would act for nobody."""
    return frozenset({settings.organisation, LOCAL, DEMONSTRATION})


def outside_providers(settings: Settings, clock: Clock) -> Providers:
    """The providers that the settings name."""
    named = read_providers(settings.providers_file)
    from ...adapters.oauth.providers import OpenIdProviders  # noqa: PLC0415  Authlib is for who signs in by one

    return OpenIdProviders(named, clock)


class Identity(containers.DeclarativeContainer):
    settings = providers.Dependency(instance_of=Settings)
    database = providers.Dependency(instance_of=Database)
    clock: providers.Dependency[Clock] = providers.Dependency()
    ids: providers.Dependency[Ids] = providers.Dependency()
    cache: providers.Dependency[Cache] = providers.Dependency()

    identity = providers.Singleton(PostgresIdentity, database, ids, providers.Callable(sealer, settings))
    views = providers.Singleton(PostgresIdentityViews, database)
    guesses = providers.Singleton(PostgresGuesses, database)
    credentials = providers.Singleton(KeptCredentials, providers.Singleton(PostgresCredentials, database), cache)
    plans = providers.Singleton(read_plans, settings.provided.plans_file)
    entitlements = providers.Singleton(
        PostgresEntitlements, database, plans, clock, providers.Object({**LISTS, **SAVED_SEARCHES})
    )
    passwords = providers.Singleton(passwords, settings)
    codes = providers.Singleton(Codes, identity, guesses, ids)
    factors = providers.Singleton(
        SecondFactorsHandler,
        identity,
        passwords,
        guesses,
        providers.Singleton(TimedPasswords),
        credentials,
        clock,
    )
    sign_in = providers.Factory(SignInHandler, identity, views, passwords, guesses, codes, factors, ids)
    access_tokens = providers.Singleton(access_tokens, settings, database, clock, ids)
    tokens = providers.Factory(
        TokensHandler,
        sign_in,
        identity,
        access_tokens,
        providers.Singleton(refresh_secrets, settings),
        credentials,
        clock,
        ids,
    )
    sessions = providers.Factory(SessionsHandler, identity, credentials)
    accounts = providers.Factory(AccountsHandler, identity, passwords, guesses, credentials, clock, ids)
    members = providers.Factory(MembersHandler, identity, views, credentials, ids)
    roles = providers.Factory(RolesHandler, identity, views, credentials, entitlements)
    workspaces = providers.Factory(WorkspacesHandler, identity, views, credentials, entitlements, ids)
    moving = providers.Factory(MovingHandler, identity, credentials, codes, clock, ids)
    registration = providers.Factory(
        RegistrationHandler,
        identity,
        passwords,
        accounts,
        codes,
        clock,
        ids,
        open_to_all=settings.provided.open_registration,
    )
    invitations = providers.Factory(
        InvitationsHandler, identity, views, passwords, credentials, entitlements, clock, ids
    )
    organisations = providers.Factory(
        OrganisationsHandler,
        identity,
        views,
        credentials,
        clock,
        ids,
        open_to_all=settings.provided.open_registration,
        kept=providers.Callable(of_the_installation, settings),
    )
    outside_providers = providers.Singleton(outside_providers, settings, clock)
    outside = providers.Factory(
        OutsideHandler,
        identity,
        outside_providers,
        sign_in,
        factors,
        guesses,
        clock,
        ids,
        open_to_all=settings.provided.open_registration,
    )
    keys = providers.Factory(KeysHandler, identity, views, credentials, entitlements, clock, ids)
