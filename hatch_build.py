"""Puts the built console into the source package and the wheel; hatchling runs this."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ConsoleBuildHook(BuildHookInterface):
    """Builds the console if it is not there yet, or has changed."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Called before a build. An editable one serves the console that `make console` leaves in the tree.

        A source package already holds the built console, so that installing from it needs no Node.
        """
        from_source_package = Path(self.root, "PKG-INFO").exists()
        if version != "editable" and not from_source_package:
            command = [sys.executable, str(Path(self.root, "tools/build_console.py"))]
            subprocess.run(command, check=True)  # noqa: S603 - our own script
