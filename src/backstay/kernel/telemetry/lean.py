"""structlog without the parts of it that backstay never uses.

structlog imports rich, if it is installed, for tracebacks in colour. Ours are plain, and
rich costs an idle server six megabytes and half of structlog's import time, so it is kept
out of sight while structlog loads. A program that has imported rich itself keeps it.
"""

from __future__ import annotations

import sys

if "rich" not in sys.modules and "structlog" not in sys.modules:
    sys.modules["rich"] = None  # type: ignore[assignment]  # makes `import rich` an ImportError
    try:
        import structlog
    finally:
        del sys.modules["rich"]
else:
    import structlog

__all__ = ["structlog"]
