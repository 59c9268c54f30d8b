"""The two clients behind one way to call them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from conformance.told import Heard, HungUp
from pointsman import AsyncClient, Client


class AsyncSide:
    """`AsyncClient`."""

    def make(self, options: Mapping[str, Any]) -> Any:
        """A client."""
        return AsyncClient(**options)

    async def unary(self, client: Any, name: str, args: Any, fields: Any, cancel_after: float | None) -> Any:
        """A call's result. cancel_after: seconds after which the caller hangs up."""
        call = asyncio.ensure_future(getattr(client, name)(*args, **fields))
        if cancel_after is not None:
            await asyncio.wait((call,), timeout=cancel_after)
            call.cancel()
            with suppress(asyncio.CancelledError):
                return await call
            raise HungUp
        return await call

    async def stream(self, client: Any, args: Any, fields: Any, cancel_after: str | None) -> Heard:
        """A stream, read to its end or until the caller hangs up."""
        async with client.stream_complete(*args, **fields) as stream:
            heard = Heard(stream)
            async for item in stream:
                if heard.hear(item) == cancel_after:
                    break
            else:
                return heard
        raise HungUp(heard.told())

    async def handle(self, answer: Any, name: str, args: Any, fields: Any) -> Any:
        """What an answer's own method does."""
        return await getattr(answer, name)(*args, **fields)

    async def settled(self, method: Any) -> None:
        """Flush or close a batcher."""
        await method()

    async def close(self, client: Any) -> None:
        """End it."""
        await client.close()


class SyncSide:
    """`Client`, whose calls are made in threads."""

    def make(self, options: Mapping[str, Any]) -> Any:
        """A client."""
        return Client(**options)

    async def unary(self, client: Any, name: str, args: Any, fields: Any, cancel_after: float | None) -> Any:
        """A call's result."""
        call = asyncio.ensure_future(asyncio.to_thread(getattr(client, name), *args, **fields))
        if cancel_after is not None:
            # A thread cannot be told to stop waiting: what there is is to close the client.
            await asyncio.wait((call,), timeout=cancel_after)
            client.close()
            with suppress(Exception):
                return await call
            raise HungUp
        return await call

    async def stream(self, client: Any, args: Any, fields: Any, cancel_after: str | None) -> Heard:
        """A stream, read to its end or until the caller hangs up."""
        return await asyncio.to_thread(self._read, client, args, fields, cancel_after)

    async def handle(self, answer: Any, name: str, args: Any, fields: Any) -> Any:
        """What an answer's own method does."""
        return await asyncio.to_thread(getattr(answer, name), *args, **fields)

    async def settled(self, method: Any) -> None:
        """Flush or close a batcher."""
        await asyncio.to_thread(method)

    async def close(self, client: Any) -> None:
        """End it."""
        await asyncio.to_thread(client.close)

    def _read(self, client: Any, args: Any, fields: Any, cancel_after: str | None) -> Heard:
        with client.stream_complete(*args, **fields) as stream:
            heard = Heard(stream)
            for item in stream:
                if heard.hear(item) == cancel_after:
                    break
            else:
                return heard
        raise HungUp(heard.told())
