"""What is read of the settings of projects and of the system, from answers of a real Harbor."""

from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from pydantic import SecretStr

from harbor_operator.harbor import (
    HarborClient,
    ImmutableRule,
    Member,
    RegistryCredential,
    RegistryEndpoint,
    RetentionPolicy,
    RetentionRule,
    Scanner,
    ScheduleKind,
    Selector,
    SystemSchedule,
    UserGroup,
)
from harbor_operator.harbor.errors import (
    HarborError,
    NotFound,
    PreconditionFailed,
    ProtocolError,
    ServerError,
)
from tests.support.recorded_answers import Recorded
from tests.support.recorded_settings import ALWAYS, EVERY_REPOSITORY, HOOK, TEN_NEWEST, Act
from tests.support.scripted_server import Script, ScriptedServer

Serve = Callable[[Script], Awaitable[tuple[ScriptedServer, HarborClient]]]

ADMIN = Member(id=18, entity_id=1, entity_name="admin", entity_type="u", role_id=1)
BOB = Member(id=20, entity_id=4, entity_name="bob", entity_type="u", role_id=5)

READS: dict[str, tuple[Recorded, Act, object]] = {
    "the creator is a member": (
        Recorded("members", 4, "the creator is a member"),
        lambda client: client.members.list(39),
        [ADMIN],
    ),
    "a member with an unknown role is counted but not shown": (
        Recorded("members", 23, "list hides it"),
        lambda client: client.members.list(39),
        [ADMIN, BOB],
    ),
    "no group is known before somebody uses it": (
        Recorded("members", 34, "usergroups"),
        lambda client: client.user_groups.list(),
        [],
    ),
    "an immutable rule may have no selectors": (
        Recorded("policies", 10, "list"),
        lambda client: client.immutable_rules.list(48),
        [
            ImmutableRule(
                id=1,
                tag_selector=Selector(decoration="matches", pattern="w*"),
                repository_selector=EVERY_REPOSITORY,
            ),
            ImmutableRule(id=3),
        ],
    ),
    "a retention policy has its schedule and its rules": (
        Recorded("policies", 15, "get"),
        lambda client: client.retentions.get(1),
        RetentionPolicy(
            id=1,
            cron="0 0 3 * * *",
            rules=(TEN_NEWEST,),
        ),
    ),
    "a retention rule may come without parameters": (
        Recorded("policies", 28, "get"),
        lambda client: client.retentions.get(1),
        RetentionPolicy(
            id=1,
            cron="0 0 3 * * *",
            rules=(ALWAYS,),
        ),
    ),
    "a webhook comes with its header": (
        Recorded("policies", 39, "list"),
        lambda client: client.webhooks.list(48),
        [HOOK.model_copy(update={"id": 1})],
    ),
    "a registry endpoint hides its secret": (
        Recorded("policies", 69, "registries by name"),
        lambda client: client.registries.find("hub"),
        RegistryEndpoint(
            id=1,
            name="hub",
            type="docker-registry",
            url="http://127.0.0.1:5000",
            insecure=True,
            credential=RegistryCredential(
                type="basic", access_key="harbor_registry_user", access_secret=SecretStr("*****")
            ),
            status="healthy",
        ),
    ),
    "a registry endpoint is found by its whole name only": (
        Recorded("policies", 69, "registries by name"),
        lambda client: client.registries.find("hu"),
        None,
    ),
    "a project has no scanner where Harbor has none": (
        Recorded("policies", 78, "project scanner: none"),
        lambda client: client.scanners.of_project(48),
        None,
    ),
    "there may be no scanner to choose": (
        Recorded("policies", 80, "candidates"),
        lambda client: client.scanners.candidates(48),
        [],
    ),
    "nothing is scheduled": (
        Recorded("policies", 81, "schedule gc"),
        lambda client: client.schedules.get(ScheduleKind.GARBAGE_COLLECTION),
        None,
    ),
    "no purge is scheduled": (
        Recorded("policies", 83, "schedule purgeaudit"),
        lambda client: client.schedules.get(ScheduleKind.AUDIT_LOG_PURGE),
        None,
    ),
    "the parameters of a schedule are JSON in a text": (
        Recorded("policies", 85, "gc schedule"),
        lambda client: client.schedules.get(ScheduleKind.GARBAGE_COLLECTION),
        SystemSchedule(
            cron="0 0 4 * * *",
            type="Custom",
            parameters={"delete_tag": False, "delete_untagged": True, "workers": 1},
        ),
    ),
}

