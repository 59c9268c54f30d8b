"""POST /v1/responses."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from pointsman_service.domain.request_limits import Limits
from pointsman_service.http.answers import Answer, Streamed, json_answer
from pointsman_service.http.endpoints import Asked, Models, Router
from pointsman_service.http.model_names import wanted
from pointsman_service.http.ours import headers_of
from pointsman_service.http.responses_read import ResponseAsked, read_response
from pointsman_service.http.responses_stream import response_events
from pointsman_service.http.responses_write import response_object
from pointsman_service.http.streams import begun


@dataclass(frozen=True, slots=True)
class Responses:
    """Read, call, write."""

    router: Router
    models: Models
    limits: Limits

    async def __call__(self, asked: Asked) -> Answer:
        """An answer, whole or streamed."""
        read = await self._read(asked)
        if not read.streams:
            done = await self.router.complete(read.query, asked.caller)
            return json_answer(response_object(done, read.said, predictions=read.predictions), headers_of(done))
        items = self.router.stream_complete(read.query, asked.caller, "settled")
        stream = await begun(items)
        return Streamed(response_events(stream, read.said, predictions=read.predictions), stream.headers, items)

    async def _read(self, asked: Asked) -> ResponseAsked:
        model = wanted(asked.body.get("model"), self.models)
        if asked.is_long:
            return await asyncio.to_thread(read_response, asked.body, asked.headers, model, self.limits)
        return read_response(asked.body, asked.headers, model, self.limits)
