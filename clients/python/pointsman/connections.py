"""The connections of an `AsyncClient`: one for each event loop that uses it, since grpc binds a channel to its loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import grpc
import grpc.aio

from pointsman.arguments import invalid
from pointsman.channel import CHANNEL_OPTIONS, Methods
from pointsman.errors import ClosedClient


@dataclass(frozen=True, slots=True)
class _Connection:
    channels: tuple[grpc.aio.Channel, ...]
    methods: Methods

    async def close(self) -> None:
        for channel in self.channels:
            await channel.close()


class Connections:
    """Opened as event loops come to use them. channel: one that was handed in and stays open at the end; then no other.

    closed: whether `close` was called; then there are none any more.
    """

    def __init__(
        self,
        addresses: tuple[str, str],
        credentials: grpc.ChannelCredentials | None,
        channel: grpc.aio.Channel | None,
        compression: grpc.Compression = grpc.Compression.NoCompression,
    ) -> None:
        """addresses: for callers, and for operators. compression: of requests."""
        self.closed = False
        self._addresses = addresses
        self._credentials, self._compression = credentials, compression
        self._of_loop: dict[asyncio.AbstractEventLoop, _Connection] = {}
        self._handed_in = None if channel is None else _Connection((channel,), Methods(channel, channel))

    def methods(self) -> Methods:
        """The rpcs, for the running loop. Raises ClosedClient; InvalidRequest for another loop's channel."""
        if self.closed:
            raise ClosedClient
        loop = asyncio.get_running_loop()
        if self._handed_in is not None:
            # What grpc says of it itself is a RuntimeError, on the first call or on any later one.
            if getattr(self._handed_in.channels[0], "_loop", loop) is not loop:
                raise invalid(
                    "channel", "was made in another event loop: make it in the one that uses it, or give address="
                )
            return self._handed_in.methods
        if loop not in self._of_loop:
            self._forget_closed_loops()
            channels = tuple(self._open(address) for address in self._addresses)
            self._of_loop[loop] = _Connection(channels, Methods(*channels))
        return self._of_loop[loop].methods

    async def close(self) -> None:
        """End them all, those of loops that run in other threads too."""
        self.closed = True
        here = asyncio.get_running_loop()
        while self._of_loop:
            loop, connection = self._of_loop.popitem()
            if loop is here:
                await connection.close()
            elif loop.is_running():
                await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(connection.close(), loop))
            # A loop that does not run has no calls under way; its channel ends with the last reference to it.

    def _open(self, address: str) -> grpc.aio.Channel:
        if self._credentials is None:
            return grpc.aio.insecure_channel(address, CHANNEL_OPTIONS, self._compression)
        return grpc.aio.secure_channel(address, self._credentials, CHANNEL_OPTIONS, self._compression)

    def _forget_closed_loops(self) -> None:
        for loop in list(self._of_loop):
            if loop.is_closed():
                self._of_loop.pop(loop, None)


@contextmanager
def closing_told() -> Iterator[None]:
    """A channel that is closed, before a call or under it, becomes ClosedClient.

    grpc cancels the calls under way, which looks as if the caller's task were cancelled; but nobody asked that of it.
    """
    try:
        yield
    except grpc.aio.UsageError as closed:
        raise ClosedClient from closed
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise ClosedClient from None
