"""Limits: declared (`declaring`), known (`book`), taken (`limiter`) around every route (`surrounding`)."""
