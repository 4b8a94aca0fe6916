"""The client's contract, checked against a real API server."""

import asyncio
import base64
import traceback

import pytest

from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.errors import (
    AlreadyExists,
    Conflict,
    Forbidden,
    Invalid,
    KubeError,
    NamespaceTerminating,
    NotFound,
)
from harbor_operator.kube.informer import Informer
from harbor_operator.kube.resources import (
    CONFIG_MAPS,
    NAMESPACES,
    SECRETS,
    SERVICE_ACCOUNTS,
    JsonObject,
    ObjectKey,
    Resource,
    key_of,
)
from harbor_operator.kube.selection import Selection
from harbor_operator.kube.watching import EventType

PASSWORD = "correct-horse-battery-staple"
ENCODED_PASSWORD = base64.b64encode(PASSWORD.encode()).decode()


def body_of(resource: Resource, name: str, **content: object) -> JsonObject:
    labels = {"app": "kube-tests"}
    head = {"apiVersion": resource.api_version, "kind": resource.kind}
    return {**head, "metadata": {"name": name, "labels": labels}, **content}


def config_map(name: str, **data: str) -> JsonObject:
    return body_of(CONFIG_MAPS, name, data=data)


async def test_server_tells_its_version(client: KubeClient) -> None:
    version = await client.server_version()

    assert version.major == 1
    assert version.minor >= 30
    assert version.git_version.startswith("v1.")


async def test_created_object_can_be_read(client: KubeClient, namespace: str) -> None:
    created = await client.create(CONFIG_MAPS, config_map("a", x="1"), namespace=namespace)
    read = await client.get(CONFIG_MAPS, "a", namespace=namespace)

    assert read == created
    assert read["data"] == {"x": "1"}
    assert read["metadata"]["managedFields"][0]["manager"] == "tests"


async def test_namespace_in_the_body_counts(client: KubeClient, namespace: str) -> None:
    body = config_map("a")
    body["metadata"]["namespace"] = namespace

    created = await client.create(CONFIG_MAPS, body, field_manager="another")

    assert key_of(created) == ObjectKey(namespace, "a")
    assert created["metadata"]["managedFields"][0]["manager"] == "another"


async def test_missing_object_is_not_found(client: KubeClient, namespace: str) -> None:
    with pytest.raises(NotFound) as caught:
        await client.get(CONFIG_MAPS, "none", namespace=namespace)

    error = caught.value
    assert (error.status, error.reason, error.resource) == (404, "NotFound", CONFIG_MAPS)
    assert (error.namespace, error.name) == (namespace, "none")
    assert error.message == 'configmaps "none" not found'
    assert str(error) == f"get configmaps {namespace}/none: NotFound (404): {error.message}"


async def test_create_of_a_taken_name_already_exists(client: KubeClient, namespace: str) -> None:
    await client.create(CONFIG_MAPS, config_map("a"), namespace=namespace)

    with pytest.raises(AlreadyExists):
        await client.create(CONFIG_MAPS, config_map("a"), namespace=namespace)


async def test_replace_writes_the_state_that_was_read(client: KubeClient, namespace: str) -> None:
    read = await client.create(CONFIG_MAPS, config_map("a", x="1"), namespace=namespace)

    replaced = await client.replace(CONFIG_MAPS, read | {"data": {"y": "2"}})

    assert replaced["data"] == {"y": "2"}


async def test_replace_of_an_older_state_conflicts(client: KubeClient, namespace: str) -> None:
    read = await client.create(CONFIG_MAPS, config_map("a", x="1"), namespace=namespace)
    await client.patch_merge(CONFIG_MAPS, "a", {"data": {"x": "2"}}, namespace=namespace)

    with pytest.raises(Conflict):
        await client.replace(CONFIG_MAPS, read)


