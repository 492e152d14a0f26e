"""Examples of what is sent, by the operation that takes it; a test holds each against its schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

BODIES: Final[Mapping[str, Any]] = {
    "createInfluencer": {
        "name": "Ana Exemplo",
        "kind": "person",
        "profiles": [{"network": "instagram", "name": "@ana.exemplo"}],
    },
    "editInfluencer": {"name": "Ana Exemplo Silva"},
    "lookUpInfluencers": {"ids": ["0190f3c2-7c1e-7000-8000-00000000a11a"]},
    "signIn": {"email": "maria@example.org", "password": "quatro palavras bem longas"},
    "createTokens": {"email": "maria@example.org", "password": "quatro palavras bem longas"},
    "refreshTokens": {"refresh_token": "hB1c2w3e4r5t6y7u8i9o0pAsDfGhJkLzXcVbNm-_qQw"},
    "revokeTokens": {"refresh_token": "hB1c2w3e4r5t6y7u8i9o0pAsDfGhJkLzXcVbNm-_qQw"},
    "register": {"email": "maria@example.org", "name": "Maria Exemplo", "password": "quatro palavras bem longas"},
    "verifyAddress": {"code": "hB1c2w3e4r5t6y7u8i9o0pAsDfGhJkLzXcVbNm-_qQw"},
    "forgetPassword": {"email": "maria@example.org"},
    "resetPassword": {
        "code": "hB1c2w3e4r5t6y7u8i9o0pAsDfGhJkLzXcVbNm-_qQw",
        "password": "outras quatro palavras longas",
    },
    "invite": {"email": "joao@example.org", "role": "analyst"},
    "acceptInvitation": {
        "code": "hB1c2w3e4r5t6y7u8i9o0pAsDfGhJkLzXcVbNm-_qQw",
        "name": "João Exemplo",
        "password": "quatro palavras bem longas",
    },
    "readNotifications": {"ids": ["0190f3c2-7c1e-7000-8000-00000000c004"]},
    "confirmSecondFactor": {"code": "123456"},
    "stepUp": {"password": "quatro palavras bem longas", "code": "123456"},
    "beginProviderSignIn": {"return_to": "/"},
    "beginProviderLink": {"return_to": "/profile"},
    "finishWithSecondFactor": {"code": "123456"},
    "foundOrganisation": {"slug": "acme", "name": "Acme"},
    "endOrganisation": {"slug": "acme"},
    "handOverOrganisation": {"user_id": "0190f3c2-7c1e-7000-8000-00000000c001"},
    "renameOrganisation": {"name": "Acme do Brasil"},
    "editMe": {"locale": "en", "time_zone": "Europe/Lisbon"},
    "changePassword": {"password": "quatro palavras bem longas", "new": "outras quatro palavras longas"},
    "giveRole": {"role": "analyst"},
    "keepRole": {"permissions": ["influencers.read", "lists.read", "lists.write"]},
    "makeWorkspace": {"slug": "verao", "name": "Verão 2026"},
    "editWorkspace": {"name": "Verão"},
    "letWork": {"role": "manager"},
    "makeKey": {"name": "nightly report", "permissions": ["influencers.read", "scores.read"]},
    "judgeNiche": {"verdict": "is"},
    "createExport": {
        "list": "influencers",
        "format": "csv",
        "parameters": {"filter": "followers in 10k..50k and network = instagram", "sort": "-followers"},
        "columns": ["name", "score", "profile.handle", "profile.followers"],
    },
    "createImport": {
        "file": ["…"],
        "profile": "youtube:UC1",
        "observed_at": "2026-03-01T12:00Z",
        "on_conflict": "keep",
    },
}
