"""`python -m tools.pricing_vectors`: fill in the totals of the golden baskets, after adding one by hand.

What changes in the file beside the new ones is a change of what every shop charges: read the difference.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import msgspec

from backstay.products.commerce.pricing import Basket, price

VECTORS: Final = Path(__file__).parents[1] / "src/backstay/products/commerce/pricing/vectors.json"


def filled(text: str) -> str:
    """The file with every basket's totals as this version reckons them."""
    vectors = json.loads(text)
    for vector in vectors:
        basket = msgspec.convert(vector["basket"], Basket)
        vector["totals"] = msgspec.to_builtins(price(basket))
    lines = ",\n".join(json.dumps(vector, ensure_ascii=False) for vector in vectors)
    return f"[\n{lines}\n]\n"


def main() -> None:
    """Write the file anew."""
    VECTORS.write_text(filled(VECTORS.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
