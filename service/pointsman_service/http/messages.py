"""POST /v1/messages, as Anthropic's clients ask."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from pointsman_service.domain.request_limits import Limits
from pointsman_service.http.answers import Answer, Streamed, json_answer
from pointsman_service.http.endpoints import Asked, Models, Router
from pointsman_service.http.messages_read import MessageAsked, read_message
from pointsman_service.http.messages_write import message_events, message_object
from pointsman_service.http.model_names import wanted
from pointsman_service.http.ours import headers_of
from pointsman_service.http.streams import begun


@dataclass(frozen=True, slots=True)
class Messages:
    """Read, call, write."""

    router: Router
    models: Models
    limits: Limits

    async def __call__(self, asked: Asked) -> Answer:
        """An answer, whole or streamed."""
        read = await self._read(asked)
        if not read.streams:
            done = await self.router.complete(read.query, asked.caller)
            return json_answer(message_object(done, predictions=read.predictions), headers_of(done))
        items = self.router.stream_complete(read.query, asked.caller, "settled")
        stream = await begun(items)
        return Streamed(message_events(stream, predictions=read.predictions), stream.headers, items)

    async def _read(self, asked: Asked) -> MessageAsked:
        model = wanted(asked.body.get("model"), self.models)
        if asked.is_long:
            return await asyncio.to_thread(read_message, asked.body, asked.headers, model, self.limits)
        return read_message(asked.body, asked.headers, model, self.limits)
