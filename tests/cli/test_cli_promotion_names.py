"""Which image `promote` takes a name for."""

import pytest

from harbor_operator.cli.arguments import parse
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.promoting.naming import Wanted, read_wanted

HOSTS = ("harbor.test", "127.0.0.1:8080")
DIGEST = f"sha256:{'a' * 64}"


@pytest.mark.parametrize(
    ("text", "project", "wanted"),
    [
        ("app:1.2", "dev", Wanted("dev", "app", "1.2", "1.2")),
        ("dev/app:1.2", "dev", Wanted("dev", "app", "1.2", "1.2")),
        ("team/app:1.2", "dev", Wanted("dev", "team/app", "1.2", "1.2")),
        ("dev/dev/app:1", "dev", Wanted("dev", "dev/app", "1", "1")),
        ("pay.web/app:1", "pay.web", Wanted("pay.web", "app", "1", "1")),
        ("harbor.test/dev/app:1", "dev", Wanted("dev", "app", "1", "1")),
        ("harbor.test/dev/app:1", None, Wanted("dev", "app", "1", "1")),
        ("127.0.0.1:8080/dev/a/b:1", None, Wanted("dev", "a/b", "1", "1")),
        (f"app@{DIGEST}", "dev", Wanted("dev", "app", DIGEST, "")),
        (f"dev/app:1.2@{DIGEST}", "dev", Wanted("dev", "app", DIGEST, "1.2")),
    ],
)
def test_an_image_is_found_by_as_much_as_is_given(
    text: str, project: str | None, wanted: Wanted
) -> None:
    assert read_wanted(text, project, HOSTS) == wanted


@pytest.mark.parametrize(
    ("text", "project", "message"),
    [
        ("app", "dev", "neither a tag nor a digest"),
        ("App:1", "dev", "is not of the form"),
        ("app@sha256:short", "dev", "is not of the form"),
        ("harbor.test/other/app:1", "dev", "is not in project dev"),
        ("dev/app:1", None, "name the project by --from"),
        ("elsewhere.test/dev/app:1", None, "which is 127.0.0.1:8080, harbor.test"),
    ],
)
def test_what_names_no_image_of_this_harbor_is_refused(
    text: str, project: str | None, message: str
) -> None:
    with pytest.raises(CommandError, match=message) as told:
        read_wanted(text, project, HOSTS)

    assert told.value.code is ExitCode.USAGE


@pytest.mark.parametrize(
    "words",
    [
        ["app:1", "--from", "dev"],
        ["app:1", "--from", "dev", "--to", "prod", "--scan", "--dry-run"],
        ["app:1", "--from", "dev", "--to", "prod", "--max-severity", "Awful"],
        ["app:1", "--from", "dev", "--to", "prod", "-o", "csv"],
    ],
)
def test_what_makes_no_sense_is_refused(words: list[str]) -> None:
    with pytest.raises(CommandError) as told:
        parse(["promote", *words])

    assert told.value.code is ExitCode.USAGE
