"""The site: its navigation, what a page becomes on it, and what a built site is looked over for."""

import re
from pathlib import Path

import pytest

from testbed.docs import inspection, reference
from testbed.docs.nav import Entry, navigation
from testbed.docs.site import ROOT, lay_out, read_navigation
from testbed.docs.staging import Repository, linked_files, place, staged

REPOSITORY = Repository(
    pages=frozenset({"README.md", "docs/a.md", "docs/jobs/b.md", "SECURITY.md"}),
    files=frozenset(
        {
            "README.md",
            "SECURITY.md",
            "docs/a.md",
            "docs/jobs/b.md",
            "docs/pictures/p.svg",
            "deploy/chart/README.md",
            "deploy/samples/s.yaml",
        }
    ),
    address="https://example.com/tree/main",
)


def on_site(text: str, page: str = "docs/a.md", repository: Repository = REPOSITORY) -> str:
    """A page's text on the site, without anything below it."""
    return staged(text, Entry(page), repository)


def test_the_navigation_names_every_page_of_docs_exactly_once() -> None:
    pages = [page.relative_to(ROOT).as_posix() for page in (ROOT / "docs").rglob("*.md")]

    named = [entry.page for entry in read_navigation().walk()]

    assert len(named) == len(set(named))
    assert set(pages) <= set(named)
    assert [page for page in named if not (ROOT / page).is_file()] == []


def test_a_pattern_stands_for_the_pages_of_its_folder_that_nothing_else_names() -> None:
    stated = "page: a.md\nbelow: [d/two.md, 'd/*', {page: b.md, title: B, below: ['*']}]"

    found = navigation(stated, ["d/three.md", "d/two.md", "d/e/deep.md", "d/one.md", "z.md"])

    assert [entry.page for entry in found.walk()] == [
        "a.md",
        "d/two.md",
        "d/one.md",
        "d/three.md",
        "b.md",
        "z.md",
    ]
    assert found.below[-1].title == "B"


@pytest.mark.parametrize("stated", ["[]", "{page: a.md, other: b}", "{page: a.md, below: b.md}"])
def test_what_is_no_navigation_is_refused(stated: str) -> None:
    with pytest.raises(ValueError, match=r"docs/nav\.yaml: not a"):
        navigation(stated, [])


@pytest.mark.parametrize(
    ("path", "placed"),
    [
        ("README.md", "index.md"),
        ("docs/a.md", "a.md"),
        ("docs/reference/README.md", "reference/index.md"),
        ("SECURITY.md", "repository/SECURITY.md"),
        ("deploy/chart/README.md", "repository/deploy/chart/index.md"),
    ],
)
def test_a_file_has_its_place_on_the_site(path: str, placed: str) -> None:
    assert place(path) == placed


@pytest.mark.parametrize(
    ("link", "rewritten"),
    [
        ("[x](jobs/b.md#part)", "[x](jobs/b.md#part)"),
        ("[x](../README.md#install)", "[x](index.md#install)"),
        ("[x](../SECURITY.md)", "[x](repository/SECURITY.md)"),
        ("[x](../deploy/samples/s.yaml)", "[x](repository/deploy/samples/s.yaml)"),
        ("[x](../deploy/chart)", "[x](repository/deploy/chart/index.md)"),
        ("[x](../deploy/samples)", "[x](https://example.com/tree/main/deploy/samples)"),
        ("![x](pictures/p.svg)", "![x](pictures/p.svg)"),
        ("[x](https://example.com/a)", "[x](https://example.com/a)"),
        ("[x](#here)", "[x](#here)"),
        ("`[x](../README.md)`", "`[x](../README.md)`"),
        ("[`x`](../README.md)", "[`x`](index.md)"),
        ("[x](missing.md)", "[x](missing.md)"),
    ],
)
def test_a_link_leads_within_the_site(link: str, rewritten: str) -> None:
    assert on_site(f"See {link}.\n") == f"See {rewritten}.\n"


def test_a_link_of_the_first_page_leads_into_docs() -> None:
    assert on_site("[x](docs/jobs/b.md)\n", "README.md") == "[x](jobs/b.md)\n"


def test_a_folder_that_can_be_seen_nowhere_is_no_link() -> None:
    hidden = Repository(REPOSITORY.pages, REPOSITORY.files)

    assert on_site("[samples](../deploy/samples)\n", repository=hidden) == "samples\n"


