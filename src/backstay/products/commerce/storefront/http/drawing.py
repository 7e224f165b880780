"""What stands where a product has no picture: a small drawing, always the same for the same product.

It does not look like a photograph, so nobody takes it for one. Its shape comes from the words of the title,
where these are known here, and its colour from all of it.
"""

from __future__ import annotations

import re
import zlib
from typing import Final

_WORDS: Final = re.compile(r"[a-z]+")
_SHAPES: Final = {
    "cup": (
        '<path class="b" d="M80 48h6a13 13 0 0 1 0 26h-8v-7h8a6 6 0 0 0 0-12h-6z"/>'
        '<path class="a" d="M34 44h48v24a24 24 0 0 1-48 0z"/>'
        '<path class="c" d="M34 44h48v9H34z"/><path class="b" d="M30 96h56v5H30z"/>'
        '<path class="l" d="M48 34q-6-6 0-12M60 34q-6-6 0-12"/>'
    ),
    "pot": (
        '<path class="b" d="M18 58h14v9H18zM88 58h14v9H88z"/>'
        '<path class="a" d="M28 52h64v28a14 14 0 0 1-14 14H42a14 14 0 0 1-14-14z"/>'
        '<path class="c" d="M30 48a30 17 0 0 1 60 0z"/><circle class="b" cx="60" cy="27" r="5"/>'
    ),
    "pan": (
        '<path class="b" d="M78 62l34-22 4 7-34 23z"/><ellipse class="a" cx="52" cy="68" rx="36" ry="26"/>'
        '<ellipse class="c" cx="52" cy="66" rx="27" ry="18"/>'
    ),
    "lamp": (
        '<path class="c o" d="M60 62l40 50H20z"/><path class="l" d="M60 0v28"/>'
        '<path class="a" d="M60 26c20 0 32 16 34 36H26c2-20 14-36 34-36z"/>'
        '<ellipse class="b" cx="60" cy="62" rx="34" ry="6"/>'
    ),
    "cloth": (
        '<rect class="b" x="26" y="72" width="68" height="22" rx="11"/>'
        '<rect class="a" x="24" y="50" width="72" height="24" rx="12"/>'
        '<rect class="c" x="28" y="29" width="64" height="24" rx="12"/>'
        '<path class="l" d="M44 30v22M52 30v22M60 30v22M40 51v22M48 51v22"/>'
    ),
    "leaf": (
        '<path class="b" d="M58 100C24 92 16 58 34 30c26 12 36 42 24 70z"/>'
        '<path class="a" d="M60 100c-8-30 4-56 32-68 16 30 4 60-32 68z"/>'
        '<path class="l" d="M60 100C64 78 74 58 88 40M58 100C54 78 46 58 36 40"/>'
    ),
    "bean": (
        '<g transform="rotate(-24 46 52)"><ellipse class="a" cx="46" cy="52" rx="20" ry="28"/>'
        '<path class="l" d="M46 25q-9 14 0 27t0 27"/></g><g transform="rotate(28 80 74)">'
        '<ellipse class="b" cx="80" cy="74" rx="16" ry="23"/><path class="l" d="M80 52q-7 11 0 22t0 22"/></g>'
    ),
    "bottle": (
        '<path class="a" d="M50 22h20v20c0 8 12 12 12 26v22a10 10 0 0 1-10 10'
        'H48a10 10 0 0 1-10-10V68c0-14 12-18 12-26z"/>'
        '<path class="b" d="M47 14h26v10H47z"/><path class="c" d="M38 68h44v18H38z"/>'
    ),
    "wear": (
        '<path class="a" d="M44 26l-26 14 8 20 12-6v44h44V54l12 6 8-20-26-14a16 12 0 0 1-32 0z"/>'
        '<path class="c" d="M38 78h44v8H38z"/>'
    ),
    "screen": (
        '<rect class="a" x="36" y="16" width="48" height="88" rx="9"/>'
        '<rect class="c" x="41" y="25" width="38" height="64" rx="3"/>'
        '<circle class="b" cx="60" cy="97" r="4"/>'
    ),
    "book": (
        '<path class="a" d="M30 24h52a6 6 0 0 1 6 6v66H36a6 6 0 0 1-6-6z"/>'
        '<path class="c" d="M42 38h34v16H42z"/>'
        '<path class="b" d="M30 90a6 6 0 0 1 6-6h52v12H36a6 6 0 0 1-6-6z"/>'
    ),
    "chair": (
        '<path class="a" d="M36 18h48v42H36z"/><path class="c" d="M30 58h60v14H30z"/>'
        '<path class="b" d="M34 72h7v32h-7zM79 72h7v32h-7z"/>'
    ),
    "arches": (
        '<path class="a" d="M22 100V62a38 38 0 0 1 76 0v38z"/>'
        '<path class="b" d="M36 100V64a24 24 0 0 1 48 0v36z"/>'
        '<path class="c" d="M49 100V66a11 11 0 0 1 22 0v34z"/>'
    ),
    "rings": (
        '<circle class="a" cx="48" cy="54" r="32"/><circle class="c o" cx="74" cy="66" r="28"/>'
        '<circle class="b" cx="52" cy="52" r="11"/>'
    ),
    "hills": (
        '<circle class="c" cx="80" cy="38" r="15"/>'
        '<path class="a" d="M8 100c10-34 34-50 54-20 10 14 18 20 34 20z"/>'
        '<path class="b" d="M42 100c12-28 34-34 48-12 6 8 10 12 18 12z"/>'
    ),
    "blocks": (
        '<rect class="a" x="24" y="56" width="42" height="42" rx="4"/>'
        '<circle class="c" cx="80" cy="76" r="22"/>'
        '<path class="b" d="M30 50l20-32 20 32z"/>'
    ),
}
_KNOWN: Final = {
    "cup": "cup cups mug mugs cups glass glasses tumbler bowl bowls teacup",
    "pot": "cookware kitchen pot casserole kettle cooker saucepan teapot",
    "pan": "pan wok skillet griddle plate",
    "lamp": "lamp lighting light lantern bulb lights candle",
    "cloth": "textiles blanket towel textile rug cushion throw pillow linen sheet bedding",
    "leaf": "tea sencha matcha plant herb salad vegetable vegetables leaf flower",
    "bean": "coffee espresso beans bean cocoa chocolate nuts egg eggs",
    "bottle": "bottle oil perfume eau lotion shampoo juice water wine milk parfum",
    "wear": "shirt jumper sweater dress jacket coat top blouse frock",
    "screen": "phone smartphone iphone tablet ipad galaxy laptop macbook",
    "book": "book notebook journal card diary",
    "chair": "living furniture chair stool sofa bench table desk bed",
}
_OF_WORD: Final = {word: shape for shape, words in _KNOWN.items() for word in words.split()}
_ANYTHING: Final = ("arches", "rings", "hills", "blocks")
_HUES: Final = (18, 36, 52, 96, 150, 176, 204, 226, 262, 338)


def drawing(title: str) -> str:
    """A drawing for a title, as HTML of the constants above. For the eye alone: titles stand beside it."""
    # The last word that is known says what it is: a desk lamp is a lamp.
    known = [_OF_WORD[word] for word in _WORDS.findall(title.lower()) if word in _OF_WORD]
    shape = known[-1] if known else _ANYTHING[_number(title) % len(_ANYTHING)]
    hue = _HUES[_number(title) // 7 % len(_HUES)]
    return (
        f'<svg class="drawing" viewBox="0 0 120 120" style="--hue:{hue}" aria-hidden="true">'
        f'<rect class="ground" width="120" height="120"/>{_SHAPES[shape]}</svg>'
    )


def _number(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))
