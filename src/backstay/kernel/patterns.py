r"""Patterns of fields that mean the same here and to whoever reads the API's description.

JSON Schema's patterns are ECMA-262's. There `\s` does not take U+001C to U+001F or U+0085, which
Python's does, and takes U+FEFF, which Python's does not; `\d` and `\w` are ASCII there alone. So
patterns spell their characters out, and a test refuses the shorthands in the description.
"""

from __future__ import annotations

from typing import Final

_BLANK: Final = r"\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
"""Controls and spaces, as the members of a class."""

NOT_BLANK: Final = rf"[^{_BLANK}]"
"""Something to see is in it."""
MAIL_ADDRESS: Final = rf"^[^{_BLANK}@]+@[^{_BLANK}@]+$"
"""Two parts around one @, without spaces; whether its domain can be one is judged elsewhere."""
PATH_NAME: Final = rf"^[^/]*[^{_BLANK}/.][^/]*$"
"""What names something in a path: no slash, and not dots alone, which clients take out of paths."""
