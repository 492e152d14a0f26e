"""The API's own description: OpenAPI 3.1 as JSON, and the same as a page that needs no network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from litestar import Request, Router
from litestar.datastructures import ResponseHeader
from litestar.enums import MediaType, OpenAPIMediaType
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import License, Server, Tag

from ... import __version__
from .access import OPEN, needs
from .examples import EXAMPLES
from .examples_jobs import UPLOAD
from .page import POLICY, page

_DESCRIPTION: Final = """Creators' data in, figures anyone can recompute out.

Until there are accounts the API listens on 127.0.0.1 only and acts as one local operator; `organisation` names the
organisation that a request is about. Missing values are null, never 0. Instants are UTC. Lists come page by page:
`next_cursor` of one page is `cursor` of the next, and null on the last. Parameters that a route does not know are
refused. Refusals are RFC 9457 problems with a stable `code`, and every answer names its request in `X-Request-Id`.
"""

_TAGS: Final = {
    "influencers": "People and brands: found, made known, changed",
    "views": "What the app opens, one request each",
    "profiles": "Readings and posts of one profile",
    "scores": "Social Scores: what they are made of, their history, and the receipt that proves them",
    "imports": "Files sent in, and what became of every row",
    "exports": "Lists as files to take away",
    "catalogue": "What this installation can do",
    "operations": "For whoever looks after the installation",
}


_ALWAYS_THERE: Final = {"Found": ["influencer_id"], "FoundProfile": list[str]()}
"""Schemas of rows that `fields=` trims, and which of their parts stay."""


def configuration() -> OpenAPIConfig:
    """Say how the description is made and where it stands: `/schema` and `/schema/openapi.json`."""
    return OpenAPIConfig(
        title="Analisa",
        version=__version__,
        description=_DESCRIPTION,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        servers=[Server(url="/")],
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


def completed(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return *document* with what cannot be read off the handlers: examples, and the body of an upload."""
    paths: dict[str, dict[str, Any]] = document["paths"]
    told = {path: {method: _completed(each) for method, each in item.items()} for path, item in paths.items()}
    return {**document, "paths": told, "components": _trimmable(document["components"])}


def _trimmable(components: Mapping[str, Any]) -> dict[str, Any]:
    """Rows that `fields=` trims have all of their parts only where nobody asks for some."""
    schemas: dict[str, dict[str, Any]] = components["schemas"]
    told = {name: {**schemas[name], "required": parts} for name, parts in _ALWAYS_THERE.items()}
    return {**components, "schemas": {**schemas, **told}}


def _completed(operation: Mapping[str, Any]) -> dict[str, Any]:
    name = operation["operationId"]
    summary = operation["description"].partition("\n")[0].partition(". ")[0].rstrip(".")
    body = {"requestBody": UPLOAD} if name == "createImport" else {}
    answers = _with_example(operation["responses"], EXAMPLES.get(name))
    return {**operation, **body, "summary": summary, "responses": answers}


def _with_example(answers: Mapping[str, Any], example: Any) -> Mapping[str, Any]:
    if example is None:
        return answers
    status = next(code for code in answers if code.startswith("2"))
    ((media_type, content),) = answers[status]["content"].items()
    shown = {**answers[status], "content": {media_type: {**content, "example": example}}}
    return {**answers, status: shown}


class _Json(OpenAPIRenderPlugin):
    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return self.render_json(request, completed(openapi_schema))


class _Page(OpenAPIRenderPlugin):
    def __init__(self, *, path: str) -> None:
        super().__init__(path=path, media_type=MediaType.HTML)

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002
        return page(completed(openapi_schema))
