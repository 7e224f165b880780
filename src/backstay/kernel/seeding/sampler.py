"""Sample values: names, sentences, documents, moments, money; the same for the same random source."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar
from uuid import UUID

from backstay.kernel.seeding import words

T = TypeVar("T")


class Sampler:
    """Makes sample values, one after the other, from a random source and a present moment."""

    def __init__(self, random: Random, present: datetime) -> None:
        """`present`: the moment that `past` looks back from; with a time zone."""
        self.random = random
        self.present = present

    def chance(self, probability: float) -> bool:
        """True with this probability, 0 to 1."""
        return self.random.random() < probability

    def weighted(self, choices: Mapping[T, float]) -> T:
        """One of the keys, as often as its weight says."""
        (choice,) = self.random.choices(list(choices), list(choices.values()))
        return choice

    def name(self) -> str:
        """A person's: `Adaeze Kowalska`."""
        return f"{self.random.choice(words.FIRST_NAMES)} {self.random.choice(words.LAST_NAMES)}"

    def email(self, name: str | None = None) -> str:
        """An address that no mail ever reaches (RFC 6761, 6.2): `adaeze.kowalska12@example.test`."""
        plain = unicodedata.normalize("NFKD", (name or self.name()).lower())
        letters = "".join(letter for letter in plain if letter in "abcdefghijklmnopqrstuvwxyz ")
        return f"{'.'.join(letters.split())}{self.random.randrange(1, 1000)}@example.test"

    def company(self) -> str:
        """A company's name: `Silver Quay Ltd`."""
        adjective, noun = self.random.choice(words.ADJECTIVES), self.random.choice(words.NOUNS)
        return f"{adjective.capitalize()} {noun.capitalize()} {self.random.choice(words.COMPANY_ENDINGS)}"

    def word(self) -> str:
        """A noun in lower case, fit for a tag or a slug."""
        return self.random.choice(words.NOUNS)

    def title(self) -> str:
        """A short heading without a full stop: `The patient lighthouse`."""
        adjective, noun, other = self.random.choice(words.ADJECTIVES), self.word(), self.word()
        shapes = (
            f"The {adjective} {noun}",
            f"{adjective.capitalize()} {noun}, {other}",
            f"Notes on the {adjective} {noun}",
            f"{noun.capitalize()} and {other}",
            f"How the {noun} {self.random.choice(words.VERBS)} the {other}",
        )
        return self.random.choice(shapes)

    def sentence(self) -> str:
        """One sentence, 4 to 16 words."""
        sentence = self._clause()
        if self.chance(0.5):
            sentence = f"{sentence} {self.random.choice(words.LINKS)} {self._clause()}"
        return f"{sentence[0].upper()}{sentence[1:]}."

    def paragraph(self, sentences: int | None = None) -> str:
        """Sentences in a row, 2 to 6 unless told."""
        count = self.random.randrange(2, 7) if sentences is None else sentences
        return " ".join(self.sentence() for _ in range(count))

    def markdown(self, blocks: int = 3) -> str:
        """A document in CommonMark with this many blocks: headings, paragraphs, lists, quotes, emphasis."""
        return "\n\n".join(self._block(first=number == 0) for number in range(blocks)) + "\n"

    def past(self, days: float = 90) -> datetime:
        """A moment in the last days, to the microsecond; recent ones come more often."""
        back = self.random.random() ** 2 * days
        return self.present - timedelta(days=back)

    def money(self, low: int, high: int) -> int:
        """A price in minor units from `low` (above 0) to `high`; small ones come more often."""
        amount = round(math.exp(self.random.uniform(math.log(low), math.log(high))))
        ending = self.weighted({0: 4, 50: 2, 95: 2, 99: 4, amount % 100: 3})
        return min(max(amount - amount % 100 + ending, low), high)

    def uuid(self) -> UUID:
        """A random UUID (version 4) that comes again with the same seed; for rows, `uuid7` does too."""
        return UUID(int=self.random.getrandbits(128), version=4)

    def _clause(self) -> str:
        subject, verb = self._thing(), self.random.choice(words.VERBS)
        tail = f" {self.random.choice(words.PLACES)} {self._thing()}" if self.chance(0.4) else ""
        return f"{subject} {verb} {self._thing()}{tail}"

    def _thing(self) -> str:
        adjective = f"{self.random.choice(words.ADJECTIVES)} " if self.chance(0.5) else ""
        return f"the {adjective}{self.word()}"

    def _block(self, *, first: bool) -> str:
        kinds = {"paragraph": 6, "list": 2, "quote": 1, "section": 0 if first else 2}
        match self.weighted(kinds):
            case "list":
                return "\n".join(f"- {self.sentence()}" for _ in range(self.random.randrange(2, 6)))
            case "quote":
                return f"> {self.sentence()}"
            case "section":
                return f"## {self.title()}\n\n{self.paragraph()}"
            case _:
                return f"{self.paragraph(2)} **{self._thing().capitalize()}:** {self._clause()}."
