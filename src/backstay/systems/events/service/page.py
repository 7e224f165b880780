"""The AsyncAPI document as a page that a person reads; it needs no script."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, Final

_STYLE: Final = """<style>
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.5rem; } h3 { margin: 0 0 .25rem; overflow-wrap: anywhere; }
code { font-size: .93em; } a { color: LinkText; }
section { border: 1px solid var(--line); border-radius: 8px; padding: 1rem 1.25rem; margin: 1rem 0; }
section:target { outline: 2px solid LinkText; }
.wide { overflow-x: auto; } table { border-collapse: collapse; table-layout: fixed; width: 100%; }
th:nth-child(-n+2) { width: 12rem; } th, td { overflow-wrap: anywhere; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; }
td + td { border-top: 1px solid var(--line); } tr > td:first-child { border-top: 1px solid var(--line); }
nav li { overflow-wrap: anywhere; }
</style>"""


def page(document: Mapping[str, Any]) -> str:
    """Every event of an AsyncAPI document that `asyncapi.document` made."""
    info = document["info"]
    messages = document["components"]["messages"]
    parts = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
        f"<title>{html.escape(info['title'])}</title>\n",
        '<link rel="icon" type="image/svg+xml" href="/console/favicon.svg">\n',
        _STYLE,
        "\n</head>\n<body>\n",
        f"<h1>{html.escape(info['title'])}</h1>\n<p>{html.escape(info['description'])} ",
        'As a document for tools: <a href="/docs/events.json">AsyncAPI 3.0</a>.</p>\n',
    ]
    if not messages:
        parts.append("<p>No module of this deployment publishes events.</p>\n")
    else:
        names = map(html.escape, messages)
        links = "".join(f'<li><a href="#{name}"><code>{name}</code></a></li>' for name in names)
        parts.append(f"<nav><ul>{links}</ul></nav>\n")
    for module, own in groupby(messages, key=lambda name: name.partition(".")[0]):
        parts.append(f"<h2>{html.escape(module)}</h2>\n")
        parts.extend(_section(document, name) for name in own)
    parts.append("</body>\n</html>\n")
    return "".join(parts)


def _section(document: Mapping[str, Any], name: str) -> str:
    message = document["components"]["messages"][name]
    event = _resolved(document, message["payload"])
    data = _resolved(document, event["properties"]["data"])
    rows = "".join(_rows(document, data))
    table = (
        f'<div class="wide"><table><tr><th>Field</th><th>Type</th><th></th></tr>{rows}</table></div>'
        if rows
        else "<p>It carries no fields of its own.</p>"
    )
    return (
        f'<section id="{html.escape(name)}">\n<h3><code>{html.escape(name)}</code></h3>\n'
        f"<p>{html.escape(message['summary'])}</p>\n{table}\n</section>\n"
    )


def _rows(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        words = field.get("description", "") + ("" if name in required else " (may be absent)")
        yield (
            f"<tr><td><code>{html.escape(name)}</code></td><td>{html.escape(_type(document, field))}</td>"
            f"<td>{html.escape(words.strip())}</td></tr>"
        )


def _type(document: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        found = _resolved(document, schema)
        return str(found.get("title") or _type(document, found))
    if "anyOf" in schema:
        return " or ".join(_type(document, one) for one in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(f"“{value}”" for value in schema["enum"])
    if "const" in schema:
        return f"“{schema['const']}”"
    if schema.get("type") == "array":
        return f"list of {_type(document, schema.get('items', {}))}"
    return " ".join(str(schema[key]) for key in ("type", "format") if key in schema) or "anything"


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Mapping[str, Any] = document["components"]["schemas"][reference.rpartition("/")[2]]
    return found
