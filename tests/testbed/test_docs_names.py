"""Names of the documentation are replaced by those of the world, and back."""

import pytest

from testbed.docs.names import NameMissingError, names_of

NAMES = names_of("http://127.0.0.1:4711", "Made-Up-1", {"<name>": "payments-ci"})


def test_a_file_gets_the_addresses_that_are_there() -> None:
    page = "url: https://harbor.example.com\nimage: harbor.example.com/a/b:1\n"

    assert NAMES.in_world(page) == "url: http://127.0.0.1:4711\nimage: 127.0.0.1:4711/a/b:1\n"
    assert NAMES.in_world("password: made-up-replace-me") == "password: Made-Up-1"
    assert NAMES.in_world("<name>") == "<name>"


def test_what_is_printed_is_shown_as_on_the_page() -> None:
    printed = "http://127.0.0.1:4711 and 127.0.0.1:4711/a by Made-Up-1"

    shown = NAMES.on_page(printed)

    assert shown == ("https://harbor.example.com and harbor.example.com/a by made-up-replace-me")


def test_placeholders_are_filled_in() -> None:
    script = "helm install a --set image=<your registry>/a <name> <(cat b) <c >d"

    filled = NAMES.filled_in(script)

    image = "registry.example.com/platform/a"
    assert filled == f"helm install a --set image={image} payments-ci <(cat b) <c >d"


def test_a_placeholder_that_nobody_fills_in_is_told() -> None:
    with pytest.raises(NameMissingError, match="<secret name>"):
        NAMES.filled_in("kubectl get secret <secret name>")


def test_the_password_is_not_shown() -> None:
    assert "Made-Up-1" not in repr(NAMES)
