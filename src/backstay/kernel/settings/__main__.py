"""Prints docs/settings.md."""

import sys

from backstay.kernel.settings.views import markdown

sys.stdout.write(markdown())
