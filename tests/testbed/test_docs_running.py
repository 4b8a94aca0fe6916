"""A page that is not as it says fails, with the line and what was printed."""

import os
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from testbed.docs.__main__ import summary
from testbed.docs.blocks import Act, Run, WriteFile
from testbed.docs.names import names_of
from testbed.docs.place import ROOT, Place
from testbed.docs.running import Followed, PageError, carry_out, jobs_of
from testbed.docs.shell import open_shell
from testbed.docs.stand_ins import (
    CHECKOUT_VARIABLE,
    JOURNAL_VARIABLE,
    Class,
    calls_in,
    put_program,
    put_stand_ins,
)

PASSWORD = "Made-Up-1"


@pytest_asyncio.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    """A page's folder and shell, without a cluster."""
    checkout, programs = tmp_path / "checkout", tmp_path / "bin"
    checkout.mkdir()
    programs.mkdir()
    put_stand_ins(programs)
    journal = tmp_path / "journal"
    journal.touch()
    environment = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        JOURNAL_VARIABLE: str(journal),
        CHECKOUT_VARIABLE: str(ROOT),
    }

    async def kubeconfig_of(who: str | None) -> Path:
        return tmp_path / f"{who or 'administrator'}.kubeconfig"

    names = names_of("http://127.0.0.1:4711", PASSWORD, {"<name>": "web"})
    opened = partial(open_shell, checkout, tmp_path, environment)
    async with opened() as shell:
        yield Place(names, shell, checkout, journal, kubeconfig_of, opened)


def run(script: str, *shown: str, code: int = 0, who: str | None = None) -> Run:
    return Run(7, script, shown or None, code, who)


async def test_files_and_commands_get_the_names_that_are_there(place: Place) -> None:
    url = "url: https://harbor.example.com\n"

    await carry_out(place, "a.md", WriteFile(3, "over/lay.yaml", url))
    await carry_out(place, "a.md", run("cat over/lay.yaml; echo <name>", url, "web"))

    assert (place.checkout / "over" / "lay.yaml").read_text() == "url: http://127.0.0.1:4711\n"


async def test_commands_run_as_whom_the_block_names(place: Place) -> None:
    await carry_out(place, "a.md", run('echo "$KUBECONFIG"', ".../administrator.kubeconfig"))
    await carry_out(
        place,
        "a.md",
        run('echo "$KUBECONFIG"', ".../payments/people.kubeconfig", who="payments/people"),
    )


async def test_a_command_that_fails_is_told_with_its_line(place: Place) -> None:
    with pytest.raises(PageError) as failed:
        await carry_out(place, "a.md", run(f"echo {PASSWORD}\n(exit 3)\n"))

    assert str(failed.value) == (
        "a.md:7: exit code 3\n$ echo Made-Up-1\n(exit 3)\nmade-up-replace-me"
    )


async def test_a_command_that_should_fail_must(place: Place) -> None:
    await carry_out(place, "a.md", run("(exit 3)\n", code=3))

    with pytest.raises(PageError, match="exit code 0 instead of 3"):
        await carry_out(place, "a.md", run("true\n", code=3))


async def test_other_output_than_shown_is_told(place: Place) -> None:
    with pytest.raises(PageError) as failed:
        await carry_out(place, "a.md", run("echo one\n", "two"))

    assert str(failed.value) == "a.md:7: not as shown\n$ echo one\none\nthe page shows\ntwo"


async def test_a_page_cannot_write_into_the_checkout(place: Place) -> None:
    (place.checkout / "docs").symlink_to(ROOT / "docs")

    with pytest.raises(PageError, match=r"a\.md:3: docs/a\.yaml is a file of the checkout"):
        await carry_out(place, "a.md", WriteFile(3, "docs/a.yaml", "a: 1\n"))

    assert not (ROOT / "docs" / "a.yaml").exists()


async def test_make_is_asked_what_it_would_do(place: Place) -> None:
    await carry_out(place, "a.md", run("make check ARGS=-x\n"))

    with pytest.raises(PageError, match="No rule to make target 'chekc'"):
        await carry_out(place, "a.md", run("make chekc\n"))
    dry = Class.DRY_RUN
    assert [*calls_in(place.journal.read_text())] == [
        (dry, "make check ARGS=-x"),
        (dry, "make chekc"),
    ]


async def test_an_image_is_pushed_only_after_it_was_built(place: Place) -> None:
    (place.checkout / "Dockerfile").touch()
    push = run("docker push registry.example.com/a:1\n")

    with pytest.raises(PageError, match="a:1 was not built"):
        await carry_out(place, "a.md", push)
    await carry_out(place, "a.md", run("docker build -t registry.example.com/a:1 .\n"))
    await carry_out(place, "a.md", push)
    with pytest.raises(PageError, match="no stand-in for docker run"):
        await carry_out(place, "a.md", run("docker run a\n"))


async def test_helm_is_told_only_at_a_registry_that_there_is_no_tls(place: Place) -> None:
    put_program(place.journal.parent / "bin", "helm", Path("/bin/echo"))

    await carry_out(place, "a.md", run("helm package 'a b'", "package a b"))
    await carry_out(place, "a.md", run("helm push a oci://h/p", "push a oci://h/p --plain-http"))
    await carry_out(place, "a.md", run("helm registry login h", "registry login h --plain-http"))

    why = Class.HARBOR_WITHOUT_TLS
    assert [*calls_in(place.journal.read_text())] == [
        (why, "helm push a oci://h/p"),
        (why, "helm registry login h"),
    ]


async def test_other_programs_are_run_as_they_are(place: Place) -> None:
    put_program(place.journal.parent / "bin", "crane", Path("/bin/echo"))

    await carry_out(place, "a.md", run("crane ls oci://h/p", "ls oci://h/p"))

    assert place.journal.read_text() == ""


def test_the_summary_names_what_was_not_done_for_real() -> None:
    calls = ((Class.DRY_RUN, "make a"), (Class.DRY_RUN, "make b"))
    one = Followed("a.md", 2, 5, 1, 3, calls, 1.0)
    two = Followed("b.md", 1, 1, 0, 0, ((Class.NEEDS_CONTAINER_ENGINE, "docker push a"),), 1.0)

    assert summary([one, two]).splitlines() == [
        "2 pages, 6 commands, 1 outputs compared, 3 files written",
        "dry runs of make (make -n): 2",
        "needs a container engine: 1",
        "3 blocks, 0 skipped",
    ]


def test_acts_share_a_world_where_their_scenes_are_the_same_and_can_be_shared() -> None:
    names = ("team", "bare", "alert-of-robot", "harbor-errors")
    team, bare, alert, errors = (Act(name, 1, ()) for name in names)

    jobs = jobs_of({"a.md": (team, errors), "b.md": (alert, bare), "c.md": (bare, team)})

    assert [[(page, act.scene) for page, act in job.acts] for job in jobs] == [
        [("b.md", "bare")],
        [("c.md", "bare")],
        [("a.md", "team"), ("b.md", "alert-of-robot"), ("c.md", "team")],
        [("a.md", "harbor-errors")],
    ]
    assert [job.scene.name for job in jobs] == ["bare", "bare", "team", "harbor-errors"]
