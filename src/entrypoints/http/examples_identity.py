"""Examples of answers about who calls, all of invented people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_USER: Final = "0190f3c2-7c1e-7000-8000-00000000c001"
_SESSION: Final = "0190f3c2-7c1e-7000-8000-00000000c002"
_KEY: Final = "0190f3c2-7c1e-7000-8000-00000000c003"
_CSRF: Final = "5f1c0e5b8f0c4f0a8d5d0c7a1b6f0f0be2a3d4c5f60718293a4b5c6d7e8f9012"
_READING: Final = ["catalogue.read", "influencers.read", "scores.read"]
_KEY_LINE: Final = {
    "key_id": _KEY,
    "name": "nightly report",
    "begins": "analisa_q3XvT0",
    "permissions": ["influencers.read", "scores.read"],
    "made_by": "Maria Exemplo",
    "made_at": "2026-03-01T09:00:00Z",
    "used_at": "2026-03-02T02:00:00Z",
    "expires_at": None,
    "revoked_at": None,
    "can": ["revoke"],
}
_WORKSPACE: Final = {
    "workspace_id": "0190f3c2-7c1e-7000-8000-00000000c007",
    "slug": "verao",
    "name": "Verão 2026",
    "archived": False,
    "version": 1,
    "can": ["edit", "let_work"],
}
_MEMBER: Final = {
    "user_id": _USER,
    "email": "maria@example.org",
    "name": "Maria Exemplo",
    "role": "owner",
    "joined_at": "2026-03-01T08:59:00Z",
    "can": ["give_role", "remove"],
}
_PLANNER: Final = {
    "role": "planner",
    "permissions": ["influencers.read", "lists.read", "lists.write"],
    "custom": True,
    "can": ["edit", "delete"],
}
_INVITATION: Final = {
    "invitation_id": "0190f3c2-7c1e-7000-8000-00000000c005",
    "email": "joao@example.org",
    "role": "analyst",
    "workspace_id": None,
    "invited_by": "Maria Exemplo",
    "expires_at": "2026-03-08T09:00:00Z",
    "can": ["withdraw"],
}
_PROVIDER: Final = (
    "https://accounts.example.org/authorize?response_type=code&client_id=analisa&code_challenge_method=S256"
)
_PAIR: Final = {
    "access_token": "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6Im9LSXl3dkdVIn0.eyJpc3MiOiJhbmFsaXNhIn0.c2lnbmF0dXJl",
    "token_type": "Bearer",
    "expires_in": 900,
    "refresh_token": "hB1c2w3e4r5t6y7u8i9o0pAsDfGhJkLzXcVbNm-_qQw",
}
_ME: Final = {
    "user_id": _USER,
    "email": "maria@example.org",
    "name": "Maria Exemplo",
    "locale": "pt-BR",
    "time_zone": "America/Sao_Paulo",
    "operator": False,
    "version": 3,
    "organisations": [
        {
            "slug": "local",
            "name": "This installation",
            "role": "client",
            "demonstration": False,
            "permissions": _READING,
            "ends_at": None,
            "workspaces": [
                {"slug": "verao", "name": "Verão 2026", "role": "manager", "permissions": ["lists.read", "lists.write"]}
            ],
        }
    ],
    "csrf_token": _CSRF,
}

IDENTITY: Final[Mapping[str, Any]] = {
    "listSignInMethods": {
        "password": True,
        "registration": False,
        "providers": [{"provider": "google", "name": "Google"}],
    },
    "beginProviderSignIn": {"address": _PROVIDER},
    "beginProviderLink": {"address": _PROVIDER},
    "finishWithSecondFactor": {"name": "Maria Exemplo", "csrf_token": _CSRF},
    "listMyProviders": {
        "items": [
            {
                "provider": "google",
                "email": "maria@example.org",
                "linked_at": "2026-03-01T09:00:00Z",
                "used_at": "2026-03-02T08:00:00Z",
            }
        ]
    },
    "signIn": {"name": "Maria Exemplo", "csrf_token": _CSRF},
    "createTokens": _PAIR,
    "refreshTokens": _PAIR,
    "getKeySet": {
        "keys": [
            {
                "kty": "EC",
                "crv": "P-256",
                "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
                "kid": "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U",
                "use": "sig",
                "alg": "ES256",
            }
        ]
    },
    "register": {"state": "mail_on_its_way"},
    "forgetPassword": {"state": "mail_on_its_way"},
    "verifyAddress": {"email": "maria@example.org"},
    "wantAddress": {"state": "mail_on_its_way"},
    "changeAddress": {"email": "maria.nova@example.org"},
    "acceptInvitation": {"email": "joao@example.org"},
    "invite": _INVITATION,
    "listInvitations": {"items": [_INVITATION]},
    "listNotifications": {
        "items": [
            {
                "notice_id": "0190f3c2-7c1e-7000-8000-00000000c004",
                "kind": "signed_in_elsewhere",
                "facts": {"device": "Firefox/140"},
                "made_at": "2026-03-01T09:00:00Z",
                "read_at": None,
            }
        ],
        "unread": 1,
        "next_cursor": None,
    },
    "readNotifications": {"notices": 1},
    "listAudit": {
        "items": [
            {
                "number": 7,
                "at": "2026-03-01T09:00:00.120000Z",
                "actor": _USER,
                "actor_name": "Maria Exemplo",
                "action": "exports.requested",
                "subject": "export:0190f3c2-7c1e-7000-8000-00000000e001",
                "details": {"list": "influencers"},
                "hash": _CSRF,
            }
        ],
        "next_cursor": None,
    },
    "beginSecondFactor": {
        "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        "uri": "otpauth://totp/Analisa:maria%40example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Analisa",
    },
    "confirmSecondFactor": {"codes": ["mfrggzdfmztwq2lknbswy3dp", "nbswy3dpeb3w64tmmqqhg5lo"]},
    "stepUp": {"csrf_token": _CSRF},
    "endOrganisation": {"ends_at": "2026-03-15T09:00:00Z"},
    "foundOrganisation": {
        "organisation_id": "0190f3c2-7c1e-7000-8000-00000000c006",
        "slug": "acme",
        "name": "Acme",
        "role": "owner",
    },
    "getMe": _ME,
    "editMe": _ME,
    "listMySessions": {
        "items": [
            {
                "session_id": _SESSION,
                "current": True,
                "device": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "address": "127.0.0.1",
                "begun_at": "2026-03-01T09:00:00Z",
                "seen_at": "2026-03-02T17:20:00Z",
                "expires_at": "2026-03-31T09:00:00Z",
            }
        ]
    },
    "endMyOtherSessions": {"sessions": 2},
    "listMembers": {"items": [_MEMBER]},
    "listRoles": {
        "items": [{"role": "client", "permissions": _READING, "custom": False, "can": []}, _PLANNER],
        "permissions": [{"name": "scores.read", "meaning": "see scores, their history and receipts"}],
    },
    "keepRole": _PLANNER,
    "listWorkspaces": {"items": [_WORKSPACE]},
    "makeWorkspace": _WORKSPACE,
    "editWorkspace": {**_WORKSPACE, "name": "Verão", "version": 2},
    "listWorkspaceMembers": {"items": [{**_MEMBER, "role": "manager", "can": []}]},
    "getPlan": {
        "plan": "unlimited",
        "features": ["alerts", "api_keys", "custom_roles"],
        "missing": [],
        "entitlements": [
            {"entitlement": "exports", "per": "month", "used": 3, "most": None, "remaining": None},
            {"entitlement": "members", "per": "organisation", "used": 4, "most": None, "remaining": None},
        ],
        "month_ends_at": "2026-04-01T00:00:00Z",
    },
    "listKeys": {"items": [_KEY_LINE]},
    "makeKey": {"key": {**_KEY_LINE, "used_at": None}, "secret": "analisa_q3XvT0bM7vG2n1sYc9dKf5hJwLrPzQxU4eAoBiCtEmg"},
}
