"""structlog without the parts of it that backstay never uses.

structlog imports rich, if it is installed, for tracebacks in colour, and greenlet for a context of its
own that it has long advised against. Ours are plain, and our context is Python's; together they cost an
idle server seven megabytes and half of structlog's import time, so both are kept out of sight while
structlog loads. A program that has imported them itself keeps them.
"""

from __future__ import annotations

import sys

_UNUSED = ("rich", "greenlet")

if "structlog" in sys.modules:
    import structlog
else:
    hidden = [name for name in _UNUSED if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # makes `import rich` an ImportError
    try:
        import structlog
    finally:
        for name in hidden:
            del sys.modules[name]

__all__ = ["structlog"]