REFUSED_READS: dict[str, tuple[Recorded, Act, type[HarborError]]] = {
    "members of a missing project": (
        Recorded("members", 33, "project of the missing"),
        lambda client: client.members.list(999),
        NotFound,
    ),
    "an unknown retention policy looks like trouble": (
        Recorded("policies", 32, "unknown"),
        lambda client: client.retentions.get(9999),
        ServerError,
    ),
    "no scans are scheduled without a scanner": (
        Recorded("policies", 82, "schedule scanAll"),
        lambda client: client.schedules.get(ScheduleKind.SCAN_ALL),
        PreconditionFailed,
    ),
}


def always(body: object, status: int = 200, total: int = 1) -> Script:
    async def script(_: web.BaseRequest) -> web.StreamResponse:
        return web.json_response(body, status=status, headers={"X-Total-Count": str(total)})

    return script


@pytest.mark.parametrize(("recorded", "act", "expected"), READS.values(), ids=READS.keys())
async def test_a_recorded_answer_is_understood(
    serve: Serve, recorded: Recorded, act: Act, expected: object
) -> None:
    _, client = await serve(recorded.script())

    assert await act(client) == expected


@pytest.mark.parametrize(
    ("recorded", "act", "expected"), REFUSED_READS.values(), ids=REFUSED_READS.keys()
)
async def test_a_recorded_refusal_is_the_error_that_fits(
    serve: Serve, recorded: Recorded, act: Act, expected: type[HarborError]
) -> None:
    _, client = await serve(recorded.script())

    with pytest.raises(expected):
        await act(client)


@pytest.mark.parametrize(
    ("shown", "hidden", "pages"), [(1, 1, 1), (100, 1, 2), (1, 150, 2), (0, 250, 1)], ids=str
)
async def test_reading_members_ends_though_some_are_counted_and_never_shown(
    serve: Serve, shown: int, hidden: int, pages: int
) -> None:
    rows = [{"id": number, "entity_name": f"u{number}"} for number in range(1, shown + 1)]

    async def script(request: web.BaseRequest) -> web.StreamResponse:
        first = (int(request.query["page"]) - 1) * 100
        headers = {"X-Total-Count": str(shown + hidden)}
        return web.json_response(rows[first : first + 100], headers=headers)

    server, client = await serve(script)

    listed = await client.members.list(39)

    assert [member.id for member in listed] == list(range(1, shown + 1))
    assert len(server.targets()) == 1 + pages


async def test_a_retention_policy_that_harbor_does_not_find_is_none(serve: Serve) -> None:
    _, client = await serve(always({}, status=404))

    assert await client.retentions.get(1) is None


@pytest.mark.parametrize(
    "policy",
    [
        {"id": 1},
        {"id": 1, "trigger": None, "rules": None},
        {"id": 1, "trigger": {"settings": None}},
        {"id": 1, "trigger": {"settings": {"cron": None}}, "from_the_future": 1},
    ],
    ids=str,
)
async def test_a_retention_policy_may_lack_everything_but_its_id(
    serve: Serve, policy: object
) -> None:
    _, client = await serve(always(policy))

    assert await client.retentions.get(1) == RetentionPolicy(id=1)


@pytest.mark.parametrize("scope", [None, {}, {"repository": None}, {"repository": []}], ids=repr)
async def test_a_retention_rule_without_repositories_is_tolerated(
    serve: Serve, scope: object
) -> None:
    rule = {"template": "always", "tag_selectors": None, "scope_selectors": scope}
    _, client = await serve(always({"id": 1, "rules": [rule]}))

    policy = await client.retentions.get(1)

    assert policy is not None
    assert policy.rules == (RetentionRule(template="always"),)


async def test_of_an_immutable_rule_the_first_selectors_count(serve: Serve) -> None:
    tags = [{"decoration": "excludes", "pattern": "latest"}, {"pattern": "ignored"}]
    row = {"id": 7, "disabled": True, "tag_selectors": tags, "scope_selectors": {"repository": []}}
    _, client = await serve(always([row]))

    (rule,) = await client.immutable_rules.list(48)

    assert rule == ImmutableRule(
        id=7, disabled=True, tag_selector=Selector(decoration="excludes", pattern="latest")
    )


