from __future__ import annotations

import pytest

from tests.docs.blocks import Block, PageError, blocks

PAGE = """\
# A page

```sh
curl x
```

```json
{"a": 1}
```

Words.

```json
{"only": "shown"}
```

```python file=shop/app.py
import backstay
```

```sh server
backstay serve
```

```text
ready
```

```sh no-run: needs Docker
docker run backstay
```

```text
running
```

1. A list:

   ```sh
   echo a
     echo b
   ```

```
no language
```
"""


def test_blocks_with_their_lines_options_and_outputs() -> None:
    assert blocks(PAGE) == [
        Block(3, "sh", "curl x\n", expected='{"a": 1}\n', expected_language="json"),
        Block(17, "python", "import backstay\n", file="shop/app.py"),
        Block(21, "sh", "backstay serve\n", server=True),
        Block(39, "sh", "echo a\n  echo b\n"),
    ]


def test_only_one_output_belongs_to_a_block() -> None:
    (block,) = blocks("```sh\na\n```\n```text\n1\n```\n```text\n2\n```\n")
    assert block.expected == "1\n"


@pytest.mark.parametrize("info", ["sh no-run", "sh no-run:", "sh run-twice", "python file="])
def test_an_unknown_fence_is_a_mistake(info: str) -> None:
    with pytest.raises(PageError, match=r"^line 2: the fence 'sh|^line 2: the fence 'python"):
        blocks(f"\n```{info}\nx\n```\n")
