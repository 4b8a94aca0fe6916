"""What the names on a page stand for in the world that the page is run in. Pure.

`HOSTS` stand for what has an address of its own in each world; it is translated back in what
commands print. `PLACEHOLDERS` are what a reader fills in; a scene may add its own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

HARBOR_URL = "https://harbor.example.com"
HARBOR_HOST = "harbor.example.com"
HARBOR_PASSWORD = "made-up-replace-me"
PLACEHOLDERS: Mapping[str, str] = {
    "<your registry>": "registry.example.com/platform",
    "<connection>": "default",
}

_PLACEHOLDER = re.compile(r"<[a-z](?:[a-z -]*[a-z])?>")


class NameMissingError(ValueError):
    """A page has a placeholder that nobody fills in."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one page in one world."""

    hosts: Mapping[str, str]
    """What pages call it, and what it is called here; longer names before those within them."""
    password: str = field(repr=False)
    """Of Harbor's administrator, where pages have one to replace."""
    placeholders: Mapping[str, str] = field(default_factory=dict)
    """Beside those of every page."""

    def in_world(self, text: str) -> str:
        """A file or a command as it works here; placeholders stay."""
        for name, here in self.hosts.items():
            text = text.replace(name, here)
        return text.replace(HARBOR_PASSWORD, self.password)

    def filled_in(self, script: str) -> str:
        """A command as it works here.

        Raises:
            NameMissingError: it has a placeholder that is not listed.
        """
        for name, here in {**PLACEHOLDERS, **self.placeholders}.items():
            script = script.replace(name, here)
        if left := _PLACEHOLDER.search(script):
            raise NameMissingError(f"nothing is said of what {left[0]} stands for")
        return self.in_world(script)

    def on_page(self, printed: str) -> str:
        """What a command printed, as the page would show it."""
        for name, here in self.hosts.items():
            printed = printed.replace(here, name)
        return printed.replace(self.password, HARBOR_PASSWORD)


def names_of(url: str, password: str, placeholders: Mapping[str, str]) -> Names:
    """The names in a world whose Harbor has that address and that administrator's password."""
    _, _, host = url.partition("://")
    return Names({HARBOR_URL: url, HARBOR_HOST: host}, password, placeholders)
