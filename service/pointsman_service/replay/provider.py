"""A local OpenAI-compatible server that answers as recorded models did. It calls no model.

| address | what |
| --- | --- |
| POST /v1/chat/completions | the recorded answer to the last user message, whole or streamed |
| GET /v1/models | the recorded models |
| POST /judge {prompt, model, judge?} | {score, judge, reason}: a recorded verdict, score null where there is none |
| PUT /rehearsal {answers_as?, down?} | what is wrong with the models from now on, see rehearsal.py; {} is nothing |
| GET /healthz | what is being replayed |

>>> import asyncio
>>> from pointsman_service.replay.sources import open_table
>>> async def names() -> list[str]:
...     async with ReplayProvider(open_table("starter")) as provider:
...         return [model.name for model in provider.model_configs()]
>>> asyncio.run(names())
['starter-small', 'starter-medium', 'starter-large']
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from pointsman_service.domain import ModelConfig
from pointsman_service.errors import ConfigurationError
from pointsman_service.replay import completions
from pointsman_service.replay.failures import FailureRates
from pointsman_service.replay.outcome_table import OutcomeTable
from pointsman_service.replay.recording import Recording, Replayed, prompt_digest
from pointsman_service.replay.rehearsal import Rehearsal

MAX_REQUEST_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class ReplayBehaviour:
    """latency: "none", "recorded" (none where the recording has none), or milliseconds for every call.

    failures happen to the same (prompt, model) pairs each time; seed chooses which.
    """

    latency: str | float = "none"
    failures: FailureRates = field(default_factory=FailureRates)
    seed: int = 0

    def __post_init__(self) -> None:
        known = isinstance(self.latency, str) and self.latency in ("none", "recorded")
        if not known and not (isinstance(self.latency, int | float) and 0 <= self.latency <= 600_000):
            raise ConfigurationError(
                f'latency: expected "none", "recorded" or milliseconds up to 600000, found {self.latency!r}'
            )


class ReplayProvider:
    """The server; `async with` starts and stops it. Serves one event loop; many calls at once."""

    def __init__(
        self,
        table: OutcomeTable,
        behaviour: ReplayBehaviour = ReplayBehaviour(),
        *,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        """Port 0 takes any free one; see `url` once it is started."""
        self._recording = Recording(table)
        self._behaviour = behaviour
        self._rehearsal = Rehearsal()
        self._host, self._port = host, port
        self._runner: web.AppRunner | None = None
        self._stopping = asyncio.Event()

    @property
    def url(self) -> str:
        """The server's root, "http://127.0.0.1:PORT"."""
        return f"http://{self._host}:{self._port}"

    @property
    def base_url(self) -> str:
        """What a client of the OpenAI format is given."""
        return f"{self.url}/v1"

    def model_configs(self) -> tuple[ModelConfig, ...]:
        """The recorded models, configured to be called here. Their list prices tell the learner what to expect."""
        return tuple(
            ModelConfig(
                name=m.name,
                adapter="openai",
                provider_model=m.name,
                base_url=self.base_url,
                input_usd_per_million=m.input_usd_per_million,
                output_usd_per_million=m.output_usd_per_million,
                cost_source="response",
                unpriced=None in (m.input_usd_per_million, m.output_usd_per_million),
            )
            for m in self._recording.table.models
        )

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen. Raises ConfigurationError where the port is taken."""
        app = web.Application(client_max_size=MAX_REQUEST_BYTES)
        app.add_routes(
            [
                web.post("/v1/chat/completions", self._complete),
                web.get("/v1/models", self._models),
                web.post("/judge", self._judge),
                web.put("/rehearsal", self._rehearse),
                web.get("/healthz", self._health),
            ]
        )
        # A client that hangs up ends its handler, so that an injected timeout does not hold one for ever.
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise ConfigurationError(f"the replay provider cannot listen on {self.url}: {error}") from error
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop; calls under way break off."""
        self._stopping.set()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = await _json_object(request)
        model, prompt = body.get("model"), completions.prompt_of(body.get("messages"))
        if prompt is None:
            return _refused(400, "messages: needs a message of role user", "invalid_messages")
        if not isinstance(model, str) or model not in self._recording.models:
            why = f"the model {model!r} is not in the replay table{self._recording.nearest(str(model))}"
            return _refused(404, why, "model_not_found")
        if model in self._rehearsal.down:
            return _down(model)
        answer = self._recording.answer(prompt, model, self._rehearsal.speaks_as(model))
        behaviour = self._behaviour
        failure = behaviour.failures.drawn(prompt_digest(prompt), model, behaviour.seed)
        await self._delay(answer, failure)
        if failure in _FAILED:
            return _FAILED[failure]()
        answer, finish_reason = _spoilt(answer, failure)
        calls = completions.recorded_calls(answer.text, body.get("tools"))
        if body.get("stream") is True:
            options = body.get("stream_options")
            usage = isinstance(options, Mapping) and options.get("include_usage") is True
            return await _streamed(request, completions.chunks(answer, model, finish_reason, calls, usage=usage))
        return web.json_response(completions.completion(answer, model, finish_reason, calls))

    async def _delay(self, answer: Replayed, failure: str | None) -> None:
        if failure == "timeout":
            await self._stopping.wait()
        latency = self._behaviour.latency
        latency_ms = answer.latency_ms if latency == "recorded" else latency
        if isinstance(latency_ms, int | float) and latency_ms > 0:
            await asyncio.sleep(latency_ms / 1e3)

    async def _models(self, _: web.Request) -> web.Response:
        data = [
            {"id": m.name, "object": "model", "created": 0, "owned_by": m.provider}
            for m in self._recording.table.models
        ]
        return web.json_response({"object": "list", "data": data})

    async def _judge(self, request: web.Request) -> web.Response:
        body = await _json_object(request)
        prompt, model, judge = body.get("prompt"), body.get("model"), body.get("judge")
        if not isinstance(prompt, str) or not isinstance(model, str) or not isinstance(judge, str | None):
            return _refused(400, "needs the strings prompt and model; judge is a string or missing", "invalid_request")
        try:
            score, reason = self._recording.verdict(prompt, self._rehearsal.speaks_as(model), judge)
        except KeyError as error:
            known = {"model": self._recording.models, "judge": tuple(self._recording.table.verdicts)}[error.args[0]]
            why = f"{error.args[0]}: not in the replay table, which has {', '.join(known) or 'none'}"
            return _refused(404, why, f"{error.args[0]}_not_found")
        return web.json_response({"score": score, "judge": judge or "recorded", "reason": reason})

    async def _rehearse(self, request: web.Request) -> web.Response:
        try:
            self._rehearsal = Rehearsal.parse(await _json_object(request), self._recording.models)
        except ConfigurationError as error:
            return _refused(400, f"rehearsal: {error}", "invalid_rehearsal")
        return web.json_response({"answers_as": self._rehearsal.answers_as, "down": sorted(self._rehearsal.down)})

    async def _health(self, _: web.Request) -> web.Response:
        table = self._recording.table
        facts = {"status": "ok", "table": table.name, "queries": len(table), "models": list(table.model_names)}
        return web.json_response(facts)


