"""The API's description: complete, true to the application, and readable without a network."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import msgspec
import pytest

from analisa.entrypoints.http.app import Given
from analisa.entrypoints.http.discovery import Wanted
from analisa.entrypoints.http.editing import InfluencerEdit, NewInfluencer
from analisa.entrypoints.http.examples import EXAMPLES
from analisa.entrypoints.http.export import exported
from analisa.entrypoints.http.exports import NewExport
from analisa.entrypoints.http.invitations import Acceptance, NewInvitation
from analisa.entrypoints.http.keys import NewKey
from analisa.entrypoints.http.members import GivenRole
from analisa.entrypoints.http.niches import Verdict
from analisa.entrypoints.http.notices import ReadNotices
from analisa.entrypoints.http.people import MyEdit, NewPassword
from analisa.entrypoints.http.registering import NewAccount, Reset
from analisa.entrypoints.http.second_factors import FirstCode, Shown
from analisa.entrypoints.http.signing_in import Credentials
from analisa.entrypoints.http.tokens import ShownRefresh

KEPT = Path(__file__).parents[3] / "docs" / "api" / "openapi.json"
DOCUMENT: dict[str, Any] = json.loads(exported())


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            yield f"{method} {path}", operation


def validator(schema: dict[str, Any]) -> Any:
    return jsonschema_rs.Draft202012Validator({**schema, "components": DOCUMENT["components"]})


def test_the_kept_description_is_the_applications() -> None:
    assert KEPT.read_text("utf-8") == exported(), "write it anew: python -m analisa.entrypoints.http.export"


async def test_the_served_description_is_the_kept_one(api: httpx.AsyncClient) -> None:
    answer = await api.get("/schema/openapi.json")

    assert answer.json() == json.loads(KEPT.read_text("utf-8"))
    assert DOCUMENT["openapi"].startswith("3.1")


@pytest.mark.parametrize(("name", "operation"), list(operations()))
def test_every_route_tells_what_it_does_and_how_it_refuses(name: str, operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert operation["tags"]
    refusals = {code: answer for code, answer in operation["responses"].items() if code >= "400"}
    assert {"400", "403", "500", "503"} <= set(refusals), name
    for code, answer in refusals.items():
        (content,) = answer["content"].items()
        assert content[0] == "application/problem+json"
        (example,) = content[1]["examples"].values()
        assert example["value"]["status"] == int(code)
        validator(content[1]["schema"]).validate(example["value"])


def schemas(node: Any) -> Iterator[dict[str, Any]]:
    """Everything in the document that describes a value."""
    if isinstance(node, dict):
        if isinstance(node.get("type"), str):
            yield node
        for key, value in node.items():
            if key not in {"example", "examples", "default"}:
                yield from schemas(value)
    elif isinstance(node, list):
        for each in node:
            yield from schemas(each)


@pytest.mark.promise("SEC13")
def test_everything_has_its_bounds() -> None:
    kinds = {
        kind: [schema for schema in schemas(DOCUMENT) if schema["type"] == kind]
        for kind in ("string", "integer", "array")
    }

    assert all(schema.keys() & {"maxLength", "enum", "const"} for schema in kinds["string"])
    assert all({"minimum", "maximum", "format"} <= schema.keys() for schema in kinds["integer"])
    assert all("maxItems" in schema for schema in kinds["array"])
    assert min(map(len, kinds.values())) > 50


@pytest.mark.parametrize(("name", "operation"), list(operations()))
def test_every_answer_tells_what_is_in_its_head_and_changes_say_from_where(
    name: str, operation: dict[str, Any]
) -> None:
    for answer in operation["responses"].values():
        assert {"X-Request-Id", "Access-Control-Allow-Origin", "RateLimit", "RateLimit-Policy"} <= set(
            answer["headers"]
        )
    wanted = {
        "open": [] if name.startswith("get ") else [{"sameOrigin": []}],
        "signed_in": [{"session": []}, {"accessToken": []}],
    }.get(operation["x-permission"], [{"session": []}, {"accessToken": []}, {"apiKey": []}])
    assert operation["security"] == wanted, name
    assert "Retry-After" in operation["responses"]["429"]["headers"]


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_examples_are_answers_as_their_schemas_say(name: str) -> None:
    (operation,) = [each for _, each in operations() if each["operationId"] == name]
    answer = next(answer for code, answer in operation["responses"].items() if code < "300")
    (content,) = [each for each in answer["content"].values() if "example" in each]

    validator(content["schema"]).validate(content["example"])


@pytest.mark.parametrize(("name", "operation"), list(operations()))
def test_every_answer_and_every_body_has_an_example(name: str, operation: dict[str, Any]) -> None:
    answer = next(answer for code, answer in operation["responses"].items() if code < "400")
    if "content" in answer:
        assert any("example" in content for content in answer["content"].values()), name
    if "requestBody" in operation:
        (content,) = operation["requestBody"]["content"].values()
        validator(content["schema"]).validate(content["example"])


@pytest.mark.parametrize(
    "shape",
    [
        NewExport,
        NewInfluencer,
        InfluencerEdit,
        Wanted,
        Verdict,
        Credentials,
        MyEdit,
        NewPassword,
        GivenRole,
        NewKey,
        NewAccount,
        Reset,
        NewInvitation,
        Acceptance,
        ReadNotices,
        FirstCode,
        Shown,
        ShownRefresh,
    ],
)
def test_bodies_are_described_with_all_that_is_asked_of_them(shape: type[Any]) -> None:
    _, exact = msgspec.json.schema_components((shape,), ref_template="#/components/schemas/{name}")

    for name, schema in exact.items():
        assert set(_bounds(schema)) <= set(_bounds(DOCUMENT["components"]["schemas"][name]))


def _bounds(node: dict[str, Any], place: tuple[str, ...] = ()) -> Iterator[tuple[object, ...]]:
    for word in ("minLength", "maxLength", "pattern", "minItems", "maxItems", "maxProperties", "additionalProperties"):
        if word in node and not isinstance(node[word], dict):
            yield (*place, word, node[word])
    for name, each in node.get("properties", {}).items():
        yield from _bounds(each, (*place, name))
    for word in ("items", "additionalProperties", "propertyNames"):
        if isinstance(node.get(word), dict):
            yield from _bounds(node[word], (*place, word))
    for each in (*node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from _bounds(each, place)


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for _, operation in operations()]

    assert len(set(names)) == len(names)


class Links(HTMLParser):
    """Collects what a page would load or lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.found |= {value or "" for name, value in attrs if name in {"href", "src"}}


