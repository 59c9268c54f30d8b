"""What the owner of a caller's key tries on a running service, one test a way.

Nothing of another tenant is reached, nothing of operators, and no provider's key.

mallory's key is of the tenant "mallory" with every role but admin; anna's is of "anna"; ops is the operators'.
"""

import asyncio
import json
import os
import sqlite3
import time
from contextlib import AsyncExitStack, asynccontextmanager

import grpc
import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ed25519
from pointsman import AsyncClient, PermissionDenied, RetryPolicy, Unauthenticated, v1
from pointsman.errors import NotFound
from pointsman_service.domain.api_keys import make_key

from tests.local_server import listening

CALLER = ["call", "feedback", "read"]
OPS, ANNA, MALLORY = (make_key(os.urandom) for _ in range(3))
KEYS = {
    "ops": {"id": OPS.id, "sha256": OPS.sha256, "roles": ["admin", "read"], "acts_for": ["*"]},
    "anna": {"id": ANNA.id, "sha256": ANNA.sha256, "roles": CALLER, "tenant": "anna"},
    "mallory": {"id": MALLORY.id, "sha256": MALLORY.sha256, "roles": CALLER, "tenant": "mallory"},
}
TENANTS = {"anna": {}, "mallory": {}}
SECTIONS = {"auth": {"enabled": True}, "keys": KEYS, "tenants": TENANTS, "learner": {"enabled": False}}
ONCE = RetryPolicy(attempts=1)
SECRET_PROMPT = "anna's secret prompt: what is 2 + 2?"


@asynccontextmanager
async def client_of(service, key, **arguments):
    """A client with a key, at both addresses."""
    async with AsyncClient(
        service.address, admin_address=service.admin_address, api_key=key, retry=ONCE, timeout_s=20, **arguments
    ) as client:
        yield client


@pytest.fixture
async def cast(serve):
    """The service, and a client for each of the three; anna has asked something, under request and session ids."""
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(serve(**SECTIONS))
        ops, anna, mallory = [
            await stack.enter_async_context(client_of(service, key.text)) for key in (OPS, ANNA, MALLORY)
        ]
        asked = await anna.complete(SECRET_PROMPT, request_id="r-1", session_id="s-1", end_user_id="u-1")
        yield Cast(service, ops, anna, mallory, asked.episode_id)


class Cast:
    def __init__(self, service, ops, anna, mallory, episode_id):
        self.service, self.ops, self.anna, self.mallory, self.episode_id = service, ops, anna, mallory, episode_id


# Operators' methods ------------------------------------------------------------------------------------------------


async def test_a_callers_key_reaches_no_method_of_operators(cast):
    """Neither to look nor to change, whatever it asks of."""
    for request in (
        v1.ListEpisodesRequest(),
        v1.ListConfigValuesRequest(),
        v1.ListApiKeysRequest(),
        v1.GetStatsRequest(),
        v1.WhatIfRequest(cost_weight=0.0),
        v1.DisableModelRequest(model="starter-small"),
        v1.CreateApiKeyRequest(api_key=v1.ApiKey(name="mine", roles=[v1.ACCESS_ROLE_ADMIN])),
        v1.UpdateApiKeyRequest(api_key=v1.ApiKey(name="mallory", roles=[v1.ACCESS_ROLE_ADMIN])),
        v1.RotateApiKeyRequest(name="ops"),
        v1.RevokeApiKeyRequest(name="anna"),
        v1.ResetConfigRequest(key="keys.mallory"),
    ):
        with pytest.raises(PermissionDenied) as denied:
            await cast.mallory.call(request)
        assert denied.value.metadata == {"needs": "admin"}
    listed = await cast.ops.call(v1.ListApiKeysRequest())
    assert [key.name for key in listed.api_keys] == ["anna", "mallory", "ops"]