async def test_replace_of_an_object_made_anew_conflicts(client: KubeClient, namespace: str) -> None:
    read = await client.create(CONFIG_MAPS, config_map("a"), namespace=namespace)
    await client.delete(CONFIG_MAPS, "a", namespace=namespace)
    await client.create(CONFIG_MAPS, config_map("a"), namespace=namespace)

    with pytest.raises(Conflict):
        await client.replace(CONFIG_MAPS, read)


async def test_replace_without_a_precondition_is_refused(
    client: KubeClient, namespace: str
) -> None:
    with pytest.raises(ValueError, match="resourceVersion"):
        await client.replace(CONFIG_MAPS, config_map("a"), namespace=namespace)


async def test_applied_secret_is_owned_field_by_field(client: KubeClient, namespace: str) -> None:
    both = body_of(SECRETS, "s", data={"a": ENCODED_PASSWORD, "b": ENCODED_PASSWORD})
    await client.apply(SECRETS, both, namespace=namespace)
    await client.patch_merge(
        SECRETS, "s", {"metadata": {"labels": {"o": "p"}}}, namespace=namespace
    )

    one = body_of(SECRETS, "s", data={"a": ENCODED_PASSWORD})
    applied = await client.apply(SECRETS, one, namespace=namespace)

    assert applied["data"] == {"a": ENCODED_PASSWORD}
    assert applied["metadata"]["labels"] == {"app": "kube-tests", "o": "p"}
    owners = {
        (entry["manager"], entry["operation"]) for entry in applied["metadata"]["managedFields"]
    }
    assert owners == {("tests", "Apply"), ("tests", "Update")}


async def test_apply_without_force_conflicts_with_another_owner(
    client: KubeClient, namespace: str
) -> None:
    await client.create(
        CONFIG_MAPS, config_map("a", x="1"), namespace=namespace, field_manager="another"
    )

    with pytest.raises(Conflict):
        await client.apply(CONFIG_MAPS, config_map("a", x="2"), namespace=namespace, force=False)
    applied = await client.apply(CONFIG_MAPS, config_map("a", x="2"), namespace=namespace)

    assert applied["data"] == {"x": "2"}


async def test_apply_to_an_older_state_conflicts(client: KubeClient, namespace: str) -> None:
    created = await client.create(CONFIG_MAPS, config_map("a"), namespace=namespace)
    await client.patch_merge(CONFIG_MAPS, "a", {"data": {"x": "1"}}, namespace=namespace)
    body = config_map("a", x="2")
    body["metadata"]["resourceVersion"] = created["metadata"]["resourceVersion"]

    with pytest.raises(Conflict):
        await client.apply(CONFIG_MAPS, body, namespace=namespace)


async def test_apply_to_a_deleted_object_conflicts(client: KubeClient, namespace: str) -> None:
    body = config_map("a", x="2")
    body["metadata"]["uid"] = "2a4b4f2e-6d0c-4d38-9c6a-111111111111"

    with pytest.raises(Conflict):
        await client.apply(CONFIG_MAPS, body, namespace=namespace)


async def test_apply_to_an_object_made_anew_is_invalid(client: KubeClient, namespace: str) -> None:
    await client.create(CONFIG_MAPS, config_map("a"), namespace=namespace)
    body = config_map("a", x="2")
    body["metadata"]["uid"] = "2a4b4f2e-6d0c-4d38-9c6a-111111111111"

    with pytest.raises(Invalid):
        await client.apply(CONFIG_MAPS, body, namespace=namespace)


async def test_status_is_applied_apart(client: KubeClient, namespace: str) -> None:
    condition = {
        "type": "Seen",
        "status": "True",
        "reason": "Test",
        "message": "Seen by a test",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }
    body = body_of(NAMESPACES, namespace, status={"conditions": [condition]})

    applied = await client.apply(NAMESPACES, body, subresource="status")

    assert applied["status"]["conditions"] == [condition]


