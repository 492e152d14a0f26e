"""The account with which people look at the demonstration: made with it, and always the same on one installation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...application.shared.actor import Actor
    from ..container import Application

EMAIL = "demo@example.org"


async def demonstration_sign_in(application: Application, actor: Actor) -> str:
    """Make sure that the demonstration can be signed in to, and return the password."""
    from ...adapters.files.secrets import SecretFiles  # noqa: PLC0415  the command line starts light
    from ...application.identity.accounts import CreateUser  # noqa: PLC0415
    from ...domain.identity.errors import EmailTaken  # noqa: PLC0415
    from ...domain.identity.permissions import Role  # noqa: PLC0415

    password = SecretFiles(application.settings.home / "secrets").demonstration_password()
    accounts = application.root.identity.accounts()
    try:
        await accounts.create(
            CreateUser(
                email=EMAIL, name="Demonstration", password=password, organisation=actor.organisation, role=Role.MANAGER
            )
        )
    except EmailTaken:
        user = await accounts.named(EMAIL)
        await accounts.join(user.id, actor.organisation, Role.MANAGER)
        if not await application.root.identity.passwords().right(password, user.password_hash):
            await accounts.set_password(user.id, password)
    return password
