"""Which images run, by what pods say."""

import pytest

from harbor_operator.cli.scan_report.pods import Use, running_among, uses_of
from tests.support.custom_resources import Json

HOST = "harbor.example.com"
DIGEST = f"sha256:{'a' * 64}"
APP = f"{HOST}/team/app"


def pod(*containers: Json, phase: str = "Running", part: str = "containers") -> Json:
    """A pod whose containers are given with the status that each has."""
    statuses = {"containers": "containerStatuses", "initContainers": "initContainerStatuses"}
    spec = [{"name": str(n), "image": entry["image"]} for n, entry in enumerate(containers)]
    status = [
        {"name": str(n), **entry["status"]}
        for n, entry in enumerate(containers)
        if "status" in entry
    ]
    return {
        "metadata": {"name": "web-1", "namespace": "shop"},
        "spec": {part: spec},
        "status": {"phase": phase, statuses[part]: status},
    }


def running(image: str, image_id: str, **state: object) -> Json:
    """A container and its status."""
    return {"image": image, "status": {"imageID": image_id, "state": state or {"running": {}}}}


@pytest.mark.parametrize(
    ("image_id", "digest"),
    [
        (f"{APP}@{DIGEST}", DIGEST),
        (f"docker-pullable://{APP}@{DIGEST}", DIGEST),
        (f"docker.io/other/name@{DIGEST}", DIGEST),
        (DIGEST, ""),
        ("", ""),
    ],
)
def test_the_digest_is_that_of_what_runs(image_id: str, digest: str) -> None:
    [use] = uses_of(pod(running(f"{APP}:1.0", image_id)))

    assert use == Use("web-1", f"{APP}:1.0", digest, pulled=True)


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_pod_that_has_ended_runs_nothing(phase: str) -> None:
    assert uses_of(pod(running(APP, f"{APP}@{DIGEST}"), phase=phase)) == ()


def test_a_container_that_crashes_counts_as_running() -> None:
    [use] = uses_of(pod(running(APP, f"{APP}@{DIGEST}", waiting={"reason": "CrashLoopBackOff"})))

    assert use.digest == DIGEST


def test_an_init_container_counts_until_it_is_done() -> None:
    done = running(APP, f"{APP}@{DIGEST}", terminated={"exitCode": 0})
    sidecar = running(f"{HOST}/team/proxy:2", f"{HOST}/team/proxy@{DIGEST}")

    [use] = uses_of(pod(done, sidecar, part="initContainers"))

    assert use.named == f"{HOST}/team/proxy:2"


def test_a_container_that_has_not_started_is_judged_by_its_name() -> None:
    found = running_among(uses_of(pod({"image": f"{APP}:1.0"})), [HOST])

    assert [str(entry.image) for entry in found.images] == [f"{APP}:1.0"]
    assert found.notes == ("1 container not started yet: judged by the image that is named",)


def test_pods_of_the_same_digest_are_one_image() -> None:
    uses = [
        Use("web-2", f"{APP}:latest", DIGEST, pulled=True),
        Use("web-1", f"{APP}:1.0", DIGEST, pulled=True),
        Use("web-1", f"{APP}:1.0", DIGEST, pulled=True),
    ]

    [found] = running_among(uses, [HOST]).images

    assert found.image.digest == DIGEST
    assert found.used_by == ("web-1", "web-2")


def test_images_of_other_registries_are_named() -> None:
    uses = [
        Use("cache-1", "redis:7", DIGEST, pulled=True),
        Use("cache-2", "redis:7", DIGEST, pulled=True),
        Use("db-1", "quay.io/team/db:1", DIGEST, pulled=True),
    ]

    found = running_among(uses, [HOST])

    assert found.images == ()
    assert [(entry.image, entry.used_by) for entry in found.foreign] == [
        ("quay.io/team/db:1", ("db-1",)),
        ("redis:7", ("cache-1", "cache-2")),
    ]


def test_without_a_tag_latest_is_meant() -> None:
    [found] = running_among([Use("web-1", APP, "", pulled=True)], [HOST]).images

    assert found.image.tag == "latest"


def test_a_digest_that_the_pod_names_is_enough() -> None:
    found = running_among([Use("web-1", f"{APP}@{DIGEST}", "", pulled=True)], [HOST])

    assert found.images[0].image.digest == DIGEST
    assert found.notes == ()
