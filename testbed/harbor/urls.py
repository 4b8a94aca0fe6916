"""The addresses that Harbor accepts for what it calls."""

from urllib.parse import urlsplit

from testbed.harbor.errors import bad_request


def normalized_url(text: str) -> str:
    """A URL as Harbor keeps it: scheme, host and path.

    Raises:
        HarborError: 400 for none, a bad port, or a scheme other than HTTP.
    """
    url = text.strip(" ").rstrip("/")
    if not url:
        raise bad_request("empty string")
    parts = urlsplit(url if "://" in url else f"http://{url}")
    try:
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError as error:
        raise bad_request(f"invalid URL: {error}") from error
    if parts.scheme not in {"http", "https"}:
        raise bad_request(f"invalid HTTP scheme: {parts.scheme}")
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
