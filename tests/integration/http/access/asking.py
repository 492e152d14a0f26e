"""How each operation is asked, so that whoever may is answered well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from analisa.entrypoints.http.examples_bodies import BODIES


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What goes along with an operation, and what kind of thing it is about."""

    about: str = "nothing"
    json: Any = None
    params: Mapping[str, Any] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    """Parts of the path that are not the thing; `{member}` is the id of a member of here."""
    headers: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Any] | None = None


MATCHING: Final = {"If-Match": "*"}
_CSV: Final = b"network,profile_id,handle\ninstagram,access-1,access.one\n"


def _key() -> dict[str, str]:
    return {"Idempotency-Key": uuid4().hex}


def _address() -> str:
    return f"{uuid4().hex[:12]}@example.org"


def asked(operation: str, variant: str, thing: str) -> Asked:
    """How *operation* is asked about *thing*; a *variant* is asked with other parameters."""
    if variant:
        return _variants(thing)[operation, variant]
    for group in (_of_influencers, _of_kept, _of_files, _of_accounts, _of_organisations):
        there = group(thing)
        if operation in there:
            return there[operation]
    return Asked()


def _of_influencers(thing: str) -> Mapping[str, Asked]:
    """About influencers, profiles and figures."""
    return {
        "createInfluencer": Asked(json={"name": "Somebody new"}, headers=_key()),
        "lookUpInfluencers": Asked(about="influencer", json={"ids": [thing]}),
        "getInfluencer": Asked(about="influencer"),
        "editInfluencer": Asked(about="influencer", json={"name": "Another name"}, headers=MATCHING),
        "archiveInfluencer": Asked(about="influencer", headers=MATCHING),
        "restoreInfluencer": Asked(about="archived influencer", headers=MATCHING),
        "getNiches": Asked(about="influencer"),
        "judgeNiche": Asked(about="influencer", json=BODIES["judgeNiche"]),
        "withdrawNiche": Asked(about="influencer"),
        "viewInfluencer": Asked(about="influencer", params={"tab": "audience"}),
        "getInfluencerSeries": Asked(about="influencer", params={"metric": "followers"}),
        "viewComparison": Asked(about="influencer", params={"ids": f"{thing},{{mine}}"}),
        "viewBenchmark": Asked(params={"filter": "followers >= 1"}),
        "getProfileSeries": Asked(about="profile", params={"metric": "followers"}),
        "listPosts": Asked(about="profile"),
        "getScore": Asked(about="profile"),
        "getScoreHistory": Asked(about="profile"),
        "getReceipt": Asked(about="profile"),
        "mergeInfluencers": Asked(about="influencer", json={"influencer_id": "{twin}"}, headers=MATCHING),
        "splitInfluencer": Asked(
            about="influencer",
            json={"name": "Other", "profiles": [{"network": "instagram", "name": "part"}]},
            headers={**MATCHING, **_key()},
        ),
        "listIdentityChanges": Asked(about="influencer"),
        "undoIdentityChange": Asked(about="identity change"),
    }


def _of_kept(thing: str) -> Mapping[str, Asked]:
    """About what the organisation keeps of influencers."""
    return {
        "makeList": Asked(json={"name": "Somebody's"}, headers=_key()),
        "getList": Asked(about="list"),
        "editList": Asked(about="list", json={"name": "Another name"}, headers=MATCHING),
        "deleteList": Asked(about="list", headers=MATCHING),
        "listListed": Asked(about="list"),
        "addToList": Asked(about="list", json={"ids": ["{mine}"]}),
        "removeFromList": Asked(about="list", json={"ids": ["{mine}"]}),
        "tagInfluencers": Asked(about="influencer", json={"ids": [thing], "add": ["vip"]}),
        "getKept": Asked(about="influencer"),
        "listNotes": Asked(about="influencer"),
        "writeNote": Asked(about="influencer", json=BODIES["writeNote"], headers=_key()),
        "editNote": Asked(about="note", json=BODIES["editNote"], headers=MATCHING),
        "deleteNote": Asked(about="note", headers=MATCHING),
        "fillField": Asked(about="influencer", json={"value": "M"}, path={"key": "size"}),
        "listPrices": Asked(about="influencer"),
        "notePrice": Asked(about="influencer", json=BODIES["notePrice"], headers=_key()),
        "keepCustomField": Asked(json={"label": "Made", "kind": "text"}, path={"key": f"made_{uuid4().hex[:8]}"}),
        "deleteCustomField": Asked(about="field", path={"key": thing or "nothing"}),
        "saveSearch": Asked(json=BODIES["saveSearch"], headers=_key()),
        "getSavedSearch": Asked(about="search"),
        "editSavedSearch": Asked(about="search", json={"name": "Another name"}, headers=MATCHING),
        "deleteSavedSearch": Asked(about="search", headers=MATCHING),
    }


