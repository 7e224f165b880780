"""What a running handler is given of its job."""

from __future__ import annotations


class JobContext:
    """One attempt of one job."""