async def test_saying_to_be_an_operator_makes_none(cast):
    """Nor does any other header that looks like one."""
    headers = [
        ("x-pointsman-operator", "ops"),
        ("x-pointsman-roles", "admin"),
        ("x-pointsman-key", OPS.id),
        ("x-api-key", OPS.text),
        ("x-forwarded-user", "ops"),
    ]
    for header in headers:
        with pytest.raises(PermissionDenied):
            await cast.mallory.call(v1.ListModelsRequest(), metadata=[header])


async def test_operators_methods_cannot_be_asked_where_callers_ask(cast):
    """Not even by their paths."""
    async with grpc.aio.insecure_channel(cast.service.address) as channel:
        ask = channel.unary_unary("/pointsman.v1.AdminService/ListModels")
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await ask(b"", metadata=[("authorization", f"Bearer {MALLORY.text}")], timeout=10)
    assert failed.value.code() is grpc.StatusCode.PERMISSION_DENIED


@pytest.mark.parametrize(
    "credential",
    [
        f"pm_{OPS.id}_{MALLORY.text.rpartition('_')[2]}",
        f"pm_{OPS.id}_{'0' * 64}",
        OPS.sha256,
        f"pm_{OPS.id}_{OPS.sha256}",
        OPS.text[:-1],
        f"{OPS.text}0",
        OPS.text.upper(),
        f"{MALLORY.text} {OPS.id}",
        "null",
        "eyJhbGciOiJub25lIn0.eyJyb2xlcyI6WyJhZG1pbiJdfQ.",
    ],
    ids=lambda credential: f"{len(credential)} letters",  # keys are other ones in each process that shares a run
)
async def test_what_is_made_up_of_what_a_caller_knows_is_no_operators_key(cast, credential):
    """The id, its own secret, a hash from a backup, other letters, an unsigned token."""
    async with client_of(cast.service, None, metadata=[("authorization", f"Bearer {credential}")]) as guessing:
        with pytest.raises(Unauthenticated):
            await guessing.call(v1.ListModelsRequest())


async def test_two_keys_in_one_call_are_none(cast):
    """The first is not checked and the second used."""
    both = [("authorization", f"Bearer {MALLORY.text}"), ("authorization", f"Bearer {OPS.id}")]
    async with client_of(cast.service, None, metadata=both) as two:
        with pytest.raises(Unauthenticated):
            await two.call(v1.ListModelsRequest())
        with pytest.raises(Unauthenticated):
            await two.route("hi")


# Another tenant's episodes -----------------------------------------------------------------------------------------


async def test_naming_another_tenant_is_refused_by_every_method(cast):
    """Whether there is such a tenant or not, in the same words."""
    said = set()
    for tenant in ("anna", "nobody-of-this-name", "default", "open"):
        m, e = cast.mallory, cast.episode_id
        for call in (
            m.route("hi", tenant=tenant),
            m.complete("hi", tenant=tenant),
            m.get_episode(e, tenant=tenant),
            m.explain_episode(e, tenant=tenant),
            m.feedback(e, thumb=False, tenant=tenant),
            m.feedback_batch([v1.Feedback(episode_id=e, thumb=v1.THUMB_DOWN)], tenant=tenant),
            m.record_session_outcome("s-1", thumb=False, tenant=tenant),
            m.report_outcome(e, cost_usd=1.0, tenant=tenant),
        ):
            with pytest.raises(PermissionDenied) as denied:
                await call
            said.add(denied.value.message.replace(tenant, "T"))
    assert len(said) == 1
    episode = await cast.anna.get_episode(cast.episode_id)
    assert (len(episode.feedback), len(episode.outcomes)) == (0, 0)


