"""What must be there before `tests/conftest.py`, whose own imports are measured too."""

pytest_plugins = ["tests.plugins.measuring"]
