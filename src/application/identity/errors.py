"""What can go wrong when people sign in and are let in."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from uuid import UUID

from ...domain.shared.errors import Conflict, NotFound, Outdated, RuleViolated, Unavailable
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


class ProviderUnknown(NotFound):
    """There is no such provider here."""

    code = "identity.provider_unknown"

    def __init__(self, name: str) -> None:
        super().__init__(f"nobody signs in by {name!r} here; GET /api/v1/auth/methods has the providers")


class ProviderUnavailable(Unavailable):
    """The provider does not answer, or not as it should."""

    code = "identity.provider_unavailable"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} does not answer as it should; try again, or sign in with your password")


class ProviderRefused(RuleViolated):
    """The provider let nobody in, or what it says cannot be trusted."""

    code = "identity.provider_refused"

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"signing in by {name} did not succeed ({why}); begin again")


class FlowUnknown(RuleViolated):
    """Nobody began to sign in like this, on this device and lately."""

    code = "identity.flow_unknown"

    def __init__(self) -> None:
        super().__init__("this way in was not begun on this device, or too long ago, or was used; begin again")


class LinkFirst(Conflict):
    """The address has an account, and being called so by a provider does not make it theirs."""

    code = "identity.link_first"

    def __init__(self) -> None:
        super().__init__(
            "there is an account under the address that the provider names; sign in to it as before, and link the provider"
        )


class LinkedElsewhere(Conflict):
    """The account at the provider is linked to another one here, or another one to this."""

    code = "identity.linked_elsewhere"

    def __init__(self) -> None:
        super().__init__("that account at the provider belongs to another account here, or yours has another one there")


class LastWayIn(Conflict):
    """Without the provider nobody could sign in any more."""

    code = "identity.last_way_in"

    def __init__(self) -> None:
        super().__init__("this is your only way in; choose a password first (POST /api/v1/auth/password/forgotten)")


class AddressUnsure(RuleViolated):
    """The provider names no address, or one that it has not made sure of, and an account needs one."""

    code = "identity.address_unsure"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} does not vouch for an e-mail address of yours; make an account with your address and a password, and "
            f"link {name} then"
        )


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


class UserOutdated(Outdated):
    """Somebody else changed the user since it was read."""

    code = "identity.user_outdated"

    def __init__(self, version: int) -> None:
        super().__init__("the account", version=version)


class WorkspaceNotFound(NotFound):
    """There is no such workspace, or it is another organisation's, or nobody let you into it."""

    code = "identity.workspace_not_found"

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no workspace {name} here")


class PlanUnknown(RuleViolated):
    """There is no such plan."""

    code = "identity.plan_unknown"
    part = "plan"

    def __init__(self, name: str, there: tuple[str, ...]) -> None:
        super().__init__(f"there is no plan {name!r}; there are: {', '.join(there)}")


class RoleNotFound(NotFound):
    """The organisation has not made such a role."""

    code = "identity.role_not_found"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"the organisation has made no role {name!r}; those that there are everywhere stay as they are"
        )