async def test_another_tenants_episode_is_as_one_that_never_was(cast):
    """Its id, told by somebody, opens nothing; and one cannot tell that it is one."""
    for ask in (
        cast.mallory.get_episode,
        cast.mallory.explain_episode,
        lambda e: cast.mallory.feedback(e, thumb=False),
        lambda e: cast.mallory.report_outcome(e, cost_usd=1.0),
    ):
        said = set()
        for episode_id in (cast.episode_id, "0" * 32):
            with pytest.raises(NotFound) as unknown:
                await ask(episode_id)
            said.add((unknown.value.reason, unknown.value.message.replace(episode_id, "E")))
        assert len(said) == 1
    (result,) = await cast.mallory.feedback_batch([v1.Feedback(episode_id=cast.episode_id, thumb=v1.THUMB_DOWN)])
    assert result.error.code == grpc.StatusCode.NOT_FOUND.value[0]
    assert not (await cast.anna.get_episode(cast.episode_id)).feedback


async def test_a_guessed_request_id_leads_to_nothing_of_another_tenant(cast):
    """It is a fresh one of one's own; neither an answer nor a conflict tells that anna used it."""
    own = await cast.mallory.complete("What is 3 + 3?", request_id="r-1")
    assert not own.replayed
    same = await cast.mallory.complete(SECRET_PROMPT, request_id="r-2")
    assert (same.replayed, same.episode_id == cast.episode_id) == (False, False)


async def test_a_conflict_names_no_episode(cast):
    """Of one's own tenant neither: a key may call and not read."""
    with pytest.raises(Exception, match="r-1") as conflict:
        await cast.anna.complete("something else", request_id="r-1")
    assert conflict.value.reason == "REQUEST_CONFLICT"
    assert cast.episode_id not in conflict.value.message + json.dumps(conflict.value.metadata)


async def test_a_guessed_session_is_ones_own(cast):
    """Its outcome is counted among one's own queries, and its model is not kept for one."""
    receipt = await cast.mallory.record_session_outcome("s-1", thumb=False)
    assert receipt.episode_count == 0
    routed = await cast.mallory.route("What is 2 + 2?", session_id="s-1")
    assert routed.decision.strategy != v1.STRATEGY_STICKY


async def test_a_key_that_may_call_cannot_read(cast):
    """Roles are of the key, episodes of its tenant."""
    done = await cast.ops.call(
        v1.CreateApiKeyRequest(api_key=v1.ApiKey(name="app", tenant="anna", roles=[v1.ACCESS_ROLE_CALL]))
    )
    async with client_of(cast.service, done.secret) as app:
        own = await app.complete("hi")
        with pytest.raises(PermissionDenied):
            await app.get_episode(own.episode_id)
        with pytest.raises(PermissionDenied):
            await app.feedback(own.episode_id, thumb=True)
    assert (await cast.anna.get_episode(own.episode_id)).client == "app"


async def test_a_ceiling_is_not_spent_by_another_tenant(serve):
    """Who has spent its own cannot go on with another's."""
    tenants = {"anna": {"ceiling_usd": 1.0}, "mallory": {"ceiling_usd": 1e-9}}
    async with serve(**{**SECTIONS, "tenants": tenants}) as service, client_of(service, MALLORY.text) as mallory:
        with pytest.raises(Exception) as spent:
            await mallory.complete("hi")
        assert spent.value.reason in {"BUDGET_EXHAUSTED", "NO_MODEL_LEFT"}
        with pytest.raises(PermissionDenied):
            await mallory.complete("hi", tenant="anna")
        async with client_of(service, OPS.text) as ops:
            assert (await ops.call(v1.GetTenantRequest(tenant="anna"))).tenant.spent_usd == 0.0


# A provider's key --------------------------------------------------------------------------------------------------


