"""The description, metrics, and embeddings that are passed through."""

import json
import os

import aiohttp
import openai
import pytest
from aiohttp import web
from pointsman_service.domain.api_keys import make_key

CHAT = {"model": "tiny", "messages": [{"role": "user", "content": "What is the capital of France?"}]}


async def test_the_description_has_every_path_that_is_served(serve):
    """OpenAPI 3.1: each path answers, and each reference leads somewhere."""
    async with serve() as service, aiohttp.ClientSession(f"http://{service.http_address}") as http:
        async with http.get("/openapi.json") as answer:
            told = await answer.json()
        for path, operations in told["paths"].items():
            for method in operations:
                async with http.request(method, path.replace("{model}", "tiny"), data=b"{}") as answer:
                    assert answer.status not in {404, 405} or path == "/v1/feedback", path
    schemas = told["components"]["schemas"]
    text = json.dumps(told)
    assert told["openapi"] == "3.1.0"
    assert all(f'"#/components/schemas/{name}"' in text or name for name in schemas)


@pytest.mark.parametrize("workers", [1, 2])
async def test_metrics_count_both_doors_and_are_for_operators(serve, workers):
    """Where keys are asked for, with the role admin; calls of this door under their names."""
    made = {role: make_key(os.urandom) for role in ("admin", "call")}
    keys = {role: {"id": key.id, "sha256": key.sha256, "roles": [role]} for role, key in made.items()}
    sections = {"auth": {"enabled": True}, "keys": keys, "server": {"workers": workers}}
    async with (
        serve(observability={"prometheus_port": 0, "log_level": "error"}, **sections) as service,
        aiohttp.ClientSession(f"http://{service.http_address}") as http,
    ):
        bearer = {role: {"authorization": f"Bearer {key.text}"} for role, key in made.items()}
        async with http.post("/v1/chat/completions", json=CHAT, headers=bearer["call"]) as answer:
            assert answer.status == 200
        async with http.get("/metrics", headers=bearer["call"]) as answer:
            assert answer.status == 403
        async with http.get("/metrics", headers=bearer["admin"]) as answer:
            told = await answer.text()
    assert 'method="http.chat.completions"' in told
    assert 'code="OK"' in told


async def test_metrics_that_are_off_say_how_to_have_them(serve):
    """400, with the setting's name."""
    async with (
        serve() as service,
        aiohttp.ClientSession(f"http://{service.http_address}") as http,
        http.get("/metrics") as answer,
    ):
        assert (answer.status, "prometheus_port" in await answer.text()) == (400, True)


async def test_embeddings_that_are_not_configured_say_how_to_have_them(serve):
    """404, as for any path that is not there, with the setting's name; other methods of it, too."""
    async with serve() as service, aiohttp.ClientSession(f"http://{service.http_address}") as http:
        for ask in (http.post("/v1/embeddings", json={"model": "m", "input": "x"}), http.get("/v1/embeddings")):
            async with ask as answer:
                told = (await answer.json())["error"]
                assert (answer.status, told["code"]) == (404, "unknown_url")
                assert "[http.embeddings] is not configured" in told["message"]
        async with http.post("/v1/embedding") as answer:
            assert "[http.embeddings]" not in await answer.text()


async def test_embeddings_are_passed_through_and_failures_told_without_keys(serve, monkeypatch):
    """With the provider's key, which is not the caller's; what is not configured is not found."""
    monkeypatch.setenv("EMBEDDER_KEY", "sk-provider-0123456789")
    asked = []

    async def embed(request):
        body = await request.json()
        asked.append((request.headers["authorization"], body))
        if body["input"] == "too long":
            told = {"error": {"message": f"bad input for {request.headers['authorization']}", "code": "invalid"}}
            return web.json_response(told, status=400)
        vector = {"object": "embedding", "index": 0, "embedding": [0.5, 0.25]}
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        return web.json_response({"object": "list", "data": [vector], "model": body["model"], "usage": usage})

    app = web.Application()
    app.add_routes([web.post("/v1/embeddings", embed)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    embeddings = {"base_url": base, "api_key_env": "EMBEDDER_KEY", "models": ["embed-1"]}
    async with (
        serve(http={"embeddings": embeddings}) as service,
        openai.AsyncOpenAI(base_url=f"http://{service.http_address}/v1", api_key="none", max_retries=0) as client,
    ):
        answer = await client.embeddings.create(model="embed-1", input=["hello"], encoding_format="float")
        assert answer.data[0].embedding == [0.5, 0.25]
        assert asked[0][0] == "Bearer sk-provider-0123456789"
        with pytest.raises(openai.BadRequestError) as wrong:
            await client.embeddings.create(model="embed-1", input="too long", encoding_format="float")
        assert "sk-provider" not in str(wrong.value)
        with pytest.raises(openai.NotFoundError):
            await client.embeddings.create(model="embed-2", input="hello")
    await runner.cleanup()
