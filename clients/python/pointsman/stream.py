"""Streams of an answer that comes about, for threads and for asyncio."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterator
from types import TracebackType
from typing import Self

import grpc

from pointsman import v1
from pointsman.answer import AsyncCompletion, Completion
from pointsman.arguments import invalid
from pointsman.errors import ServiceDefect
from pointsman.settings import CallOptions


class _Heard:
    """What a stream has told so far.

    request_id: of the query; with the same, a stream that broke can be asked for again. episode_id: what feedback
    refers to, whatever becomes of the stream; None until it is told. summary: the whole answer with its trace, which
    comes last; None until then.
    """

    def __init__(self, request: v1.StreamCompleteRequest) -> None:
        self.request_id = request.request_id
        self.episode_id: str | None = None
        self.summary: v1.CompleteResponse | None = None
        self._optimistic = request.stream_mode == v1.STREAM_MODE_OPTIMISTIC
        self._left = False

    def _hear(self, item: v1.StreamCompleteResponse) -> v1.StreamCompleteResponse:
        if item.HasField("begun"):
            self.episode_id = item.begun.episode_id
        elif item.HasField("summary"):
            self.summary = item.summary
        return item

    def _hear_end(self) -> None:
        if self.summary is None and not self._left:
            raise _defect("the stream ended without its summary, so the answer may not be whole")

    def _refuse_texts_that_may_be_void(self) -> None:
        if self._optimistic:
            raise invalid(
                "optimistic",
                "streams take texts back: read the items, and drop what you have at a `retraction`; "
                "texts() is for streams without optimistic=True",
            )


def _text_of(item: v1.StreamCompleteResponse) -> str:
    if item.HasField("retraction"):
        raise _defect(f"a stream that was to stand was retracted: {item.retraction.reason}")
    return item.text.text


def _defect(message: str) -> ServiceDefect:
    return ServiceDefect(grpc.StatusCode.INTERNAL, message)


class CompletionStream(_Heard, Iterator[v1.StreamCompleteResponse]):
    """The items of a stream, for one reader: iterate over it. Leaving it early ends the model call that is under way.

    with client.stream_complete("What is 2 + 2?") as stream:
        for piece in stream.texts():
            print(piece, end="")
    stream.answer.thumbs_up()
    """

    def __init__(
        self,
        request: v1.StreamCompleteRequest,
        items: Generator[v1.StreamCompleteResponse, None, None],
        options: CallOptions,
        say: Callable[..., v1.FeedbackReceipt],
    ) -> None:
        """options: of the call. say: the client's `feedback`."""
        super().__init__(request)
        self._items, self._options, self._say = items, options, say

    @property
    def answer(self) -> Completion | None:
        """The whole answer, with the methods that say what it was worth; None until the stream has ended."""
        return None if self.summary is None else Completion(self.summary, self.request_id, self._options, self._say)

    def __next__(self) -> v1.StreamCompleteResponse:
        try:
            return self._hear(next(self._items))
        except StopIteration:
            self._hear_end()
            raise

    def texts(self) -> Iterator[str]:
        """The pieces of the answer's text. Raises InvalidRequest for an optimistic stream, which takes pieces back."""
        self._refuse_texts_that_may_be_void()
        return (text for item in self if (text := _text_of(item)))

    def close(self) -> None:
        """End it, where it has not ended."""
        self._left = True
        self._items.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class AsyncCompletionStream(_Heard, AsyncIterator[v1.StreamCompleteResponse]):
    """The items of a stream, for one reader: iterate over it. Close it where you leave it early, or use `async with`.

    async with client.stream_complete("What is 2 + 2?") as stream:
        async for piece in stream.texts():
            print(piece, end="")
    await stream.answer.thumbs_up()
    """

    def __init__(
        self,
        request: v1.StreamCompleteRequest,
        items: AsyncGenerator[v1.StreamCompleteResponse, None],
        options: CallOptions,
        say: Callable[..., Awaitable[v1.FeedbackReceipt]],
    ) -> None:
        """options: of the call. say: the client's `feedback`."""
        super().__init__(request)
        self._items, self._options, self._say = items, options, say

    @property
    def answer(self) -> AsyncCompletion | None:
        """The whole answer, with the methods that say what it was worth; None until the stream has ended."""
        if self.summary is None:
            return None
        return AsyncCompletion(self.summary, self.request_id, self._options, self._say)

    async def __anext__(self) -> v1.StreamCompleteResponse:
        try:
            return self._hear(await anext(self._items))
        except StopAsyncIteration:
            self._hear_end()
            raise

    def texts(self) -> AsyncIterator[str]:
        """The pieces of the answer's text. Raises InvalidRequest for an optimistic stream, which takes pieces back."""
        self._refuse_texts_that_may_be_void()
        return (text async for item in self if (text := _text_of(item)))

    async def aclose(self) -> None:
        """End it, where it has not ended."""
        self._left = True
        await self._items.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.aclose()