async def test_json_patch_changes_what_was_tested(client: KubeClient, namespace: str) -> None:
    account = await client.create(
        SERVICE_ACCOUNTS, body_of(SERVICE_ACCOUNTS, "a"), namespace=namespace
    )
    version = account["metadata"]["resourceVersion"]
    operations = [
        {"op": "test", "path": "/metadata/resourceVersion", "value": version},
        {"op": "add", "path": "/imagePullSecrets", "value": [{"name": "s"}]},
    ]

    patched = await client.patch_json(SERVICE_ACCOUNTS, "a", operations, namespace=namespace)
    with pytest.raises(Invalid):
        await client.patch_json(SERVICE_ACCOUNTS, "a", operations, namespace=namespace)

    assert patched["imagePullSecrets"] == [{"name": "s"}]


async def test_merge_patch_removes_by_null(client: KubeClient, namespace: str) -> None:
    await client.create(CONFIG_MAPS, config_map("a", x="1", y="2"), namespace=namespace)

    patch = {"data": {"x": None}}
    patched = await client.patch_merge(CONFIG_MAPS, "a", patch, namespace=namespace)

    assert patched["data"] == {"y": "2"}


async def test_deleted_object_is_gone(client: KubeClient, namespace: str) -> None:
    await client.create(CONFIG_MAPS, config_map("a"), namespace=namespace)

    await client.delete(CONFIG_MAPS, "a", namespace=namespace, propagation="Background")

    with pytest.raises(NotFound):
        await client.delete(CONFIG_MAPS, "a", namespace=namespace)


async def test_delete_observes_its_preconditions(client: KubeClient, namespace: str) -> None:
    created = await client.create(CONFIG_MAPS, config_map("a"), namespace=namespace)
    metadata = created["metadata"]

    with pytest.raises(Conflict):
        await client.delete(CONFIG_MAPS, "a", namespace=namespace, uid="another")
    with pytest.raises(Conflict):
        await client.delete(CONFIG_MAPS, "a", namespace=namespace, resource_version="1")
    await client.delete(
        CONFIG_MAPS,
        "a",
        namespace=namespace,
        uid=metadata["uid"],
        resource_version=metadata["resourceVersion"],
    )

    with pytest.raises(NotFound):
        await client.get(CONFIG_MAPS, "a", namespace=namespace)


async def test_terminating_namespace_takes_nothing_new(client: KubeClient, namespace: str) -> None:
    held = {**config_map("held")}
    held["metadata"]["finalizers"] = ["kube-tests/hold"]
    await client.create(CONFIG_MAPS, held, namespace=namespace)
    await client.delete(NAMESPACES, namespace)

    with pytest.raises(NamespaceTerminating):
        await client.create(CONFIG_MAPS, config_map("a"), namespace=namespace)
    with pytest.raises(NamespaceTerminating) as caught:
        await client.apply(SECRETS, body_of(SECRETS, "s"), namespace=namespace)
    release = {"metadata": {"finalizers": None}}
    await client.patch_merge(CONFIG_MAPS, "held", release, namespace=namespace)

    assert isinstance(caught.value, Forbidden)


async def test_create_in_a_missing_namespace_is_not_found(client: KubeClient) -> None:
    with pytest.raises(NotFound):
        await client.create(CONFIG_MAPS, config_map("a"), namespace="no-such-namespace")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param({"data": {"k": PASSWORD + "!"}}, id="not base64"),
        pytest.param({"data": {"k": {PASSWORD: 1}}}, id="not a string"),
        pytest.param({"stringData": {f"{PASSWORD} as key": PASSWORD}}, id="bad key"),
        pytest.param({"type": PASSWORD, "data": ENCODED_PASSWORD}, id="not a map"),
        pytest.param(
            {"type": "kubernetes.io/dockerconfigjson", "data": {".dockercfg": ENCODED_PASSWORD}},
            id="wrong type",
        ),
    ],
)
async def test_error_about_a_secret_shows_nothing_of_it(
    client: KubeClient, namespace: str, content: JsonObject
) -> None:
    body = body_of(SECRETS, "s", **content)

    with pytest.raises(KubeError) as created:
        await client.create(SECRETS, body, namespace=namespace)
    with pytest.raises(KubeError) as applied:
        await client.apply(SECRETS, body, namespace=namespace)

    for error in (created.value, applied.value):
        shown = "".join(traceback.format_exception(error)) + repr(vars(error))
        assert PASSWORD not in shown
        assert ENCODED_PASSWORD not in shown


