"""Line numbers of a TOML file."""

import tomllib

import pytest

from backstay.kernel.settings.sources import parse

TEXT = '''\
# A comment with [brackets] and key = value
title = """
[not.a.header]
key = "inside"
"""

[a.b]  # a header
x = 1
y = [
  # still the value of y
  "[z]",
  { k = 2 },
]
"dotted key" = 3
c.d = 4

[[list]]
n = 1

[[list]]
n = 2
[list.sub]
m = 3
[[list.inner]]
p = 5
'''


def test_every_value_knows_its_line() -> None:
    file = parse(TEXT, "f.toml")
    assert file.content == tomllib.loads(TEXT)
    assert file.lines == {
        ("title",): 2,
        ("a", "b"): 7,
        ("a", "b", "x"): 8,
        ("a", "b", "y"): 9,
        ("a", "b", "y", 0): 9,
        ("a", "b", "y", 1): 9,
        ("a", "b", "y", 1, "k"): 9,
        ("a", "b", "dotted key"): 14,
        ("a", "b", "c"): 15,
        ("a", "b", "c", "d"): 15,
        ("list", 0): 17,
        ("list", 0, "n"): 18,
        ("list", 1): 20,
        ("list", 1, "n"): 21,
        ("list", 1, "sub"): 22,
        ("list", 1, "sub", "m"): 23,
        ("list", 1, "inner", 0): 24,
        ("list", 1, "inner", 0, "p"): 25,
    }


def test_the_nearest_line_around_a_missing_place_is_told() -> None:
    file = parse("[a]\nb = 1\n", "f.toml")
    assert file.source(("a", "b", "c")) == "f.toml:2"
    assert file.source(("z",)) == "f.toml"


@pytest.mark.parametrize("text", ["[a", "a = ", 'a = """x'])
def test_broken_toml_is_refused(text: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        parse(text, "f.toml")