async def test_scanners_are_told_apart_by_their_uuid(serve: Serve) -> None:
    rows = [{"uuid": "u-1", "name": "Trivy", "is_default": True}, {"uuid": "u-2", "name": "Other"}]
    _, client = await serve(always(rows, total=2))

    listed = await client.scanners.candidates(48)

    assert listed == [
        Scanner(uuid="u-1", name="Trivy", is_default=True),
        Scanner(uuid="u-2", name="Other"),
    ]


async def test_the_scanner_of_a_project_is_read(serve: Serve) -> None:
    _, client = await serve(always({"uuid": "u-1", "name": "Trivy", "is_default": True}))

    scanner = await client.scanners.of_project(48)

    assert scanner == Scanner(uuid="u-1", name="Trivy", is_default=True)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"parameters": {"operator": "harbor-jobservice"}}, {"operator": "harbor-jobservice"}),
        ({"job_parameters": '{"audit_retention_hour":24}'}, {"audit_retention_hour": 24}),
        ({"job_parameters": "null"}, {}),
        ({"job_parameters": ""}, {}),
        ({}, {}),
    ],
    ids=str,
)
async def test_the_parameters_of_a_schedule_are_an_object_or_a_text(
    serve: Serve, answer: dict[str, object], expected: dict[str, object]
) -> None:
    schedule = {"schedule": {"type": "Daily", "cron": "0 0 0 * * *"}}
    _, client = await serve(always({**schedule, **answer}))

    read = await client.schedules.get(ScheduleKind.SCAN_ALL)

    assert read == SystemSchedule(cron="0 0 0 * * *", type="Daily", parameters=expected)


async def test_parameters_that_are_no_json_are_a_protocol_error(serve: Serve) -> None:
    _, client = await serve(always({"job_parameters": "{"}))

    with pytest.raises(ProtocolError):
        await client.schedules.get(ScheduleKind.AUDIT_LOG_PURGE)


async def test_groups_are_searched_in_one_request_as_harbor_ignores_pages(serve: Serve) -> None:
    rows = [{"id": 4, "group_name": "dev & ops", "group_type": 3}]
    server, client = await serve(always(rows, total=500))

    found = await client.user_groups.search("dev & ops")

    assert found == [UserGroup(id=4, group_name="dev & ops", group_type=3)]
    assert server.targets()[1:] == [
        "/api/v2.0/usergroups/search?groupname=dev%20%26%20ops&page_size=100"
    ]


async def test_groups_are_listed_with_their_distinguished_names(serve: Serve) -> None:
    row = {"id": 5, "group_name": "dev", "group_type": 1, "ldap_group_dn": "cn=dev,dc=x"}
    _, client = await serve(always([row]))

    assert await client.user_groups.list() == [
        UserGroup(id=5, group_name="dev", group_type=1, ldap_group_dn="cn=dev,dc=x")
    ]


async def test_quotas_are_listed_with_their_projects(serve: Serve) -> None:
    rows = [
        {"id": 20 + number, "ref": {"id": number, "name": f"p{number}"}, "hard": {"storage": -1}}
        for number in range(1, 151)
    ]

    async def script(request: web.BaseRequest) -> web.StreamResponse:
        first = (int(request.query["page"]) - 1) * 100
        return web.json_response(rows[first : first + 100], headers={"X-Total-Count": "150"})

    server, client = await serve(script)

    quotas = await client.quotas.list()

    assert [quota.project_id for quota in quotas] == list(range(1, 151))
    assert server.targets()[-1] == "/api/v2.0/quotas?reference=project&page=2&page_size=100"


@pytest.mark.parametrize(("masked", "stored"), [("*****", True), (None, False)], ids=repr)
async def test_whether_an_endpoint_has_a_secret_is_told_by_its_mask(
    serve: Serve, masked: str | None, *, stored: bool
) -> None:
    credential = {"type": "basic", "access_key": "bot", "access_secret": masked}
    _, client = await serve(always([{"id": 1, "name": "hub", "credential": credential}]))

    endpoint = await client.registries.find("hub")

    assert endpoint is not None
    assert endpoint.credential.has_secret is stored


async def test_the_secrets_that_harbor_shows_are_not_printed(serve: Serve) -> None:
    target = {"type": "http", "address": "https://example.com", "auth_header": "Bearer canary"}
    _, client = await serve(always([{"id": 1, "name": "hook", "targets": [target]}]))

    (policy,) = await client.webhooks.list(48)

    assert "canary" not in repr(policy)
    assert "canary" not in policy.model_dump_json()
