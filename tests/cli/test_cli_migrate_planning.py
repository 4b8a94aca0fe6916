"""The way from a pull secret of others to the operator's: which steps, in which order."""

from dataclasses import replace

import pytest

from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.validation import problems_of
from harbor_operator.cli.migrating.facts import (
    EXTERNAL_SECRET,
    SECRET,
    Account,
    Cluster,
    Home,
    Login,
    OldSecret,
    Source,
    Workload,
)
from harbor_operator.cli.migrating.planning import Migration, migrations_of

HOST = "harbor.test"
ROBOT = Login(HOST, "robot$shop+ci", "shop")
PERSON = Login(HOST, "alice")
OLD = OldSecret("web", "regcred", Source(SECRET, "regcred"), (ROBOT,))
DEFAULT = Account("web", "default", ("other", "regcred"))
INHERITS = Workload("deployment", "web", "front", "default", (), (f"{HOST}/shop/front:1",))
NAMES = Workload("cronjob", "web", "nightly", "default", ("regcred",), (f"{HOST}/shop/job:1",))
SHOP = Home("shop", "web", "shop")
CLUSTER = Cluster(
    frozenset({HOST}), (OLD,), accounts=(DEFAULT,), workloads=(INHERITS, NAMES), homes=(SHOP,)
)


def only(cluster: Cluster) -> Migration:
    """The way of the one pull secret."""
    [migration] = migrations_of(cluster)
    return migration


def commands(migration: Migration) -> list[str]:
    """All commands in their order."""
    return [command for step in migration.steps for command in step.commands]


def test_the_new_login_is_delivered_before_the_old_one_goes() -> None:
    migration = only(CLUSTER)

    assert [step.additive for step in migration.steps] == [True] * 4 + [False] * 4
    entry = (
        '{"spec": {"jobTemplate": {"spec": {"template": {"spec": {"imagePullSecrets": [%s]}}}}}}'
    )
    added, gone = '{"name": "regcred-harbor"}', '{"$patch": "delete", "name": "regcred"}'
    test = '{"op": "test", "path": "/imagePullSecrets/1/name", "value": "regcred"}'
    remove = '{"op": "remove", "path": "/imagePullSecrets/1"}'
    within = "kubectl -n web"
    assert commands(migration) == [
        "kubectl harbor migrate -n web --apply",
        f"{within} wait --for=condition=Ready hpull/regcred-harbor --timeout=2m",
        f"{within} patch cronjob/nightly -p '{entry % added}'",
        f"{within} rollout restart deployment/front",
        f"{within} patch serviceaccount/default --type=json -p '[{test}, {remove}]'",
        f"{within} patch cronjob/nightly -p '{entry % gone}'",
        f"{within} delete secret regcred",
    ]


def test_the_manifest_has_another_name_and_the_same_serviceaccounts() -> None:
    manifest = only(CLUSTER).manifest

    assert manifest is not None
    assert manifest["metadata"] == {"name": "regcred-harbor", "namespace": "web"}
    assert manifest["spec"] == {
        "projectRefs": [{"name": "shop"}],
        "serviceAccounts": {"names": ["default"]},
    }
    assert problems_of(PULL_SECRETS, manifest) == []


def test_what_is_done_already_is_no_step_any_more() -> None:
    done = replace(NAMES, secrets=("regcred", "regcred-harbor"))
    cluster = replace(
        CLUSTER,
        workloads=(done,),
        pull_secrets=frozenset({("web", "regcred-harbor")}),
    )

    first, second, *_ = commands(only(cluster))

    assert first.startswith("kubectl -n web wait")
    assert "/imagePullSecrets/1" in second


def test_a_project_that_nobody_manages_is_adopted_first() -> None:
    migration = only(replace(CLUSTER, homes=()))

    assert commands(migration)[0] == "kubectl harbor adopt --project shop -n web"
    assert (migration.manifest or {})["spec"]["projectRefs"] == [{"name": "shop"}]


def test_a_user_name_that_is_a_command_is_quoted() -> None:
    evil = replace(OLD, logins=(Login(HOST, "robot$x;reboot+y", "x;reboot"),))

    migration = only(replace(CLUSTER, secrets=(evil,)))

    assert commands(migration)[0] == "kubectl harbor adopt --project 'x;reboot' -n web"


def test_another_account_pulls_from_the_projects_of_its_images() -> None:
    elsewhere = Workload("pod", "web", "x", "default", (), ("docker.io/library/redis:7", "redis"))
    cluster = replace(
        CLUSTER,
        secrets=(replace(OLD, logins=(PERSON,)),),
        workloads=(INHERITS, elsewhere),
    )

    assert (only(cluster).manifest or {})["spec"]["projectRefs"] == [{"name": "shop"}]


def test_a_login_of_which_nothing_is_known_gets_no_manifest() -> None:
    unused = replace(OLD, logins=(PERSON,))

    migration = only(Cluster(frozenset({HOST}), (unused,)))

    assert (migration.manifest, migration.steps) == (None, ())
    assert migration.notes == (
        "it is not known which projects it pulls from: write a HarborPullSecret by hand",
        "nothing in the namespace uses it",
    )


def test_a_project_of_another_namespace_delivers_from_there() -> None:
    migration = only(replace(CLUSTER, homes=(Home("shop", "platform", "store"),)))

    manifest = migration.manifest or {}
    assert manifest["metadata"]["namespace"] == "platform"
    assert manifest["spec"]["projectRefs"] == [{"name": "store"}]
    assert manifest["spec"]["targets"] == {"namespaces": {"names": ["web"]}}
    assert problems_of(PULL_SECRETS, manifest) == []
    assert "accept-pull-secrets-from: platform" in migration.notes[0]


@pytest.mark.parametrize(
    ("source", "end"),
    [
        (Source(SECRET, "regcred"), "kubectl -n web delete secret regcred"),
        (Source(EXTERNAL_SECRET, "pulls"), "kubectl -n web delete externalsecret pulls"),
    ],
)
def test_whoever_writes_the_old_secret_ends_with_it(source: Source, end: str) -> None:
    migration = only(replace(CLUSTER, secrets=(replace(OLD, source=source),)))

    assert commands(migration)[-1] == end


def test_a_copy_is_ended_where_it_is_made() -> None:
    copied = replace(OLD, source=Source("copy by reflector of", "platform/regcred"))

    told = [step.sentence for step in only(replace(CLUSTER, secrets=(copied,))).steps]

    assert "have it copied no more" in told[-2]


def test_a_secret_with_logins_elsewhere_is_kept() -> None:
    both = replace(OLD, logins=(ROBOT, Login("docker.io", "me")))

    migration = only(replace(CLUSTER, secrets=(both,)))

    assert migration.steps[-1].sentence == "keep the old one, which is for docker.io as well"
    assert not any("delete" in command for command in commands(migration))


def test_what_mounts_it_is_told() -> None:
    build = Workload("cronjob", "web", "build", "default", (), (), ("regcred",))

    migration = only(replace(CLUSTER, workloads=(build,)))

    assert migration.notes[0].startswith("cronjob/build mounts it, perhaps to push")


def test_a_pod_that_nothing_makes_anew_is_told() -> None:
    pod = replace(INHERITS, kind="pod", name="lonely")

    told = [step.sentence for step in only(replace(CLUSTER, workloads=(pod,))).steps]

    assert "delete and make anew, as nothing else does: pod/lonely" in told


def test_a_secret_for_other_registries_is_none_of_it() -> None:
    foreign = replace(OLD, logins=(Login("docker.io", "me"),))

    assert migrations_of(replace(CLUSTER, secrets=(foreign,))) == ()
