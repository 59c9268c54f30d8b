"""GET /v1/savings: what the command line's `savings` tells, for whoever has HTTP alone."""

import os

import aiohttp
import pytest
from pointsman_service.domain.api_keys import make_key

CHAT = {"model": "pointsman", "messages": [{"role": "user", "content": "What is the capital of France?"}]}


async def asked(http, expected=200, headers=None, **parameters):
    """The answer to these parameters."""
    async with http.get("/v1/savings", params=parameters, headers=headers) as answer:
        told = await answer.json()
        assert answer.status == expected, told
        return told


async def test_savings_are_told_as_by_grpc(serve):
    """In words first, by the contract's names, with groups where they are asked for."""
    async with serve() as service, aiohttp.ClientSession(f"http://{service.http_address}") as http:
        for _ in range(60):
            async with http.post("/v1/chat/completions", json=CHAT) as answer:
                assert answer.status == 200
        told = await asked(http, against="tiny", by="tenant")
        assert (told["object"], told["against"], told["episode_count"]) == ("savings", "always tiny", 60)
        assert told["summary"].startswith("60 queries cost $")
        assert told["spent_usd"] > 0.0
        assert [group["key"] for group in told["groups"]] == ["default"]
        assert told["quality"] is None
        assert "feedback" in told["missing"] or "support" in told["missing"]
        assert (await asked(http, against="always:tiny"))["against"] == "always tiny"
        assert (await asked(http, against="tiny", end_time="2020-01-01T00:00:00Z"))["episode_count"] == 0
        assert (await asked(http, against="tiny", has_feedback="true"))["episode_count"] == 0


@pytest.mark.parametrize(
    ("parameters", "param", "why"),
    [
        ({"agianst": "tiny"}, "agianst", 'did you mean "against"'),
        ({"by": "model"}, "by", "tenant, node"),
        ({"confidence": "much"}, "confidence", "a number"),
        ({"confidence": "1"}, "confidence", "between 0 and 1"),
        ({"start_time": "yesterday"}, "start_time", "as 2026-01-31T12:00:00Z"),
        ({"start_time": "2026-01-31T12:00:00"}, "start_time", "with its zone"),
        ({"start_time": "2026-02-01T00:00:00Z", "end_time": "2026-01-01T00:00:00Z"}, "end_time", "later"),
        ({"tenant": "no name!"}, "tenant", "letters"),
        ({"has_feedback": "yes"}, "has_feedback", "true, false"),
        ({"against": "snapshot:latest"}, "against", "snapshot:latest"),
    ],
)
async def test_what_is_wrong_is_named(serve, parameters, param, why):
    """By the parameter, in OpenAI's form."""
    async with serve() as service, aiohttp.ClientSession(f"http://{service.http_address}") as http:
        told = (await asked(http, 400, **parameters))["error"]
        assert (told["code"], told["param"]) == ("invalid_value", param)
        assert why in told["message"]


async def test_what_is_not_there_is_not_found(serve):
    """A model, a snapshot, a tenant; and a parameter that is given twice is no question."""
    async with serve() as service, aiohttp.ClientSession(f"http://{service.http_address}") as http:
        for parameters, code in (
            ({"against": "gpt-9"}, "model_not_found"),
            ({"against": "snapshot:999999"}, "snapshot_not_found"),
            ({"against": "tiny", "tenant": "nobody"}, "tenant_not_found"),
        ):
            assert (await asked(http, 404, **parameters))["error"]["code"] == code
        async with http.get("/v1/savings?tenant=a&tenant=b") as answer:
            assert (answer.status, "given twice" in await answer.text()) == (400, True)


async def test_savings_are_for_operators(serve):
    """As GetSavings is: they tell of every tenant."""
    made = {role: make_key(os.urandom) for role in ("admin", "call", "read", "feedback")}
    keys = {role: {"id": key.id, "sha256": key.sha256, "roles": [role]} for role, key in made.items()}
    async with (
        serve(auth={"enabled": True}, keys=keys) as service,
        aiohttp.ClientSession(f"http://{service.http_address}") as http,
    ):
        await asked(http, 401, against="tiny")
        for role, key in made.items():
            bearer = {"authorization": f"Bearer {key.text}"}
            told = await asked(http, 200 if role == "admin" else 403, bearer, against="tiny")
            assert role == "admin" or told["error"]["code"] == "permission_denied"
