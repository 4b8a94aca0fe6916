"""Names of images, as people write them."""

import pytest

from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.images import Image, read_image

DIGEST = f"sha256:{'0a' * 32}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("harbor.example/web/app", Image("harbor.example", "web", "app")),
        ("harbor.example/web/app:1.2", Image("harbor.example", "web", "app", "1.2")),
        ("localhost:5000/web/team/app:x", Image("localhost:5000", "web", "team/app", "x")),
        (f"h.example/web/app@{DIGEST}", Image("h.example", "web", "app", "", DIGEST)),
        (f"h.example/web/app:1@{DIGEST}", Image("h.example", "web", "app", "1", DIGEST)),
    ],
)
def test_an_image_is_read_and_written_alike(text: str, expected: Image) -> None:
    assert read_image(text) == expected
    assert str(expected) == text


def test_a_digest_decides() -> None:
    assert read_image(f"h.example/web/app:1@{DIGEST}").reference == DIGEST
    assert read_image("h.example/web/app:1").reference == "1"
    assert read_image("h.example/web/app").reference == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "app",
        "web/app:1",
        "harbor.example/app:1",
        "harbor.example/web/app:",
        "harbor.example/web/app@",
        "harbor.example/web/app@sha256:12",
        "harbor.example/Web/app:1",
        "https://harbor.example/web/app:1",
        "harbor.example/web//app",
        "harbor.example/web/app:1 2",
    ],
)
def test_what_is_no_image_of_a_harbor_is_a_usage_error(text: str) -> None:
    with pytest.raises(CommandError) as caught:
        read_image(text)

    assert caught.value.code is ExitCode.USAGE
