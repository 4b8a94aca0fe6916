"""Finds out what the cluster does not know: at the hosts of images, and from Harbor."""

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from harbor_operator.cli.failures import CommandError
from harbor_operator.cli.harbor_access import (
    HarborLogin,
    explained,
    find_login,
    open_harbor,
    read_bundle,
)
from harbor_operator.cli.why.arguments import WhyOptions
from harbor_operator.cli.why.asking import ask
from harbor_operator.cli.why.evidence import Evidence, host_of, image_of
from harbor_operator.cli.why.gathering import Case
from harbor_operator.cli.why.hosts import HostRules, rules_of
from harbor_operator.cli.why.probing import look_at
from harbor_operator.cli.why.spoken import Symptom
from harbor_operator.cli.why.trials import HarborView, Probe, Result, Trial
from harbor_operator.cli.why.trying import try_logins
from harbor_operator.cli.why.weighing import WITHOUT_PULL
from harbor_operator.harbor import HarborClient
from harbor_operator.harbor.errors import HarborError
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.errors import KubeError

_DISTRUST: Final = frozenset(
    {Symptom.UNKNOWN_AUTHORITY, Symptom.CERTIFICATE_TIME, Symptom.CERTIFICATE_NAME}
)


async def go_beyond(
    case: Case,
    options: WhyOptions,
    client: KubeClient,
    environment: Mapping[str, str] = os.environ,
) -> Case:
    """Try the pulls of a case from here, and ask Harbor; what could not be done becomes a note.

    Raises:
        CommandError: The file of `--ca-file` cannot be read.
    """
    bundle = read_bundle(options.ca_file) if options.ca_file else None
    if not any(map(_is_pulled, case.evidence)):
        return case
    case = await _try_all(case, client, bundle, wanted=not options.no_try)
    return await _ask_about_all(case, options, environment)


def _is_pulled(evidence: Evidence) -> bool:
    return evidence.reason not in WITHOUT_PULL and image_of(evidence.image) is not None


async def _try_all(case: Case, client: KubeClient, bundle: str | None, *, wanted: bool) -> Case:
    """Each host is looked at once, and each image tried once with the same pull secrets."""
    if not wanted:
        return _noted(case, "no pull was tried from here (--no-try)")
    hosts = {host_of(evidence.image) for evidence in case.evidence if _is_pulled(evidence)}
    rules = await rules_of(client, hosts, bundle)
    probes: dict[str, Probe] = {}
    trials: dict[tuple[str, tuple[str, ...]], tuple[Trial, ...]] = {}
    tried = []
    for evidence in case.evidence:
        image = image_of(evidence.image)
        if image is None or not _is_pulled(evidence):
            tried.append(evidence)
            continue
        rule = rules[image.host]
        if evidence.image not in probes:
            probes[evidence.image] = await look_at(image, rule, evidence.now)
        probe = probes[evidence.image]
        key = (evidence.image, evidence.named)
        if key not in trials:
            trials[key] = await try_logins(evidence, case.passwords, probe, rule)
        case = _noted(case, *_untried(image.host, probe, rule), *_undecided(trials[key]))
        tried.append(replace(evidence, probe=probe, trials=trials[key]))
    return replace(case, evidence=tuple(tried))


def _untried(host: str, probe: Probe, rules: HostRules) -> tuple[str, ...]:
    """Why no login was sent to a host, in words; nothing where the host is a Harbor."""
    if probe.is_harbor:
        return ()
    if probe.trouble is None:
        return (f"no login was tried at {host}: it does not answer as a Harbor",)
    if probe.trouble.symptom in _DISTRUST:
        why = f"its certificate is not trusted here ({probe.trouble.words})"
        own = "" if rules.ca_bundle else "; --ca-file names its authority"
        return (f"no login was tried at {host}: {why}{own}",)
    if probe.trouble.symptom is Symptom.PLAIN_HTTP:
        return (f"no login was tried at {host}: it has no TLS",)
    return (f"no login was tried at {host}: {probe.trouble.words}",)


def _undecided(trials: tuple[Trial, ...]) -> tuple[str, ...]:
    return tuple(
        f"the trial of pull secret {trial.secret or '(none)'} came to nothing: {trial.words}"
        for trial in trials
        if trial.result is Result.UNDECIDED
    )


async def _ask_about_all(case: Case, options: WhyOptions, environment: Mapping[str, str]) -> Case:
    try:
        login = await find_login(replace(options, namespace=case.namespace), environment)
    except CommandError as error:
        return _noted(case, f"Harbor itself was not asked: {error}")
    except KubeError as error:
        return _noted(case, f"Harbor itself was not asked: {error.message}")
    try:
        async with open_harbor(login) as harbor:
            return await _with_views(case, login, harbor)
    except HarborError as error:
        return _noted(case, f"Harbor itself was not asked: {explained(error, login)}")
    except CommandError as error:
        return _noted(case, f"Harbor itself was not asked: {error}")


async def _with_views(case: Case, login: HarborLogin, harbor: HarborClient) -> Case:
    views: dict[tuple[str, tuple[str, ...]], HarborView] = {}
    seen = []
    for evidence in case.evidence:
        image = image_of(evidence.image)
        if image is None or not _is_pulled(evidence):
            seen.append(evidence)
            continue
        if not _serves(login, image.host):
            hosts = ", ".join(login.hosts)
            case = _noted(
                case, f"Harbor was not asked of {image.host}: {login.source} is for {hosts}"
            )
            seen.append(evidence)
            continue
        users = tuple(login.username for _, login in evidence.logins(*evidence.named))
        key = (evidence.image, users)
        if key not in views:
            views[key] = await ask(harbor, image, users)
        seen.append(replace(evidence, view=views[key]))
    return replace(case, evidence=tuple(seen))


def _serves(login: HarborLogin, host: str) -> bool:
    return not login.hosts or host in {*login.hosts, urlsplit(login.url).netloc}


def _noted(case: Case, *notes: str) -> Case:
    new = tuple(note for note in notes if note not in case.notes)
    return replace(case, notes=(*case.notes, *new))
