"""The credential files of docker, podman and helm: where they are, and what a login changes.

All three have the same form. A login stands in `auths`, or a helper program keeps it: `credHelpers`
names one for a host, `credsStore` one for all.
"""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.files import config_home
from harbor_operator.cli.login.arguments import Tool
from harbor_operator.cli.registry_logins import RegistryLogin

OWN_HELPER: Final = "harbor"
"""What comes behind `docker-credential-` in the name of the plugin's own helper."""

Document = dict[str, Any]


def path_of(tool: Tool, environment: Mapping[str, str], home: Path, platform: str) -> Path:
    """Where a tool looks for its logins.

    Args:
        tool: Which one.
        environment: The variables that steer it.
        home: The user's home.
        platform: As `sys.platform` spells it.
    """
    config = config_home(environment, home)
    match tool:
        case Tool.DOCKER:
            return Path(environment.get("DOCKER_CONFIG") or home / ".docker") / "config.json"
        case Tool.PODMAN:
            return _podmans(environment, config, platform)
        case Tool.HELM:
            return _helms(environment, config, home, platform)


def _podmans(environment: Mapping[str, str], config: Path, platform: str) -> Path:
    if own := environment.get("REGISTRY_AUTH_FILE"):
        return Path(own)
    runtime = environment.get("XDG_RUNTIME_DIR")
    if platform == "linux" and runtime:
        return Path(runtime) / "containers" / "auth.json"
    return config / "containers" / "auth.json"


def _helms(environment: Mapping[str, str], config: Path, home: Path, platform: str) -> Path:
    if own := environment.get("HELM_REGISTRY_CONFIG"):
        return Path(own)
    folder = config / "helm"
    if platform == "darwin" and not environment.get("XDG_CONFIG_HOME"):
        folder = home / "Library" / "Preferences" / "helm"
    return Path(environment.get("HELM_CONFIG_HOME") or folder) / "registry" / "config.json"


def read_document(text: str, path: Path) -> Document:
    """Read a credential file; an empty one counts as new.

    Raises:
        CommandError: It is not what the tools write, so that changing it could lose something.
    """
    if not text.strip():
        return {}
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict) or not all(
        isinstance(document.get(key, {}), dict) for key in ("auths", "credHelpers")
    ):
        raise CommandError(f"{path} is no credential file: mend or remove it", ExitCode.NOT_SO)
    return document


def helper_of(document: Document, host: str) -> str | None:
    """The program that keeps the logins of a host, None where the file does itself."""
    helper = (document.get("credHelpers") or {}).get(host) or document.get("credsStore")
    return str(helper) if helper and helper != OWN_HELPER else None


def with_login(document: Document, login: RegistryLogin) -> Document:
    """The file with a login in it, which every tool then uses for that host."""
    pair = f"{login.username}:{login.password.reveal()}".encode()
    changed = _without_own_helper(document, login.host)
    return changed | {
        "auths": {
            **(document.get("auths") or {}),
            login.host: {"auth": base64.b64encode(pair).decode("ascii")},
        }
    }


def with_kept_login(document: Document, host: str) -> Document:
    """The file that knows of a login which another helper keeps."""
    changed = _without_own_helper(document, host)
    return changed | {"auths": {**(document.get("auths") or {}), host: {}}}


def with_own_helper(document: Document, host: str) -> Document:
    """The file that sends the tools to the plugin's own helper, and keeps no login of the host."""
    auths = {key: entry for key, entry in (document.get("auths") or {}).items() if key != host}
    helpers = {**(document.get("credHelpers") or {}), host: OWN_HELPER}
    return document | {"auths": auths, "credHelpers": helpers}


def _without_own_helper(document: Document, host: str) -> Document:
    helpers = dict(document.get("credHelpers") or {})
    if helpers.get(host) != OWN_HELPER:
        return dict(document)
    del helpers[host]
    rest = {key: value for key, value in document.items() if key != "credHelpers"}
    return rest | ({"credHelpers": helpers} if helpers else {})
