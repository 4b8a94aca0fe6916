import pytest

from harbor_operator.kube.resources import EVENTS, NAMESPACES, SECRETS, InvalidNameError


def test_core_and_group_resources_have_their_roots() -> None:
    assert SECRETS.collection_path("team") == "/api/v1/namespaces/team/secrets"
    assert EVENTS.collection_path() == "/apis/events.k8s.io/v1/events"
    assert (SECRETS.api_version, EVENTS.api_version) == ("v1", "events.k8s.io/v1")


def test_cluster_scoped_object_has_no_namespace_in_its_path() -> None:
    path = NAMESPACES.object_path("team", namespace="ignored", subresource="finalize")

    assert path == "/api/v1/namespaces/team/finalize"


def test_unusual_characters_are_encoded() -> None:
    assert SECRETS.object_path("a b:c?", namespace="n").endswith("/a%20b%3Ac%3F")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../secrets", "a%2Fb"])
def test_name_that_would_change_the_path_is_refused(name: str) -> None:
    with pytest.raises(InvalidNameError):
        SECRETS.object_path(name, namespace="n")
    with pytest.raises(InvalidNameError):
        SECRETS.collection_path(name)


def test_namespaced_object_without_a_namespace_is_refused() -> None:
    with pytest.raises(InvalidNameError):
        SECRETS.object_path("a")