async def test_no_callers_key_leads_a_providers_key_to_ones_own_address(cast, monkeypatch):
    """Neither by a model of one's own nor by a parameter of a query: nothing comes to the address."""
    came = []

    async def hear(request):
        came.append(dict(request.headers))
        return web.json_response({}, status=500)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", hear)
    monkeypatch.setenv("A_PROVIDERS_KEY", "sk-secret-0123456789")
    async with listening(app) as address:
        url = f"{address}/v1"
        model = v1.Model(model="mine", base_url=url, api_key_env="A_PROVIDERS_KEY", unpriced=True)
        with pytest.raises(PermissionDenied):
            await cast.mallory.call(v1.CreateModelRequest(model=model))
        for params in ({"api_base": url}, {"base_url": url}, {"extra_headers": {"x": "y"}}, {"api_key": "x"}):
            with pytest.raises(Exception) as refused:
                await cast.mallory.complete("hi", params=params)
            assert refused.value.code is grpc.StatusCode.INVALID_ARGUMENT
    assert came == []


# Keys themselves ---------------------------------------------------------------------------------------------------


async def test_a_revoked_key_ends_while_the_service_runs(cast, until):
    """On an open connection, too, at its next call."""
    await cast.mallory.route("hi")
    await cast.ops.call(v1.RevokeApiKeyRequest(name="mallory"))

    async def refused():
        try:
            await cast.mallory.route("hi")
        except Unauthenticated:
            return True
        return False

    await until(refused, 5)
    with pytest.raises(Unauthenticated):
        await cast.mallory.get_episode(cast.episode_id)


async def test_the_first_key_is_made_in_the_folder_of_a_running_service(serve, configure, until, capsys):
    """Nobody has a key; who has the folder makes one, and the service takes it."""
    from pointsman_service.cli.commands import run

    async with serve(auth={"enabled": True}, learner={"enabled": False}) as service:
        async with client_of(service, None) as nobody:
            with pytest.raises(Unauthenticated, match="keys create"):
                await nobody.call(v1.ListModelsRequest())
        folder = str(service.settings.storage.folder)
        arguments = ["keys", "create", "first", "--role", "admin", "--folder", folder]
        assert await asyncio.to_thread(run, arguments) == 0
        async with client_of(service, capsys.readouterr().out.split()[-1]) as first:

            async def taken():
                try:
                    return bool((await first.call(v1.ListModelsRequest())).models)
                except Unauthenticated:
                    return False

            await until(taken, 5)


async def test_every_event_tells_whose_key_it_was(cast, tmp_path):
    """Of a query, a decision, an outcome, feedback, a session and a change; and the views show it."""
    a = cast.anna
    routed = await a.route("hi")
    await a.report_outcome(routed.episode_id, cost_usd=0.01, latency_ms=5)
    await a.feedback(cast.episode_id, thumb=True)
    await a.record_session_outcome("s-1", score=0.5)
    await cast.ops.call(v1.DisableTenantRequest(tenant="mallory"), metadata=[("x-pointsman-operator", "root@host")])
    episode = await a.get_episode(cast.episode_id)
    assert (episode.client, episode.feedback[0].client) == ("anna", "anna")
    assert (await a.get_episode(routed.episode_id)).outcomes[0].client == "anna"
    values = (await cast.ops.call(v1.ListConfigValuesRequest(changed_only=True))).values
    assert {v.changed_by for v in values} == {"ops"}
    database = sqlite3.connect(f"file:{cast.service.settings.storage.folder}/pointsman.db?mode=ro", uri=True)
    with database:
        rows = database.execute("SELECT kind, json_extract(payload, '$.client') FROM events").fetchall()
        assert {client for kind, client in rows if kind in {"episode", "outcome", "feedback", "session_outcome"}} == {
            "anna"
        }
        assert {client for kind, client in rows if kind == "operator"} == {"ops"}
        assert database.execute("SELECT DISTINCT client FROM episode_summary").fetchall() == [("anna",)]
        assert database.execute("SELECT DISTINCT client FROM episode_feedback").fetchall() == [("anna",)]
    database.close()


