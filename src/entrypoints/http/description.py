"""The API's own description: OpenAPI 3.1 as JSON, and the same as a page that needs no network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec
from litestar import Litestar, Request, Router
from litestar.datastructures import ResponseHeader
from litestar.enums import MediaType, OpenAPIMediaType
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import License, Server, Tag

from ... import __version__
from ...application.exporting.ports import Format
from .access import CSRF, OPEN, SIGNED_IN, needs, permissions_of
from .bounds import bounded
from .cookies import SESSION
from .custom_fields import FieldWanted
from .discovery import Wanted
from .editing import InfluencerEdit, NewInfluencer
from .examples import EXAMPLES
from .examples_bodies import BODIES
from .examples_jobs import UPLOAD
from .exports import MEDIA_TYPES, NewExport
from .invitations import Acceptance, NewInvitation
from .keys import NewKey
from .lists import ListEdit, ListMembers, NewList
from .members import GivenRole
from .merging import Other, Part
from .moving import AddressToCome
from .niches import Verdict
from .notes import FieldValue, NewPrice, NoteText, Tagging
from .notices import ReadNotices
from .organisations import Ending, NewOrganisation, NewOwner, OrganisationName
from .outside import Going, SecondFactorCode
from .page import POLICY, page
from .people import MyEdit, NewPassword
from .registering import Forgotten, NewAccount, Reset, ShownCode
from .roles import RolePermissions
from .saved_searches import NewSavedSearch, Question, SavedSearchEdit
from .second_factors import FirstCode, Shown
from .signing_in import Credentials
from .tokens import ShownRefresh
from .workspaces import NewWorkspace, WorkRole, WorkspaceEdit

_DESCRIPTION: Final = """Creators' data in, figures anyone can recompute out.