def _of_files(_: str) -> Mapping[str, Asked]:
    """About files that come and go."""
    return {
        "createImport": Asked(files={"file": ("a.csv", _CSV)}, headers=_key()),
        "getImport": Asked(about="import"),
        "listFindings": Asked(about="import"),
        "followImport": Asked(about="import"),
        "createExport": Asked(json={"list": "influencers"}, headers=_key()),
        "getExport": Asked(about="export"),
        "followExport": Asked(about="export"),
        "downloadExport": Asked(about="export"),
    }


def _of_accounts(thing: str) -> Mapping[str, Asked]:
    """About people themselves."""
    return {
        "signIn": Asked(json={**BODIES["signIn"], "email": _address()}),
        "createTokens": Asked(json={**BODIES["createTokens"], "email": _address()}),
        "refreshTokens": Asked(json=BODIES["refreshTokens"]),
        "revokeTokens": Asked(json=BODIES["revokeTokens"]),
        "register": Asked(json={**BODIES["register"], "email": _address()}),
        "verifyAddress": Asked(json=BODIES["verifyAddress"]),
        "forgetPassword": Asked(json={"email": _address()}),
        "resetPassword": Asked(json=BODIES["resetPassword"]),
        "acceptInvitation": Asked(json=BODIES["acceptInvitation"]),
        "editMe": Asked(json={"locale": "en"}, headers=MATCHING),
        "changePassword": Asked(json=BODIES["changePassword"]),
        "endMySession": Asked(about="session"),
        "beginProviderSignIn": Asked(json=BODIES["beginProviderSignIn"]),
        "beginProviderLink": Asked(json=BODIES["beginProviderLink"]),
        "finishWithSecondFactor": Asked(json=BODIES["finishWithSecondFactor"]),
        "confirmSecondFactor": Asked(json=BODIES["confirmSecondFactor"]),
        "removeSecondFactor": Asked(),
        "stepUp": Asked(json={"password": "quatro palavras bem longas"}),
        "readNotifications": Asked(about="notice", json={"ids": [thing]}),
        "wantAddress": Asked(json={"email": _address()}),
        "changeAddress": Asked(json=BODIES["changeAddress"]),
    }


def _of_organisations(thing: str) -> Mapping[str, Asked]:
    """About the organisation and who belongs to it."""
    return {
        "foundOrganisation": Asked(json={"slug": f"o-{uuid4().hex[:8]}", "name": "Another"}),
        "endOrganisation": Asked(json={"slug": "another-one"}),
        "handOverOrganisation": Asked(about="user", json={"user_id": thing or str(uuid4())}),
        "renameOrganisation": Asked(json={"name": "Here"}),
        "invite": Asked(json={"email": _address(), "role": "client"}),
        "withdrawInvitation": Asked(about="invitation"),
        "giveRole": Asked(about="user", json={"role": "creator"}),
        "removeMember": Asked(about="user"),
        "keepRole": Asked(json=BODIES["keepRole"]),
        "deleteRole": Asked(about="role", path={"role": thing or "planner"}),
        "makeWorkspace": Asked(json={"slug": f"w-{uuid4().hex[:8]}", "name": "A brand"}, headers=_key()),
        "editWorkspace": Asked(about="workspace", json={"name": "Another name"}, headers=MATCHING),
        "listWorkspaceMembers": Asked(about="workspace"),
        "letWork": Asked(about="workspace", json={"role": "client"}, path={"user_id": "{member}"}),
        "endWork": Asked(about="workspace", path={"user_id": "{member}"}),
        "makeKey": Asked(json={"name": "made", "permissions": ["catalogue.read"]}),
        "revokeKey": Asked(about="key"),
    }


def _variants(thing: str) -> Mapping[tuple[str, str], Asked]:
    """Asked with other parameters."""
    return {
        ("listInfluencers", "search"): Asked(params={"q": "sample"}),
        ("listInfluencers", "filter"): Asked(params={"filter": "followers >= 1"}),
        ("listInfluencers", "sort"): Asked(params={"sort": "-followers"}),
        ("listInfluencers", "facets"): Asked(params={"facets": "network,country,niche"}),
        ("listInfluencers", "tag"): Asked(params={"filter": "tag = vip"}),
        ("listInfluencers", "list"): Asked(about="list", params={"filter": f"list = {thing}"}),
        ("listInfluencers", "fields"): Asked(params={"fields": "name"}),
        ("viewInfluencer", "score"): Asked(about="influencer", params={"tab": "score"}),
        ("createExport", "activity"): Asked(json={"list": "activity"}, headers=_key()),
        ("createExport", "posts"): Asked(
            about="profile", json={"list": "posts", "parameters": {"profile": thing}}, headers=_key()
        ),
        ("createExport", "findings"): Asked(
            about="import", json={"list": "findings", "parameters": {"import_id": thing}}, headers=_key()
        ),
        ("getReceipt", "public"): Asked(about="profile", params={"public": "true"}),
    }
