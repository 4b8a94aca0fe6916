"""Sphinx's configuration: what testbed.docs.site lays out becomes pages, and nothing is fetched."""

from typing import Final

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

project: Final = "harbor-operator"
html_title: Final = project
html_static_path: Final = ["static"]
html_css_files: Final = ["site.css"]
html_show_copyright: Final = False
html_show_sourcelink: Final = False
html_copy_source: Final = False

extensions: Final = ["myst_parser"]
myst_heading_anchors: Final = 4
nitpicky: Final = True

html_theme: Final = "pydata_sphinx_theme"
html_theme_options: Final = {
    "footer_end": [],
    "footer_start": [],
    "header_links_before_dropdown": 7,
    "navbar_align": "left",
    "navigation_depth": 2,
    "secondary_sidebar_items": ["page-toc"],
    "show_prev_next": True,
    "show_toc_level": 2,
}
html_sidebars: Final[dict[str, list[str]]] = {"index": []}


def setup(app: Sphinx) -> None:
    """Name the languages of the pages that Pygments does not know."""
    for name in ("csv", "gotemplate"):
        app.add_lexer(name, TextLexer)
