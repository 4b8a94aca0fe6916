"""Pulls that fail by what the pod, its ServiceAccount and its pull secrets say."""

import pytest

from harbor_operator.cli.failures import ExitCode
from tests.support.cluster import decoded
from tests.support.pull_scene import Scene, proves

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_pod_with_a_good_login_is_pulled(scene: Scene) -> None:
    await scene.pod("good", scene.image())
    await scene.pulls("good")

    told = await scene.why("pod/good")

    assert (told.code, told.answer["failed"]) == (ExitCode.FINE, [])


@proves("InvalidImageName")
async def test_a_name_that_no_image_can_have_is_told(scene: Scene) -> None:
    await scene.pod("shouting", scene.image("APP:1"))
    await scene.fails("shouting")

    told = await scene.why("pod/shouting")

    assert told.causes == ["InvalidImageName"]


@proves("NeverPulled")
async def test_an_image_that_must_not_be_pulled_is_told(scene: Scene) -> None:
    await scene.pod("never", scene.image(), imagePullPolicy="Never")
    await scene.fails("never")

    told = await scene.why("pod/never")

    assert told.causes == ["NeverPulled"]


@proves("SecretMissing")
async def test_a_pull_secret_that_is_not_there_is_told(scene: Scene) -> None:
    await scene.pod("forgotten", scene.image(), "absent")
    await scene.fails("forgotten")

    told = await scene.why("pod/forgotten")

    assert "SecretMissing" in told.causes
    assert "pull secret absent" in told.sentence


@proves("SecretUnusable")
async def test_a_pull_secret_of_a_wrong_type_is_told_and_its_cure_helps(scene: Scene) -> None:
    login = decoded(await scene.tenant.secret("ci"))
    await scene.secret("opaque", login["username"], login["password"], kind="Opaque")
    await scene.pod("opaque", scene.image(), "opaque")
    await scene.fails("opaque")

    told = await scene.why("pod/opaque")
    await scene.carry_out(told.cure)
    await scene.secret("opaque", login["username"], login["password"])

    assert told.causes[0] == "SecretUnusable"
    await scene.pulls("opaque")


@proves("CreatedTooEarly")
async def test_a_pod_older_than_its_pull_secret_is_told_and_another_one_pulls(scene: Scene) -> None:
    account = await scene.account("late")
    await scene.pod("early", scene.image(), account="late")
    await scene.fails("early")
    await scene.use(account, "pull")

    told = await scene.why("pod/early")
    await scene.carry_out(told.cure)
    await scene.pod("early2", scene.image(), account="late")

    assert told.causes == ["CreatedTooEarly"]
    assert await scene.is_gone("early")
    await scene.pulls("early2")


@proves("OwnPullSecrets")
async def test_a_pod_that_overrides_its_account_is_told(scene: Scene) -> None:
    await scene.secret("foreign", "me", "Password1", host="ghcr.example")
    await scene.pod("own", scene.image(), "foreign")
    await scene.fails("own")

    told = await scene.why("pod/own")

    assert told.causes[0] == "OwnPullSecrets"
    assert "add pull there" in told.cure


@proves("WrongHost")
async def test_a_login_for_another_host_is_told(scene: Scene) -> None:
    login = decoded(await scene.tenant.secret("ci"))
    other = f"localhost:{scene.host.rpartition(':')[2]}"
    await scene.secret("elsewhere", login["username"], login["password"], host=other)
    await scene.pod("elsewhere", scene.image(), "elsewhere", account="people")
    await scene.fails("elsewhere")

    told = await scene.why("pod/elsewhere")

    assert told.causes == ["WrongHost"]
    assert told.sentence.endswith(f"elsewhere is for {other}.")


@proves("NameEatenByShell")
async def test_a_name_without_its_dollar_is_told(scene: Scene) -> None:
    login = decoded(await scene.tenant.secret("ci"))
    made = 'kubectl create secret docker-registry eaten -n "$1" --docker-server="$2" '
    command = f'{made} --docker-username="{login["username"]}" --docker-password="$3"'
    arguments = (scene.tenant.namespace, scene.host, login["password"])
    code, _, errors = await scene.run("bash", "-c", command, "bash", *arguments)
    assert code == 0, errors
    await scene.pod("eaten", scene.image(), "eaten", account="people")
    await scene.fails("eaten")

    told = await scene.why("pod/eaten")

    assert told.causes == ["NameEatenByShell"]


@proves("NoPullSecret", "PullsNow")
async def test_a_pull_without_any_login_is_told_until_the_project_is_public(scene: Scene) -> None:
    name, image = scene.tenant.harbor_name("open"), scene.image(project="open")
    await scene.admin("POST", "/api/v2.0/projects", {"project_name": name})
    await scene.push(image)
    await scene.pod("bare", image, account="people")
    await scene.fails("bare")

    told = await scene.why("pod/bare")
    public = {"metadata": {"public": "true"}}
    assert (await scene.admin("PUT", f"/api/v2.0/projects/{name}", public)).status == 200
    then = await scene.why("pod/bare")

    assert told.causes == ["NoPullSecret"]
    assert then.causes == ["PullsNow"]
    await scene.pulls("bare")


async def test_a_backed_off_pull_is_told_as_the_first_one(scene: Scene) -> None:
    await scene.pod("again", scene.image(), "absent2", account="people")
    await scene.fails("again")
    await scene.fails("again")

    told = await scene.why("pod/again")

    assert told.answer["failed"][0]["reason"] == "ImagePullBackOff"
    assert told.causes[0] == "SecretMissing"


async def test_a_namespace_tells_of_all_its_pods(scene: Scene) -> None:
    for number in (1, 2):
        await scene.pod(f"many{number}", scene.image("other:1"), "absent3", account="people")
        await scene.fails(f"many{number}")

    told = await scene.why(f"namespace/{scene.tenant.namespace}")

    together = [pull["pods"] for pull in told.answer["failed"] if "other:1" in pull["image"]]
    assert together == [["many1", "many2"]]


async def test_an_image_is_tried_with_what_a_new_pod_would_have(scene: Scene) -> None:
    good = await scene.why(scene.image())
    bare = await scene.why(scene.image(), "--serviceaccount=people")
    left = await scene.why(scene.image(), "--no-try")

    assert (good.code, good.answer["pulled_with"]["secret"]) == (ExitCode.FINE, "pull")
    assert (bare.code, bare.causes) == (ExitCode.NOT_SO, ["NoPullSecret"])
    assert (left.code, left.answer["pulled_with"]) == (ExitCode.FINE, None)
    assert "no pull was tried from here (--no-try)" in left.answer["notes"]


async def test_a_cronjob_has_the_pods_of_its_jobs_alone(scene: Scene) -> None:
    await scene.tenant.give({"apiGroups": ["batch"], "resources": ["*"], "verbs": ["get", "list"]})
    await scene.cron_job("nightly")
    for job in ("nightly-1", "other-1"):
        await scene.pod(job, scene.image("none:1"), job=job)
        await scene.fails(job)

    told = await scene.why("cronjob/nightly")

    assert [pull["pods"] for pull in told.answer["failed"]] == [["nightly-1"]]