async def test_list_reads_all_pages_of_one_state(client: KubeClient, namespace: str) -> None:
    for name in "abcde":
        await client.create(CONFIG_MAPS, config_map(name), namespace=namespace)

    mine = await client.list(
        CONFIG_MAPS, namespace=namespace, label_selector="app in (kube-tests),app!=x", limit=2
    )

    assert [item["metadata"]["name"] for item in mine.items] == list("abcde")
    assert int(mine.resource_version) > 0


async def test_list_filters_on_the_server(client: KubeClient, namespace: str) -> None:
    for name in "ab":
        await client.create(CONFIG_MAPS, config_map(name), namespace=namespace)

    by_name = await client.list(CONFIG_MAPS, namespace=namespace, field_selector="metadata.name=b")
    by_label = await client.list(CONFIG_MAPS, namespace=namespace, label_selector="app=other")

    assert [item["metadata"]["name"] for item in by_name.items] == ["b"]
    assert not by_label.items


async def test_metadata_list_holds_no_content(client: KubeClient, namespace: str) -> None:
    body = body_of(SECRETS, "s", data={"k": ENCODED_PASSWORD})
    await client.create(SECRETS, body, namespace=namespace)

    listed = await client.list(SECRETS, namespace=namespace, metadata_only=True)

    assert [item["metadata"]["name"] for item in listed.items] == ["s"]
    assert "data" not in listed.items[0]


@pytest.mark.parametrize("metadata_only", [False, True])
async def test_watch_delivers_what_follows_a_list(
    client: KubeClient, namespace: str, *, metadata_only: bool
) -> None:
    selection = Selection(CONFIG_MAPS, namespace, "app=kube-tests", metadata_only=metadata_only)
    listed = await client.collect(selection, key_of)
    await client.create(CONFIG_MAPS, config_map("a"), namespace=namespace)
    await client.patch_merge(CONFIG_MAPS, "a", {"data": {"x": "1"}}, namespace=namespace)
    await client.delete(CONFIG_MAPS, "a", namespace=namespace)

    events = [
        event
        async for event in client.watch(
            selection, resource_version=listed.resource_version, timeout_seconds=1
        )
        if event.type is not EventType.BOOKMARK
    ]

    assert [event.type.value for event in events] == ["ADDED", "MODIFIED", "DELETED"]
    assert all(key_of(event.object) == ObjectKey(namespace, "a") for event in events)
    assert ("data" in events[1].object) is not metadata_only


async def test_informer_follows_a_real_server(client: KubeClient, namespace: str) -> None:
    changes: asyncio.Queue[tuple[str, str | None, str | None]] = asyncio.Queue()
    informer = Informer(
        client,
        Selection(CONFIG_MAPS, namespace, "app=kube-tests"),
        lambda body: str(body["data"]["x"]),
        lambda key, old, new: changes.put_nowait((key.name, old, new)),
        jitter=lambda: 0.0,
    )
    await client.create(CONFIG_MAPS, config_map("a", x="1"), namespace=namespace)

    async with asyncio.timeout(10):
        running = asyncio.create_task(informer.run())
        await informer.synced.wait()
        await client.patch_merge(CONFIG_MAPS, "a", {"data": {"x": "2"}}, namespace=namespace)
        await client.delete(CONFIG_MAPS, "a", namespace=namespace)
        seen = [await changes.get() for _ in range(3)]
        running.cancel()
        await asyncio.wait([running])

    assert seen == [("a", None, "1"), ("a", "1", "2"), ("a", "2", None)]
    assert running.cancelled()
