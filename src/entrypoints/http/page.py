"""The API's description as one HTML page: no scripts, nothing from elsewhere, so that it works where there is no network."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from html import escape
from typing import Any, Final

_STYLE: Final = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
code, pre { font: 0.875rem/1.45 ui-monospace, monospace }
pre { overflow: auto; padding: 0.75rem; background: #8881; border-radius: 6px }
details { border: 1px solid #8885; border-radius: 6px; margin: 0.5rem 0; padding: 0.5rem 0.75rem }
summary { cursor: pointer }
summary code { font-weight: 600 }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 0.75rem 0.25rem 0; border-bottom: 1px solid #8883 }
"""

POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The Content-Security-Policy under which the page works."""


def page(document: Mapping[str, Any]) -> bytes:
    """Return the OpenAPI *document* as HTML."""
    info = document["info"]
    title = f"{escape(info['title'])} {escape(info['version'])}"
    told = "".join(f"<p>{_prose(part)}</p>" for part in info["description"].split("\n\n"))
    body = "".join(_section(tag, document) for tag in document["tags"])
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1>{told}"
        '<p>For programs: <a href="/schema/openapi.json">/schema/openapi.json</a> (OpenAPI 3.1)</p>'
        f"{body}<h2>Shapes</h2>{''.join(_shapes(document))}</body></html>"
    ).encode()


def _section(tag: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    routes = "".join(
        _route(method, path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if tag["name"] in operation.get("tags", ())
    )
    return f"<h2>{escape(tag['name'])}</h2><p>{_prose(tag['description'])}</p>{routes}"


def _route(method: str, path: str, operation: Mapping[str, Any]) -> str:
    summary = f"<summary><code>{method.upper()} {escape(path)}</code> {escape(operation.get('summary', ''))}</summary>"
    told = f"<p>{_prose(operation.get('description', ''))}</p>"
    parameters = "".join(map(_parameter, operation.get("parameters", ())))
    if parameters:
        parameters = f"<table><tr><th>Parameter</th><th>in</th><th>type</th><th></th></tr>{parameters}</table>"
    answers = "".join(
        f"<tr><td>{code}</td><td>{_answer(each)}</td></tr>" for code, each in operation["responses"].items()
    )
    return (
        f"<details>{summary}{told}{parameters}<table><tr><th>Status</th><th>Answer</th></tr>{answers}</table></details>"
    )


def _parameter(parameter: Mapping[str, Any]) -> str:
    name = f"<code>{escape(parameter['name'])}</code>{' (required)' if parameter.get('required') else ''}"
    told = _prose(parameter.get("description", ""))
    return f"<tr><td>{name}</td><td>{parameter['in']}</td><td>{_type(parameter['schema'])}</td><td>{told}</td></tr>"


def _answer(answer: Mapping[str, Any]) -> str:
    told = escape(answer.get("description", ""))
    for media_type, content in answer.get("content", {}).items():
        told += f" <code>{escape(media_type)}</code> {_type(content.get('schema', {}))}"
        if "example" in content:
            told += f"<pre>{escape(json.dumps(content['example'], indent=2, ensure_ascii=False))}</pre>"
    return told


def _shapes(document: Mapping[str, Any]) -> Iterator[str]:
    for name, schema in document["components"]["schemas"].items():
        rows = "".join(
            f"<tr><td><code>{escape(key)}</code></td><td>{_type(each)}</td><td>{_prose(each.get('description', ''))}</td></tr>"
            for key, each in schema.get("properties", {}).items()
        )
        told = _prose(schema.get("description", ""))
        yield f'<details id="{escape(name)}"><summary><code>{escape(name)}</code> {told}</summary><table>{rows}</table></details>'


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    for word in ("oneOf", "anyOf", "allOf"):
        if word in schema:
            return " or ".join(_type(each) for each in schema[word])
    if "enum" in schema:
        return " or ".join(f"<code>{escape(json.dumps(value))}</code>" for value in schema["enum"])
    if "items" in schema:
        return f"list of {_type(schema['items'])}"
    kinds = schema.get("type", "anything")
    return escape(" or ".join([kinds] if isinstance(kinds, str) else kinds) + _format(schema))


def _format(schema: Mapping[str, Any]) -> str:
    bounds = [f"{sign} {schema[word]}" for word, sign in (("minimum", "≥"), ("maximum", "≤")) if word in schema]
    return "".join(f" ({each})" for each in filter(None, [schema.get("format"), ", ".join(bounds)]))


def _prose(text: str) -> str:
    """Escape *text*; what stands between backticks is code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts))
