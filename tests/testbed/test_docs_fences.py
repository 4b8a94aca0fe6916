"""Fenced blocks are found with their attributes, and lose these for other renderers."""

import pytest

from testbed.docs.fences import (
    Fence,
    FenceError,
    fences_of,
    outside_of_fences,
    without_attributes,
)

PAGE = """\
# A page

```sh {scene=team}
kubectl get pods
```

1. In a list:

    ```yaml {file=a.yaml as="some body"}
    a:
      b: 1
    ```

````text
```
not a fence of its own
```
````
~~~
plain
~~~
"""


def test_blocks_are_found_in_their_order() -> None:
    first, second, third, fourth = fences_of(PAGE)

    assert first == Fence(3, 0, "sh", {"scene": "team"}, "kubectl get pods\n")
    attributes = {"file": "a.yaml", "as": "some body"}
    assert second == Fence(9, 4, "yaml", attributes, "a:\n  b: 1\n")
    assert third == Fence(14, 0, "text", {}, "```\nnot a fence of its own\n```\n")
    assert fourth == Fence(19, 0, "", {}, "plain\n")


def test_a_page_loses_its_attributes_and_nothing_else() -> None:
    stripped = without_attributes(PAGE)

    assert "```sh\nkubectl" in stripped
    assert "    ```yaml\n    a:" in stripped
    expected = PAGE.replace(" {scene=team}", "").replace(' {file=a.yaml as="some body"}', "")
    assert stripped == expected


def test_a_page_without_attributes_stays_as_it_is() -> None:
    page = "Text\n\n```sh\nls {}\n```\n"

    assert without_attributes(page) == page


def test_lines_outside_keep_their_numbers() -> None:
    assert [number for number, line in outside_of_fences(PAGE) if line] == [1, 7]


def test_inline_code_of_three_backticks_opens_no_block() -> None:
    assert list(fences_of("A ```literal``` in a line\n")) == []


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("```sh\nls\n", "line 1: the block is not closed"),
        ("\n```sh scene=team\n```\n", "line 2: attributes are written as {name=value}"),
        ("```sh {scene}\n```\n", "line 1: attributes are written as {name=value}"),
        ("```sh {.class exit=1}\n```\n", "line 1: attributes are written as {name=value}"),
        ("```sh {}\n```\n", "line 1: attributes are written as {name=value}"),
        ("```sh {exit=1 exit=2}\n```\n", "line 1: an attribute is there twice"),
    ],
    ids=["open", "no-braces", "no-value", "class", "empty", "twice"],
)
def test_what_cannot_be_read_is_refused_with_its_line(page: str, message: str) -> None:
    with pytest.raises(FenceError, match=message.replace("{", r"\{").replace("}", r"\}")):
        list(fences_of(page))
