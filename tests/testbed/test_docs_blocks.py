"""A page becomes files to write and commands to run, and nothing escapes."""

import pytest

from testbed.docs.blocks import Act, BlockError, Run, WriteFile, acts_of, unmarked_commands

PAGE = """\
```yaml {file=a.yaml scene=team}
a: 1
```

```sh
kubectl apply -f a.yaml
kubectl get pods
```

```console {exit=3 as=payments/people}
$ kubectl get \\
    pods
NAME   AGE

web    3s
$ false
```

```yaml
only: read
```

```sh {scene=bare}
make demo
```
"""


def test_a_page_is_read_as_acts_of_steps() -> None:
    shown = ("NAME   AGE", "web    3s")

    first, second = acts_of(PAGE)

    assert first == Act(
        "team",
        2,
        (
            WriteFile(1, "a.yaml", "a: 1\n"),
            Run(6, "kubectl apply -f a.yaml\nkubectl get pods\n", None, 0, None),
            Run(11, "kubectl get \\\n    pods\n", shown, 0, "payments/people"),
            Run(16, "false\n", (), 3, "payments/people"),
        ),
    )
    assert second == Act("bare", 1, (Run(24, "make demo\n", None, 0, None),))


def test_a_page_to_read_has_no_acts() -> None:
    assert acts_of("Text.\n\n```text\n$ kubectl get pods\n```\n") == ()


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("```sh\nls\n```\n", "line 1: the first block to be followed names its scene"),
        ("```yaml {file=a}\n```\n", "line 1: the first block to be followed names its scene"),
        ("```bash {scene=bare}\nls\n```\n", "line 1: a block's language is one of console, csv"),
        ("```\nls\n```\n", "line 1: a block's language is one of console, csv"),
        ("```sh {scene=bare skip=1}\nls\n```\n", "line 1: a sh block takes no skip"),
        ("```yaml {exit=1}\na: 1\n```\n", "line 1: a yaml block takes no exit"),
        ("```yaml {scene=bare}\na: 1\n```\n", "line 1: only commands and files have a scene"),
        ("```sh {scene=bare exit=no}\nls\n```\n", "line 1: exit is a number, not no"),
        ("```sh {scene=bare as=me}\nls\n```\n", "line 1: as is NAMESPACE/SERVICEACCOUNT, not me"),
        ("```yaml {scene=bare file=../a}\n```\n", "line 1: a file is below the page's folder"),
        ("```yaml {scene=bare file=/a}\n```\n", "line 1: a file is below the page's folder"),
        ("```console {scene=bare}\nls\n```\n", "line 1: a console block begins with `$ `"),
        ("```console {scene=bare}\n```\n", "line 1: a console block begins with `$ `"),
    ],
)
def test_a_block_that_does_not_say_what_it_is_is_refused(page: str, message: str) -> None:
    with pytest.raises(BlockError) as refused:
        acts_of(page)

    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    "line",
    [
        "    kubectl get pods",
        "    $ helm list",
        "\tmake demo",
        "        docker push a",
        "    git pull",
    ],
)
def test_indented_commands_are_found(line: str) -> None:
    assert unmarked_commands(f"Text\n\n{line}\n\n```sh\n{line}\n```\n") == [3]


def test_commands_in_text_are_found() -> None:
    assert unmarked_commands("```text\nIt says\nkubectl get pods\n```\n") == [3]


@pytest.mark.parametrize(
    "line", ["kubectl get pods shows them", "    api/   the kinds", "  make demo", "    makes it"]
)
def test_other_text_is_no_command(line: str) -> None:
    assert unmarked_commands(line) == []