async def test_the_page_needs_no_network_and_no_script(api: httpx.AsyncClient) -> None:
    answer = await api.get("/schema")
    links = Links()
    links.feed(answer.text)

    assert answer.headers["content-type"].startswith("text/html")
    assert not links.tags & {"script", "img", "iframe", "object"}
    assert {link for link in links.found if not link.startswith("#")} == {"/schema/openapi.json", "data:,"}
    assert all(path.split("{")[0] in answer.text for path in DOCUMENT["paths"])
    shapes = set(re.findall(r'<details id="(\w+)"', answer.text))
    assert {link[1:] for link in links.found if link.startswith("#")} <= shapes


async def test_the_page_is_styled_under_its_own_policy(api: httpx.AsyncClient) -> None:
    policy = (await api.get("/schema")).headers.get_list("content-security-policy")

    assert len(policy) == 1
    assert "default-src 'none'; style-src 'sha256-" in policy[0]
    assert "unsafe" not in policy[0]


async def test_the_bare_address_leads_to_the_page(api: httpx.AsyncClient) -> None:
    answer = await api.get("/")

    assert (answer.status_code, answer.headers["location"]) == (302, "/schema")


async def test_beside_the_description_there_is_nothing(api: httpx.AsyncClient) -> None:
    assert (await api.get("/schema/nowhere")).status_code == 404


def test_no_part_of_a_request_is_called_like_what_routes_are_given() -> None:
    # The framework takes a wrong value of such a name for our own mistake, and answers 500.
    given = {field.name for field in fields(Given)} | {"actor"}
    sent = {
        name
        for _, operation in operations()
        for content in operation.get("requestBody", {}).get("content", {}).values()
        for name in parts(content["schema"])
    }
    asked = {
        parameter["name"]
        for item in DOCUMENT["paths"].values()
        for operation in item.values()
        for parameter in operation.get("parameters", [])
    }

    assert sent >= {"ids", "verdict", "profiles"}
    assert not given & (asked | sent)


def parts(schema: dict[str, Any]) -> set[str]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return set((DOCUMENT["components"]["schemas"][name] if name else schema).get("properties", {}))
