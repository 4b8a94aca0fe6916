"""Manifests as files hold them, and what is wrong with them."""

import pytest

from harbor_operator.api.base import API_VERSION
from harbor_operator.cli.planning.manifests import Manifests, read_manifests

PROJECT = f"apiVersion: {API_VERSION}\nkind: HarborProject\nmetadata:\n  name: web\n"
IN_SHOP = f"{PROJECT}  namespace: shop\nspec: {{}}\n"


def read(*texts: str) -> Manifests:
    """Files a.yaml, b.yaml and so on."""
    named = [(f"{chr(97 + number)}.yaml", text) for number, text in enumerate(texts)]
    return read_manifests(named, "team")


def test_objects_are_read_from_several_documents_and_lists() -> None:
    listed = f"kind: List\napiVersion: v1\nitems:\n- {PROJECT.replace(chr(10), chr(10) + '  ')}"
    found = read(f"{IN_SHOP}---\n\n---\n{listed}spec: {{}}\n")

    assert [*found.objects] == [("HarborProject", "shop", "web"), ("HarborProject", "team", "web")]
    assert [each.place for each in found.objects.values()] == [
        "a.yaml, document 1",
        "a.yaml, document 3",
    ]


def test_a_connection_has_no_namespace() -> None:
    spec = "spec: {url: 'https://h.example', credentialsSecretRef: {namespace: a, name: b}}"
    connection = PROJECT.replace("HarborProject", "ClusterHarborConnection")

    assert [*read(f"{connection}{spec}\n").objects] == [("ClusterHarborConnection", "", "web")]


def test_other_kinds_are_counted_and_namespaces_remembered() -> None:
    namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {tier: gold}}\n"
    found = read("kind: Deployment\napiVersion: apps/v1\n", namespace, "a: 1\n", "- 1\n")

    assert found.ignored == {"Deployment": 1, "Namespace": 1, "no kind": 2}
    assert found.namespaces == {"shop": {"tier": "gold"}}
    assert found.problems == ()


def test_times_and_keys_are_read_as_kubectl_does() -> None:
    cves = "spec: {pullRestrictions: {allowedCVEs: {ids: [], expiresAt: 2030-01-01T00:00:00Z}}}"

    assert read(f"{PROJECT}{cves}\n").problems == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: [", "a.yaml: not YAML: line 1: "),
        ("a: 1\na: 2\n", "a.yaml: not YAML: line 2: key 'a' stands twice in a map"),
        (
            IN_SHOP.replace("v1alpha1", "v9"),
            f"a.yaml: HarborProject: apiVersion has to be {API_VERSION}",
        ),
        (
            f"apiVersion: {API_VERSION}\nkind: HarborRobot\n",
            "a.yaml: HarborRobot: metadata.name has to be given",
        ),
        (
            f"{PROJECT}spec: {{colour: red}}\n",
            "a.yaml: HarborProject team/web: spec.colour: there is no such field",
        ),
        (
            f"{IN_SHOP}---\n{IN_SHOP}",
            "a.yaml, document 2: HarborProject shop/web: it stands in a.yaml, document 1 already",
        ),
    ],
    ids=["no YAML", "a key twice", "a version", "no name", "an unknown field", "twice"],
)
def test_what_would_be_refused_is_told_with_its_file(text: str, problem: str) -> None:
    (told,) = read(text).problems

    assert told.startswith(problem)


def test_all_problems_are_told() -> None:
    found = read(f"{PROJECT}spec: {{a: 1, b: 2}}\n", "a: [")

    assert [problem.partition(":")[0] for problem in found.problems] == ["a.yaml"] * 2 + ["b.yaml"]
