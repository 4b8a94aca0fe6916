"""Settings that Harbor keeps as a project's metadata: strings, stored without a check.

Change which setting is which key by editing `SETTINGS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from typing_extensions import override

from harbor_operator.api.blocks.pull_restrictions import Severity
from harbor_operator.api.blocks.visibility import Visibility
from harbor_operator.api.conditions import Reason
from harbor_operator.api.project import ProjectSpec, ProjectStatus
from harbor_operator.api.values import UNLIMITED
from harbor_operator.core.project.blocks.block import Birth, Block
from harbor_operator.core.statement import Statement
from harbor_operator.core.steps import Change, Comparison, Step, Trouble, Verb
from harbor_operator.core.tenancy import TenantRule

Metadata: TypeAlias = Mapping[str, str]
Words: TypeAlias = Mapping[str, str]
"""Wanted values by the name of their setting, as the spec spells them."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: where the spec has it, and how Harbor keeps it."""

    block: str
    field: str
    read: Callable[[ProjectSpec], str | None]
    """The stated value; None where the spec leaves it to Harbor."""
    show: Callable[[Metadata], str]
    """Harbor's value in the words of the spec."""
    store: Callable[[str], Metadata]
    """The metadata that stands for a value."""
    spell: Callable[[str], Any] = str
    """A value in the words of the spec as JSON has it."""
    on_proxies: bool | None = None
    """Harbor drops it silently on all projects but proxy caches (True), or on these (False)."""

    @property
    def name(self) -> str:
        """The path in the spec."""
        return f"{self.block}.{self.field}" if self.field else self.block


def _switch(
    block: str,
    field: str,
    key: str,
    read: Callable[[ProjectSpec], bool | None],
    *,
    on_proxies: bool | None = None,
) -> Setting:
    def stated(spec: ProjectSpec) -> str | None:
        value = read(spec)
        return None if value is None else str(value).lower()

    return Setting(
        block,
        field,
        read=stated,
        show=lambda metadata: metadata.get(key, "false"),
        store=lambda word: {key: word},
        spell=lambda word: word == "true",
        on_proxies=on_proxies,
    )


def _visibility(metadata: Metadata) -> str:
    return Visibility.PUBLIC if metadata.get("public") == "true" else Visibility.PRIVATE


def _severity(metadata: Metadata) -> str:
    if metadata.get("prevent_vul") != "true":
        return Severity.NONE
    return metadata.get("severity", "").capitalize()


def _store_severity(word: str) -> Metadata:
    if word == Severity.NONE:
        return {"prevent_vul": "false"}
    return {"prevent_vul": "true", "severity": word.lower()}


def _stated_bandwidth(spec: ProjectSpec) -> str | None:
    limit = spec.proxy_cache.bandwidth_kbps if spec.proxy_cache else None
    return None if limit is None else str(limit)


def _bandwidth(metadata: Metadata) -> str:
    speed = metadata.get("proxy_speed_kb", "-1")
    return speed if speed.isdecimal() and int(speed) > 0 else UNLIMITED


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "visibility",
        "",
        read=lambda spec: spec.visibility,
        show=_visibility,
        store=lambda word: {"public": str(word == Visibility.PUBLIC).lower()},
    ),
    _switch("scanning", "onPush", "auto_scan", lambda spec: spec.scanning.on_push),
    _switch(
        "scanning", "sbomOnPush", "auto_sbom_generation", lambda spec: spec.scanning.sbom_on_push
    ),
    Setting(
        "pullRestrictions",
        "blockSeverity",
        read=lambda spec: spec.pull_restrictions.block_severity,
        show=_severity,
        store=_store_severity,
    ),
    _switch(
        "pullRestrictions",
        "requireCosignSignature",
        "enable_content_trust_cosign",
        lambda spec: spec.pull_restrictions.require_cosign_signature,
    ),
    _switch(
        "pullRestrictions",
        "requireNotationSignature",
        "enable_content_trust",
        lambda spec: spec.pull_restrictions.require_notation_signature,
        on_proxies=False,
    ),
    Setting(
        "proxyCache",
        "bandwidthKBps",
        read=_stated_bandwidth,
        show=_bandwidth,
        store=lambda word: {"proxy_speed_kb": "-1" if word == UNLIMITED else word},
        spell=lambda word: word if word == UNLIMITED else int(word),
        on_proxies=True,
    ),
)


@dataclass(frozen=True, slots=True)
class MetadataSeen:
    """A project's metadata, and whether it is a proxy cache."""

    metadata: Metadata
    proxy: bool = False


@dataclass(frozen=True, slots=True)
class UpdateMetadata:
    """Write the keys that differ; Harbor keeps all others."""

    metadata: Metadata


class MetadataBlock(Block[Words, MetadataSeen]):
    """Visibility, scans, pull restrictions and a proxy cache's bandwidth."""

    name = "metadata"
    in_pages = True
    usual: ClassVar[Mapping[str, Any]] = {s.name: s.spell(s.show({})) for s in SETTINGS}

    @override
    def desired(self, spec: ProjectSpec, status: ProjectStatus) -> Words | None:
        words = {setting.name: setting.read(spec) for setting in SETTINGS}
        return {name: word for name, word in words.items() if word is not None} or None

    @override
    def compare(self, desired: Words, observed: MetadataSeen) -> Comparison:
        wanted = _stated(desired)
        dropped = [s for s in wanted if s.on_proxies is not None and s.on_proxies != observed.proxy]
        troubles = tuple(_dropped(s) for s in dropped if desired[s.name] != s.show({}))
        changed = [
            setting
            for setting in wanted
            if setting not in dropped and setting.show(observed.metadata) != desired[setting.name]
        ]
        if not changed:
            return Comparison(troubles=troubles)
        step = Step(
            self.name,
            Verb.UPDATE,
            target="",
            changes=tuple(
                Change(s.block, s.field, s.show(observed.metadata), desired[s.name])
                for s in changed
            ),
            write=UpdateMetadata(_stored(changed, desired)),
        )
        return Comparison((step,), troubles)

    @override
    def blank(self, desired: Words) -> MetadataSeen:
        bandwidth = any(s.on_proxies and s.name in desired for s in SETTINGS)
        return MetadataSeen({}, proxy=bandwidth)

    @override
    def state(self, observed: MetadataSeen) -> Statement:
        kept = [s for s in SETTINGS if s.on_proxies is None or s.on_proxies == observed.proxy]
        return Statement({s.name: s.spell(s.show(observed.metadata)) for s in kept})

    @override
    def at_creation(self, desired: Words) -> Birth:
        return Birth(metadata=_stored(_stated(desired), desired))

    @override
    def refusal(self, desired: Words, rule: TenantRule) -> str | None:
        if desired.get("visibility") == Visibility.PUBLIC and not rule.allow_public:
            return (
                "The connection's tenant rule allows no public projects: set visibility to Private."
            )
        return None


def _stated(desired: Words) -> list[Setting]:
    return [setting for setting in SETTINGS if setting.name in desired]


def _stored(settings: list[Setting], desired: Words) -> dict[str, str]:
    return {
        key: value
        for setting in settings
        for key, value in setting.store(desired[setting.name]).items()
    }


def _dropped(setting: Setting) -> Trouble:
    where = "a proxy cache" if setting.on_proxies is False else "a project that is no proxy cache"
    return Trouble(
        Reason.INVALID_SPEC, f"{setting.name}: Harbor does not keep it on {where}: remove it."
    )


METADATA = MetadataBlock()
