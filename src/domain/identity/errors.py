"""What can go wrong with people, their passwords and what they may do."""

from __future__ import annotations

from ..shared.errors import Conflict, NotFound, RuleViolated


class EmailRefused(RuleViolated):
    """The text is no e-mail address."""

    code = "identity.email_refused"
    part = "email"

    def __init__(self, text: str) -> None:
        super().__init__(f"{text[:80]!r} is no e-mail address; write it as maria@example.org")


class PasswordRefused(RuleViolated):
    """The password is too short or too long, or one that everybody tries first."""

    code = "identity.password_refused"
    part = "password"


class UserInvalid(RuleViolated):
    """A fact of a user is not as it may be; *part* names it."""

    code = "identity.user_invalid"

    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.part = part


class PlaceRefused(RuleViolated):
    """The place to return to is none in the app."""

    code = "identity.place_refused"
    part = "return_to"

    def __init__(self) -> None:
        super().__init__("people are led back to a place in the app alone; write its path, as /campaigns?tab=mine")


class RoleUnknown(RuleViolated):
    """There is no such role."""

    code = "identity.role_unknown"
    part = "role"

    def __init__(self, name: str, there: tuple[str, ...]) -> None:
        super().__init__(f"there is no role {name!r}; there are: {', '.join(there)}")


class RoleInvalid(RuleViolated):
    """A fact of a role is not as it may be; *part* names it."""

    code = "identity.role_invalid"

    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.part = part


class RoleInUse(Conflict):
    """Somebody has the role, or is invited to it."""

    code = "identity.role_in_use"

    def __init__(self, name: str, holders: int) -> None:
        super().__init__(f"{holders} people have the role {name}, or are invited to it; give them another one first")


class WorkspaceInvalid(RuleViolated):
    """A fact of a workspace is not as it may be; *part* names it."""

    code = "identity.workspace_invalid"

    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.part = part


class WorkspaceTaken(Conflict):
    """Another workspace of the organisation has the short name."""

    code = "identity.workspace_taken"
    part = "slug"

    def __init__(self, slug: str) -> None:
        super().__init__(f"there is a workspace {slug!r} here already; take another short name")


class PermissionUnknown(RuleViolated):
    """There is no such permission, or whoever asks does not have it to give away."""

    code = "identity.permission_unknown"
    part = "permissions"


class EmailTaken(Conflict):
    """Somebody has an account under that address."""

    code = "identity.email_taken"
    part = "email"

    def __init__(self, email: str) -> None:
        super().__init__(f"there is an account under {email} already; sign in, or ask for a new password")


class OrganisationInvalid(RuleViolated):
    """A fact of an organisation is not as it may be; *part* names it."""

    code = "identity.organisation_invalid"

    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.part = part


class SlugTaken(Conflict):
    """Another organisation has the short name."""

    code = "identity.slug_taken"
    part = "slug"

    def __init__(self, slug: str) -> None:
        super().__init__(f"there is an organisation {slug!r} already; take another short name")


class UserNotFound(NotFound):
    """Nobody has an account by that name."""

    code = "identity.user_not_found"

    def __init__(self, name: str) -> None:
        super().__init__(f"nobody has an account under {name} here")


class CodeRefused(RuleViolated):
    """The code is not good: it was used, its time is over, or there never was such a one."""

    code = "identity.code_refused"
    part = "code"

    def __init__(self) -> None:
        super().__init__("this code is not good (any more); ask for a new mail, and use the newest")


class AddressUnverified(RuleViolated):
    """The password is right, and the address was never shown to be theirs."""

    code = "identity.address_unverified"

    def __init__(self, email: str) -> None:
        super().__init__(f"show first that {email} is yours: a mail with a code is on its way")


class SecondFactorNeeded(RuleViolated):
    """The password is right, and a code of the second device is needed too."""

    code = "identity.second_factor_needed"
    part = "code"

    def __init__(self) -> None:
        super().__init__("send a code of your authenticator too, or a recovery code, as `code`")


class SecondFactorWrong(RuleViolated):
    """The code is not good, or was shown before."""

    code = "identity.second_factor_wrong"
    part = "code"

    def __init__(self) -> None:
        super().__init__("this code is not good; wait for the next one of your authenticator, each is good once")


class SecondFactorThere(Conflict):
    """The account has a second factor already."""

    code = "identity.second_factor_there"

    def __init__(self) -> None:
        super().__init__("your account has a second factor already; remove it first")


class LastOwner(Conflict):
    """An organisation always has an owner."""

    code = "identity.last_owner"

    def __init__(self) -> None:
        super().__init__("this is the organisation's last owner; make somebody else an owner first")