async def _json_object(request: web.Request) -> Mapping[str, Any]:
    try:
        body = json.loads(await request.read())
    except ValueError as error:
        raise _bad_request(f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise _bad_request("the body is not a JSON object")
    return body


def _bad_request(why: str) -> web.HTTPBadRequest:
    text = json.dumps(completions.error(why, "invalid_json"))
    return web.HTTPBadRequest(text=text, content_type="application/json")


def _refused(status: int, why: str, code: str) -> web.Response:
    return web.json_response(completions.error(why, code), status=status)


def _down(model: str) -> web.Response:
    return web.json_response(completions.error(f"{model} is down: rehearsed", "down", "server_error"), status=503)


def _unavailable() -> web.Response:
    return web.json_response(completions.error("injected failure", "injected", "server_error"), status=500)


def _garbage() -> web.Response:
    return web.Response(text="<html><body>injected failure</body></html>", content_type="text/html")


def _rate_limited() -> web.Response:
    body = completions.error("injected failure", "rate_limit_exceeded", "rate_limit_error")
    return web.json_response(body, status=429, headers={"Retry-After": "1"})


_FAILED = {"unavailable": _unavailable, "timeout": _unavailable, "garbage": _garbage, "rate_limited": _rate_limited}


def _spoilt(answer: Replayed, failure: str | None) -> tuple[Replayed, str]:
    if failure == "empty":
        return replace(answer, text="", output_tokens=0 if answer.output_tokens is not None else None), "stop"
    if failure == "truncated":
        return replace(answer, text=answer.text[: max(1, len(answer.text) // 2)]), "length"
    return answer, "stop"


async def _streamed(request: web.Request, chunks: Iterable[Mapping[str, Any]]) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    for chunk in chunks:
        await response.write(f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode())
    await response.write(b"data: [DONE]\n\n")
    return response
