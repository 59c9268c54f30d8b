"""Providers that refuse for good are told apart from those that may answer soon, all the way to the caller."""

from contextlib import asynccontextmanager

import grpc
import pytest
from aiohttp import web
from google.rpc import error_details_pb2, status_pb2
from pointsman import v1
from pointsman.v1.router_service_pb2_grpc import RouterServiceStub

from tests.local_server import chat_provider

QUERY = v1.Query(messages=[v1.ChatMessage(role=v1.ROLE_USER, content="2 + 2?")])


@asynccontextmanager
async def provider():
    """Answers with the status that is the model's name; its base_url."""

    async def answer(request):
        status = int((await request.json())["model"])
        return web.json_response({"error": {"message": f"it is {status}"}}, status=status)

    async with chat_provider(answer) as base_url:
        yield base_url


@pytest.mark.parametrize(
    ("statuses", "key", "code"),
    [
        ((401, 404), "KEY", grpc.StatusCode.FAILED_PRECONDITION),
        ((410, 403), "KEY", grpc.StatusCode.FAILED_PRECONDITION),
        ((500, 501), "NO_KEY", grpc.StatusCode.FAILED_PRECONDITION),
        ((401, 500), "KEY", grpc.StatusCode.UNAVAILABLE),
        ((400, 422), "KEY", grpc.StatusCode.INVALID_ARGUMENT),
    ],
)
async def test_only_what_may_get_better_is_unavailable(serve, monkeypatch, statuses, key, code):
    """FAILED_PRECONDITION without RetryInfo for keys and models; a mix with a passing failure is worth a retry."""
    monkeypatch.setenv("KEY", "secret")
    monkeypatch.delenv("NO_KEY", raising=False)
    async with provider() as base_url:
        models = [{"name": str(s), "base_url": base_url, "api_key_env": key, "unpriced": True} for s in statuses]
        async with (
            serve(models=models, learner={"enabled": False}) as service,
            grpc.aio.insecure_channel(service.address) as channel,
        ):
            with pytest.raises(grpc.aio.AioRpcError) as failed:
                await RouterServiceStub(channel).Complete(v1.CompleteRequest(query=QUERY))
    trailers = dict(failed.value.trailing_metadata())
    details = status_pb2.Status.FromString(trailers["grpc-status-details-bin"]).details
    retries = any(d.Is(error_details_pb2.RetryInfo.DESCRIPTOR) for d in details)
    assert (failed.value.code(), retries) == (code, code == grpc.StatusCode.UNAVAILABLE)
    assert ("grpc-retry-pushback-ms" in trailers) == retries
