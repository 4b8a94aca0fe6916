"""Argo CD's scripts in the Lua that they are written for."""

from functools import cache
from typing import Any

import yaml
from lupa import lua51

from harbor_operator.api.base import GROUP
from tests.support.custom_resources import Json
from tests.support.deployed import ROOT

ARGOCD = ROOT / "deploy" / "gitops" / "argocd"
_SETTING = """
    local date = os.date
    package.preload.os = function() return { date = date } end
    os, io, string, math, debug, coroutine, load, loadstring, dofile, loadfile = nil
"""
"""Argo CD opens little more than the base and table libraries, and `os` only by `require`."""


@cache
def customizations() -> dict[str, str]:
    """What the ConfigMap says that users merge into theirs."""
    text = (ARGOCD / "argocd-cm.yaml").read_text(encoding="utf-8")
    data: dict[str, str] = yaml.safe_load(text)["data"]
    return data


def health_of(body: Json) -> Json:
    """The status and message that Argo CD shows for an object."""
    script = customizations()[f"resource.customizations.health.{GROUP}_{body['kind']}"]
    verdict: Json = run_lua(script, body)
    return verdict


def actions_on(body: Json) -> dict[str, Json]:
    """The actions that Argo CD offers for an object."""
    actions: dict[str, Json] = run_lua(_actions(body["kind"])["discovery.lua"], body)
    return actions


def action_scripts(kind: str) -> dict[str, str]:
    """The script of every action of a kind."""
    return {entry["name"]: entry["action.lua"] for entry in _actions(kind)["definitions"]}


def after_action(name: str, body: Json) -> Json:
    """The object that an action makes of one."""
    changed: Json = run_lua(action_scripts(body["kind"])[name], body)
    return changed


def run_lua(script: str, body: Json) -> Any:  # noqa: ANN401 -- whatever the script returns
    """Run a script with global `obj`, and give what it returns."""
    lua = lua51.LuaRuntime(register_eval=False, register_builtins=False)
    lua.execute(_SETTING)
    lua.globals().obj = lua.table_from(body, recursive=True)
    return _plain(lua.execute(script))


def ignored_fields(kind: str) -> list[str]:
    """The JSON pointers that are not compared in objects of a core kind."""
    rule = yaml.safe_load(customizations()[f"resource.customizations.ignoreDifferences.{kind}"])
    pointers: list[str] = rule["jsonPointers"]
    return pointers


def _actions(kind: str) -> Json:
    text = customizations()[f"resource.customizations.actions.{GROUP}_{kind}"]
    actions: Json = yaml.safe_load(text)
    return actions


def _plain(value: Any) -> Any:  # noqa: ANN401 -- a table, or what a table holds
    if lua51.lua_type(value) != "table":
        return value
    content = {key: _plain(item) for key, item in value.items()}
    is_list = bool(content) and list(content) == list(range(1, len(content) + 1))
    return list(content.values()) if is_list else content