def test_code_is_left_as_it_is_but_for_its_attributes() -> None:
    page = "```sh {scene=team}\nsee [x](../README.md)\n```\n"

    assert on_site(page) == "```sh\nsee [x](../README.md)\n```\n"


def test_a_page_ends_with_the_navigation_below_it() -> None:
    entry = Entry("README.md", below=(Entry("docs/a.md", "First"), Entry("docs/jobs/b.md")))

    text = staged("# Home\n", entry, REPOSITORY)

    assert text == "# Home\n\n```{toctree}\n:hidden:\n\nFirst <a>\njobs/b\n```\n"


def test_the_page_of_a_section_is_the_first_one_in_it() -> None:
    entry = Entry("docs/a.md", "Section", (Entry("docs/jobs/b.md"),))

    text = staged("# A\n", entry, REPOSITORY)

    assert text.endswith("\n:hidden:\n\nself\njobs/b\n```\n")


def test_files_that_a_page_links_to_come_along_and_pages_do_not() -> None:
    text = "[a](../deploy/samples/s.yaml#L3), ![b](pictures/p.svg), [c](jobs/b.md), [d](x.md)"

    found = linked_files(text, "docs/a.md", REPOSITORY)

    assert found == {"deploy/samples/s.yaml", "docs/pictures/p.svg"}


def test_the_sources_are_laid_out_anew(tmp_path: Path) -> None:
    (tmp_path / "left.md").write_text("old", encoding="utf-8")

    lay_out(tmp_path)

    assert not (tmp_path / "left.md").exists()
    placed = {place(entry.page) for entry in read_navigation().walk()}
    assert placed <= {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.md")}
    assert (tmp_path / "repository/deploy/samples/01-connection.yaml").is_file()


def test_a_broken_link_and_a_foreign_asset_are_told() -> None:
    pages = {
        "a.html": inspection.read(
            '<h1 id="top">A</h1><a href="b.html#part">good</a><a href="b.html#gone">x</a>'
            '<a href="c.html">x</a><a href="#top">good</a><a href="https://example.com/">far</a>'
            '<script src="https://cdn.example.com/x.js"></script><img src="p.png">'
        ),
        "b.html": inspection.read('<p id="part">B</p>'),
    }

    found = inspection.broken(pages, ["a.html", "b.html"])

    assert found == [
        "a.html loads https://cdn.example.com/x.js",
        "a.html links to b.html#gone, which is not there",
        "a.html links to c.html, which is not there",
        "a.html links to p.png, which is not there",
    ]
    assert inspection.external(pages) == ["https://example.com/"]


def test_a_style_sheet_that_loads_from_elsewhere_is_told() -> None:
    styles = {"s.css": "@import '//fonts.example.com/f.css'; a { b: url(local.png) }"}

    assert inspection.styles_from_elsewhere(styles) == ["s.css loads //fonts.example.com/f.css"]


def test_what_builds_the_site_is_locked_by_hashes_from_nowhere_in_particular() -> None:
    text = (ROOT / "requirements-docs.lock").read_text(encoding="utf-8")

    packages = re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE)
    hashed = re.findall(r"^([a-z0-9-]+)==.*\\\n    --hash=sha256:", text, re.MULTILINE)

    assert {"sphinx", "myst-parser", "pydata-sphinx-theme"} <= {*packages}
    assert hashed == packages
    assert "://" not in text


def test_generated_pages_are_current() -> None:
    assert reference.main(["--check"]) == 0


def test_a_reason_without_advice_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kubectl-harbor.md").touch()
    advice = (reference.DOCS / "troubleshooting.md").read_text(encoding="utf-8")
    without = re.sub(r"^\| InUse .*\n", "", advice, flags=re.MULTILINE)
    (tmp_path / "troubleshooting.md").write_text(without, encoding="utf-8")

    code = reference.main([str(tmp_path), "--check"])

    assert code == 1
    assert capsys.readouterr().out == "docs/troubleshooting.md: no advice on InUse\n"


def test_a_page_that_is_out_of_date_is_told_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "reference").mkdir()
    for name in ("kubectl-harbor.md", "troubleshooting.md", *reference.pages()):
        text = (reference.DOCS / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "reference/robot.md").write_text("old\n", encoding="utf-8")

    stale = reference.main([str(tmp_path), "--check"])
    told = capsys.readouterr().out
    written = reference.main([str(tmp_path)])

    assert (stale, written) == (1, 0)
    assert told == f"{tmp_path}/reference/robot.md is out of date: run `make reference`\n"
    assert reference.main([str(tmp_path), "--check"]) == 0
