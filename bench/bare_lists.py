"""The bare reader of objects: all pages of the lists that `status` makes, and nothing more.

It is a program of its own that needs no library: `python bench/bare_lists.py`.
"""

import http.client
import json
import ssl
import sys
from urllib.parse import quote, urlsplit

PAGE_ROWS = 500
"""As many as the plugin asks for."""
_GROUP = "/apis/harbor-operator.dev/v1alpha1"
PLURALS = ("clusterharborconnections", "harborprojects", "harborrobots", "harborpullsecrets")


def main() -> None:
    """Read what the user on standard input may see; print how many objects there are."""
    server = json.load(sys.stdin)
    trusted = ssl.create_default_context(cafile=server["ca_file"])
    connection = http.client.HTTPSConnection(urlsplit(server["url"]).netloc, context=trusted)
    headers = {"Authorization": f"Bearer {server['token']}"}
    rows = 0
    for plural in PLURALS:
        token = ""
        while True:
            query = f"limit={PAGE_ROWS}&continue={quote(token)}"
            connection.request("GET", f"{_GROUP}/{plural}?{query}", headers=headers)
            page = json.load(connection.getresponse())
            rows += len(page["items"])
            token = page["metadata"].get("continue", "")
            if not token:
                break
    print(rows)


if __name__ == "__main__":
    main()