async def test_the_same_feedback_with_another_key_of_the_tenant_counts_once(cast):
    """The key is no content."""
    done = await cast.ops.call(
        v1.CreateApiKeyRequest(api_key=v1.ApiKey(name="anna-2", tenant="anna", roles=[v1.ACCESS_ROLE_FEEDBACK]))
    )
    first = await cast.anna.feedback(cast.episode_id, thumb=True, request_id="f-1")
    async with client_of(cast.service, done.secret) as other:
        again = await other.feedback(cast.episode_id, thumb=True, request_id="f-1")
    assert (again.replayed, again.log_position) == (True, first.log_position)


async def test_a_token_of_the_issuer_is_as_good_as_a_key(serve, tmp_path):
    """For its tenant and its roles, and for no other; without one of ours it is none."""
    key = ed25519.Ed25519PrivateKey.generate()
    jwk = jwt.get_algorithm_by_name("EdDSA").to_jwk(key.public_key(), as_dict=True)
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [jwk]}))
    section = {"issuer": "https://i.example", "audience": "pointsman", "jwks_file": str(tmp_path / "jwks.json")}
    said = {"iss": "https://i.example", "aud": "pointsman", "sub": "alice", "exp": time.time() + 60, "tenant": "anna"}
    good = jwt.encode({**said, "roles": ["call", "read", "admin"]}, key, "EdDSA")
    forged = jwt.encode({**said, "roles": ["call"]}, ed25519.Ed25519PrivateKey.generate(), "EdDSA")
    sections = {**SECTIONS, "auth": {"enabled": True, "jwt": section}}
    async with serve(**sections) as service, client_of(service, good) as alice:
        episode = await alice.get_episode((await alice.complete("hi")).episode_id)
        assert (episode.tenant, episode.client) == ("anna", "jwt:alice")
        with pytest.raises(PermissionDenied):
            await alice.complete("hi", tenant="mallory")
        with pytest.raises(PermissionDenied):
            await alice.call(v1.ListModelsRequest())
        async with client_of(service, forged) as nobody:
            with pytest.raises(Unauthenticated):
                await nobody.complete("hi")


# Tenants without authentication ------------------------------------------------------------------------------------


async def test_without_authentication_only_configured_tenants_may_ask(serve):
    """An invented name is no tenant, with a word on what was meant; the default one is always there."""
    sections = {"tenants": {"team-a": {}}, "learner": {"enabled": False}}
    async with serve(**sections) as service, client_of(service, None) as client:
        await client.route("hi")
        await client.route("hi", tenant="team-a")
        for call in (
            client.route("hi", tenant="taem-a"),
            client.get_episode("e", tenant="taem-a"),
            client.record_session_outcome("s", thumb=True, tenant="taem-a"),
        ):
            with pytest.raises(NotFound, match='did you mean "team-a"') as unknown:
                await call
            assert unknown.value.reason == "UNKNOWN_TENANT"


async def test_open_tenants_share_one_ceiling(serve):
    """Forty invented names are no forty ceilings: together they spend what the default tenant may."""
    sections = {"tenants": {"open": True, "default": {"ceiling_usd": 5.0}}, "learner": {"enabled": False}}
    async with serve(**sections) as service, client_of(service, None) as client:
        for i in range(4):
            await client.complete("What is 2 + 2?", tenant=f"invented-{i}")
        spent = [
            (await client.call(v1.GetTenantRequest(tenant=tenant))).tenant.spent_usd
            for tenant in ("default", "invented-0", "invented-39")
        ]
    assert spent[0] > 0
    assert spent == [spent[0]] * 3


async def test_a_start_without_authentication_says_so_in_one_line(serve, capsys):
    """And one with it does not."""
    quiet = {"observability": {"log_level": "warning"}, "learner": {"enabled": False}}
    async with serve(**quiet):
        pass
    lines = [line for line in "".join(capsys.readouterr()).splitlines() if "authentication" in line]
    assert len(lines) == 1
    async with serve(**quiet, auth={"enabled": True}):
        pass
    assert "authentication" not in "".join(capsys.readouterr())