People sign in, programs send an API key; `x-permission` says what a route needs. `organisation` names the organisation
that a request is about. Missing values are null, never 0. Instants are UTC. Lists come page by page:
`next_cursor` of one page is `cursor` of the next, and null on the last. Parameters that a route does not know are
refused. Refusals are RFC 9457 problems with a stable `code`, and every answer names its request in `X-Request-Id`.
"""

_TAGS: Final = {
    "identity": "Who calls: signing in, one's own account, members of the organisation, and API keys",
    "influencers": "People and brands: found, made known, changed",
    "lists": "Lists of influencers and saved searches: the organisation's, a workspace's, or one's own",
    "notes": "What the organisation keeps of influencers: tags, notes, fields of its own, prices",
    "views": "What the app opens, one request each",
    "profiles": "Readings and posts of one profile",
    "scores": "Social Scores: what they are made of, their history, and the receipt that proves them",
    "imports": "Files sent in, and what became of every row",
    "exports": "Lists as files to take away",
    "catalogue": "What this installation can do",
    "operations": "For whoever looks after the installation",
}


_SCHEMES: Final = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION,
        "description": f"For the app: `POST /api/v1/auth/login` sets it; by TLS it is called `__Host-{SESSION}`. What changes something needs `{CSRF}` beside it.",
    },
    "accessToken": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "For programs that act for a user: `POST /api/v1/auth/tokens` gives one for 15 minutes. It is "
        "signed and read by RFC8725.",
    },
    "apiKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "For programs: an API key of an organisation, which `POST /api/v1/keys` makes, or "
        "`analisa keys add`. Where it is sent no cookie counts.",
    },
    "sameOrigin": {
        "type": "apiKey",
        "in": "header",
        "name": "Origin",
        "description": "The ways in ask for nothing but what is in their body: a password, a code that was mailed, a "
        "refresh token. None is taken from a page of another site: an `Origin`, where there is one, is this address itself.",
    },
}
_OF_THE_SIGNED_IN: Final[list[dict[str, list[str]]]] = [{"session": []}, {"accessToken": []}]
_WAYS_IN: Final[list[dict[str, list[str]]]] = [{"sameOrigin": []}]
_ANY: Final[list[dict[str, list[str]]]] = [{"session": []}, {"accessToken": []}, {"apiKey": []}]
_EVERYWHERE: Final[Mapping[str, Any]] = {
    "X-Request-Id": {
        "description": "Names the request in log lines; the caller's own where it sent a plain one",
        "schema": {"type": "string", "maxLength": 64, "pattern": "^[A-Za-z0-9._-]+$"},
    },
    "Access-Control-Allow-Origin": {
        "description": "The address that was asked: pages of other sites may not read the answer",
        "schema": {"type": "string", "maxLength": 300},
    },
    "RateLimit-Policy": {
        "description": "How many requests (`q`) of an address, a caller and an organisation are answered in how many seconds (`w`)",
        "schema": {"type": "string", "maxLength": 300},
    },
    "RateLimit": {
        "description": "How many requests are left (`r`), and in how many seconds (`t`) all of them will be",
        "schema": {"type": "string", "maxLength": 300},
    },
}
_RETRY_AFTER: Final = {
    "description": "After so many seconds it may be tried again",
    "schema": {"type": "integer", "minimum": 0, "maximum": 86_400},
}
_CHALLENGE: Final = {
    "description": "How to show who calls",
    "schema": {"type": "string", "maxLength": 20},
}
_HTTP_DATE: Final = {
    "description": "When the file was written, as `Fri, 27 Nov 2026 00:23:10 GMT`",
    "schema": {"type": "string", "maxLength": 40},
}
_FILE: Final = {"type": "string", "contentMediaType": MEDIA_TYPES[Format.JSONL]}
_ALWAYS_THERE: Final = {"Found": ["influencer_id"], "FoundProfile": list[str]()}
"""Schemas of rows that `fields=` trims, and which of their parts stay."""


_BODIES: Final = (
    NewExport,
    NewInfluencer,
    InfluencerEdit,
    Wanted,
    Verdict,
    Credentials,
    ShownRefresh,
    NewAccount,
    Forgotten,
    ShownCode,
    Reset,
    NewInvitation,
    Acceptance,
    ReadNotices,
    FirstCode,
    Going,
    SecondFactorCode,
    NewOrganisation,
    OrganisationName,
    Ending,
    NewOwner,
    Shown,
    MyEdit,
    NewPassword,
    GivenRole,
    AddressToCome,
    NewList,
    ListEdit,
    ListMembers,
    Tagging,
    NoteText,
    FieldValue,
    NewPrice,
    FieldWanted,
    Other,
    Part,
    Question,
    NewSavedSearch,
    SavedSearchEdit,
    RolePermissions,
    NewWorkspace,
    WorkspaceEdit,
    WorkRole,
    NewKey,
)
"""What is sent says itself what it is: the framework sees no bounds inside of lists and mappings, nor that no more is taken."""


def configuration() -> OpenAPIConfig:
    """Say how the description is made and where it stands: `/schema` and `/schema/openapi.json`."""
    return OpenAPIConfig(
        title="Analisa",
        version=__version__,
        description=_DESCRIPTION,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        servers=[Server(url="/", description="This installation, local or wherever it runs")],
        tags=[Tag(name=name, description=meaning) for name, meaning in _TAGS.items()],
        openapi_router=Router(
            "/schema",
            route_handlers=[],
            include_in_schema=False,
            opt=needs(OPEN),
            response_headers=[ResponseHeader(name="content-security-policy", value=POLICY)],
        ),
        render_plugins=[_Json(path="/openapi.json", media_type=OpenAPIMediaType.OPENAPI_JSON), _Page(path="/")],
        use_handler_docstrings=True,
    )


def described(app: Litestar) -> dict[str, Any]:
    """Return the description of *app*, with what cannot be read off the handlers: examples, and the body of an upload."""
    document: dict[str, Any] = app.openapi_schema.to_schema()
    needed = permissions_of(app)
    paths: dict[str, dict[str, Any]] = document["paths"]
    told = {
        path: {method: _completed(method, each, needed[each["operationId"]]) for method, each in item.items()}
        for path, item in paths.items()
    }
    whole = {
        **document,
        "servers": [{**server, "x-internal": True} for server in document["servers"]],
        "paths": told,
        "components": {**_exact(document["components"]), "securitySchemes": _SCHEMES},
    }
    return cast("dict[str, Any]", bounded(whole))


def _exact(components: Mapping[str, Any]) -> dict[str, Any]:
    """What the framework cannot see: rows that `fields=` trims have all of their parts only where nobody asks for some."""
    schemas: dict[str, dict[str, Any]] = components["schemas"]
    told = {name: {**schemas[name], "required": parts} for name, parts in _ALWAYS_THERE.items()}
    _, bodies = msgspec.json.schema_components(_BODIES, ref_template="#/components/schemas/{name}")
    return {**components, "schemas": {**schemas, **told, **bodies}}


def _completed(method: str, operation: Mapping[str, Any], permission: str) -> dict[str, Any]:
    name = operation["operationId"]
    summary = operation["description"].partition("\n")[0].partition(". ")[0].rstrip(".")
    body = _body(UPLOAD if name == "createImport" else operation.get("requestBody"), BODIES.get(name))
    answers = _with_example(operation["responses"], EXAMPLES.get(name))
    if name == "downloadExport":
        answers = {**answers, "200": _file(answers["200"])}
    return {
        **operation,
        **body,
        "security": _security(method, permission),
        "x-permission": permission,
        "summary": summary,
        "responses": {
            code: {**_without_body(code, answer), "headers": {**answer.get("headers", {}), **_headers(code)}}
            for code, answer in answers.items()
        },
    }


def _security(method: str, permission: str) -> list[dict[str, list[str]]]:
    if permission == OPEN:
        return [] if method == "get" else _WAYS_IN
    return _OF_THE_SIGNED_IN if permission == SIGNED_IN else _ANY


def _without_body(code: str, answer: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: part for name, part in answer.items() if name != "content" or code != "204"}


def _file(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """A file of either format; the framework knows of one, and takes the date in its head for another notation."""
    ((_, shown),) = answer["content"].items()
    kinds = {kind: shown if kind == MEDIA_TYPES[Format.CSV] else {"schema": _FILE} for kind in MEDIA_TYPES.values()}
    return {**answer, "headers": {**answer["headers"], "last-modified": _HTTP_DATE}, "content": kinds}


def _body(told: Mapping[str, Any] | None, example: Any) -> Mapping[str, Any]:
    """What is sent, with its example, where anything is."""
    if told is None:
        return {}
    ((media_type, content),) = told["content"].items()
    return {"requestBody": {**told, "content": {media_type: {**content, "example": example}}}}


def _headers(code: str) -> Mapping[str, Any]:
    """What every answer has in its head."""
    if code == "401":
        return {**_EVERYWHERE, "WWW-Authenticate": _CHALLENGE}
    waits = {"Retry-After": _RETRY_AFTER} if code in {"409", "429", "503"} else {}
    return {**_EVERYWHERE, **waits}


def _with_example(answers: Mapping[str, Any], example: Any) -> Mapping[str, Any]:
    if example is None:
        return answers
    status = next(code for code in answers if code.startswith("2"))
    ((media_type, content),) = answers[status]["content"].items()
    shown = {**answers[status], "content": {media_type: {**content, "example": example}}}
    return {**answers, status: shown}


class _Json(OpenAPIRenderPlugin):
    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002
        return self.render_json(request, described(request.app))


class _Page(OpenAPIRenderPlugin):
    def __init__(self, *, path: str) -> None:
        super().__init__(path=path, media_type=MediaType.HTML)

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002
        return page(described(request.app))
