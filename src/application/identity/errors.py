"""What can go wrong when people sign in and are let in."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from uuid import UUID

from ...domain.shared.errors import Conflict, NotFound, RuleViolated
from ..shared.actor import NotPermitted


class NotSignedIn(RuleViolated):
    """Nobody is named, or by something that is not good any more."""

    code = "identity.not_signed_in"

    def __init__(self) -> None:
        super().__init__(
            "sign in, or send an API key: Authorization: Bearer …; what was sent, if anything, is not good (any more)"
        )


class WrongCredentials(RuleViolated):
    """The address and the password do not belong together; which of them is wrong is not told."""

    code = "identity.wrong_credentials"

    def __init__(self) -> None:
        super().__init__("no account has this address and this password; check both, or ask for a new password")


class TooManyTries(Conflict):
    """Somebody guesses, and has to wait."""

    code = "identity.too_many_tries"

    def __init__(self, wait: timedelta) -> None:
        self.retry_after_s = max(1, ceil(wait.total_seconds()))
        super().__init__(
            f"that was tried too often; wait {self.retry_after_s} s, or sign in on a device that you used before"
        )


class NoOrganisation(RuleViolated):
    """The user belongs to no organisation, so there is nothing to see."""

    code = "identity.no_organisation"

    def __init__(self) -> None:
        super().__init__("you belong to no organisation yet; ask one of its owners to add you")


class RegistrationClosed(NotPermitted):
    """Nobody makes an account for themselves here."""

    code = "identity.registration_closed"

    def __init__(self) -> None:
        super().__init__("accounts are made by invitation here; ask somebody who has one (ANALISA_REGISTRATION)")


class StepUpNeeded(NotPermitted):
    """Whoever signed in a while ago shows again who they are before they do this."""

    code = "identity.step_up_needed"

    def __init__(self) -> None:
        super().__init__("show again who you are (POST /api/v1/auth/step-up), and ask again")


class SignInFirst(Conflict):
    """The invited address has an account, and whoever shows the code is not signed in to it."""

    code = "identity.sign_in_first"

    def __init__(self, email: str) -> None:
        super().__init__(f"there is an account under {email} already; sign in to it, and accept then")


class InvitationNotFound(NotFound):
    """There is no such invitation, or it is another organisation's."""

    code = "identity.invitation_not_found"

    def __init__(self, invitation_id: UUID) -> None:
        super().__init__(f"the organisation has no open invitation {invitation_id}")


class SessionNotFound(NotFound):
    """There is no such session, or it is somebody else's."""

    code = "identity.session_not_found"

    def __init__(self, session_id: UUID) -> None:
        super().__init__(f"you have no session {session_id}")


class KeyNotFound(NotFound):
    """There is no such API key, or it is another organisation's."""

    code = "identity.key_not_found"

    def __init__(self, key_id: UUID) -> None:
        super().__init__(f"the organisation has no API key {key_id}")


class MemberNotFound(NotFound):
    """The user is no member of the organisation."""

    code = "identity.member_not_found"

    def __init__(self, user_id: UUID) -> None:
        super().__init__(f"user {user_id} does not belong to the organisation")


class UserOutdated(Conflict):
    """Somebody else changed the user since it was read."""

    code = "identity.user_outdated"

    def __init__(self, version: int) -> None:
        super().__init__(
            f"the account is at version {version} by now; read it again, and make the change on what it says"
        )
        self.version = version
