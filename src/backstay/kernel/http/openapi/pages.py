"""The description as people read it: Swagger UI, a reference, and the page of problems.

The readers' scripts are built into the console and served from there, so that the pages
work without the Internet. Where the console is not built, the page says so itself.
"""

from __future__ import annotations

import html
import inspect

from backstay.kernel.http.problems import known_problems

VENDOR: str = "/console/vendor"
"""Where the console serves the readers' files."""

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" type="image/svg+xml" href="/console/favicon.svg">
{links}
</head>
<body>
"""
_MISSING = """<p>The reader did not load. Its files are part of the console: build it with
<code>make console</code>, or install backstay from its wheel, where they are built in.
The description itself is at
<a href="/openapi.json">/openapi.json</a>.</p>
"""
_ONCE_LOADED = "<style>rapi-doc:defined > .missing { display: none; }</style>"
"""The reader shows what stands within it: what is said until it is there would stay."""
_STYLE = """<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
code { font-size: 0.95em; }
section { border-top: 1px solid #8884; padding: 0.5rem 0; }
section:target { background: #ff02; }
@media (prefers-color-scheme: dark) { body { background: #111; color: #ddd; } a { color: #8bf; } }
</style>"""

SWAGGER_SCRIPT = """window.addEventListener("load", () => {
  if (!window.SwaggerUIBundle) return;
  window.SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#reader",
    deepLinking: true,
    docExpansion: "none",
    persistAuthorization: true,
    tryItOutEnabled: true,
  });
});
"""


def swagger_page(title: str) -> str:
    """The page of Swagger UI."""
    links = f'<link rel="stylesheet" href="{VENDOR}/swagger-ui/swagger-ui.css">'
    return (
        _HEAD.format(title=html.escape(title), links=links)
        + f'<div id="reader">\n{_MISSING}</div>\n'
        + f'<script src="{VENDOR}/swagger-ui/swagger-ui-bundle.js"></script>\n'
        + '<script src="/docs/swagger.js"></script>\n</body>\n</html>\n'
    )


def reference_page(title: str) -> str:
    """The page of RapiDoc, the second reader."""
    script = f'<script type="module" src="{VENDOR}/reference/rapidoc-min.js"></script>'
    return (
        _HEAD.format(title=html.escape(title), links=f"{script}\n{_ONCE_LOADED}")
        + '<rapi-doc spec-url="/docs/reference.json" load-fonts="false" render-style="focused" '
        + 'show-header="false" allow-server-selection="false">\n'
        + f'<div class="missing">{_MISSING}</div></rapi-doc>\n'
        + "</body>\n</html>\n"
    )


def problems_page() -> str:
    """The page that every problem's `type` points to."""
    parts = [
        _HEAD.format(title="Problems", links=_STYLE),
        "<h1>Problems</h1>\n<p>Every error of this API is a problem document (RFC 9457). Its ",
        "<code>code</code> is one of these and does not change; its <code>trace_id</code> finds the request ",
        "in the logs.</p>\n",
    ]
    for kind in known_problems():
        words = html.escape(inspect.cleandoc(vars(kind).get("__doc__") or kind.title))
        parts.append(
            f'<section id="{html.escape(kind.code)}">\n<h2><code>{html.escape(kind.code)}</code></h2>\n'
            f"<p>{kind.status}: {html.escape(kind.title)}</p>\n<p>{words}</p>\n</section>\n"
        )
    parts.append("</body>\n</html>\n")
    return "".join(parts)
