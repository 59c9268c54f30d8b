# ruff: noqa: N802 - protobuf's descriptor pool and the protocol name the methods
"""Server reflection for grpcurl, ghz, Postman and their like: grpc.reflection.v1 and its elder, v1alpha.

grpcio-reflection knows v1alpha only. v1 is the same protocol under another name, field by field, so one servicer
speaks both: v1's handler reads and writes v1alpha's messages, whose bytes are the same, and v1's own descriptor, which
tools ask for like any other, is v1alpha's with the package renamed.

protobuf's pool does not find methods ("pointsman.v1.RouterService.Route") nor values below their enum
("pointsman.v1.Thumb.THUMB_UP"), which tools ask for (github.com/grpc/grpc/issues/34743); `Symbols` does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import grpc
import grpc.aio
from google.protobuf import descriptor_pool, text_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor, FileDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.reflection import aio

from pointsman_service.rpc.accepting import add_methods
from pointsman_service.rpc.read_bytes import SHORT_BYTES, reader_of

REFLECTION_SERVICES = ("grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection")

ASKS_WITHIN_S = 60.0
"""A stream on which nothing is asked for so long is ended: anyone may open one. Tools ask at once, and open another."""

Item = TypeVar("Item")


def add_reflection(server: grpc.aio.Server, services: Iterable[str], stopping: asyncio.Event) -> None:
    """Serve both versions. services: the names to list besides; stopping: once set, open streams end."""
    servicer = aio.ReflectionServicer(
        (*services, *REFLECTION_SERVICES), Symbols([descriptor_pool.Default(), _v1_pool()])
    )

    read = reader_of("ServerReflectionInfo", reflection_pb2.ServerReflectionRequest.FromString, SHORT_BYTES)

    async def behaviour(requests: AsyncIterator[bytes], context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
        parsed = (read(data) async for data in until(stopping, aiter(requests), ASKS_WITHIN_S))
        async for response in servicer.ServerReflectionInfo(parsed, context):
            yield response

    handler = grpc.stream_stream_rpc_method_handler(
        behaviour, None, reflection_pb2.ServerReflectionResponse.SerializeToString
    )
    for name in REFLECTION_SERVICES:
        add_methods(server, name, {"ServerReflectionInfo": handler})


async def until(
    stopping: asyncio.Event, items: AsyncIterator[Item], within_s: float | None = None
) -> AsyncIterator[Item]:
    """The items, as they come, until the event is set, or none comes within so many seconds."""
    stopped = asyncio.ensure_future(stopping.wait())
    following: asyncio.Future[Item] | None = None
    try:
        while not stopping.is_set():
            following = asyncio.ensure_future(anext(items))
            await asyncio.wait((following, stopped), timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                return
            yield following.result()
    except StopAsyncIteration:
        return
    finally:
        stopped.cancel()
        if following is not None:
            following.cancel()


class Symbols:
    """Several descriptor pools as the reflection servicer reads one, with every symbol that a file declares.

    Raises KeyError, as pools do, for what is in none of them.
    """

    def __init__(self, pools: Sequence[DescriptorPool]) -> None:
        self._pools = tuple(pools)

    def FindFileByName(self, name: str) -> FileDescriptor:
        """By its path."""
        return self._first(lambda pool: pool.FindFileByName(name), name)

    def FindFileContainingSymbol(self, symbol: str) -> FileDescriptor:
        """Of a message, field, oneof, enum, value, service, method or extension by its full name."""
        return self._first(lambda pool: _file_of(pool, symbol), symbol)

    def FindMessageTypeByName(self, name: str) -> Descriptor:
        """By its full name."""
        return self._first(lambda pool: pool.FindMessageTypeByName(name), name)

    def FindExtensionByNumber(self, message: Descriptor, number: int) -> FieldDescriptor:
        """The extension of this message."""
        return message.file.pool.FindExtensionByNumber(message, number)

    def FindAllExtensions(self, message: Descriptor) -> list[FieldDescriptor]:
        """All that are known of this message."""
        return list(message.file.pool.FindAllExtensions(message))

    def _first(self, find: Callable[[DescriptorPool], Item], name: str) -> Item:
        for pool in self._pools:
            with suppress(KeyError):
                return find(pool)
        raise KeyError(name)


def _file_of(pool: DescriptorPool, symbol: str) -> FileDescriptor:
    with suppress(KeyError):
        return pool.FindFileContainingSymbol(symbol)
    parent, _, child = symbol.rpartition(".")
    with suppress(KeyError):
        service = pool.FindServiceByName(parent)
        return service.methods_by_name[child].containing_service.file
    enum = pool.FindEnumTypeByName(parent)
    return enum.values_by_name[child].type.file


def _v1_pool() -> DescriptorPool:
    """A pool of its own: the default one would refuse the file where another package brings grpc's own of that name."""
    elder = FileDescriptorProto()
    reflection_pb2.DESCRIPTOR.CopyToProto(elder)
    elder.options.ClearField("deprecated")
    pool = DescriptorPool()
    renamed = text_format.MessageToString(elder).replace("v1alpha", "v1")
    pool.Add(text_format.Parse(renamed, FileDescriptorProto()))
    return pool
