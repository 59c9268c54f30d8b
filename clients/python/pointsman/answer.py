"""An answer with its handle: the message of the contract, and methods that tell what it was worth."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Unpack

from pointsman import v1
from pointsman.arguments import invalid
from pointsman.settings import CallOptions


class WordFields(CallOptions, total=False):
    """Beside what is said of an answer. tenant and metadata are those of the answer's own call where they are left out.

    end_user_id: who says so. model: whose answer it is about, where that is not the accepted one's.
    comment: what is said beside it, for people who read: nothing is learnt from it.
    request_id: the same again counts once; made up where it is left out.
    """

    comment: str
    end_user_id: str
    model: str
    request_id: str


if TYPE_CHECKING:
    _Message = v1.CompleteResponse
else:

    class _Message:
        """What stands for a message that cannot be subclassed: its fields and methods are the message's own."""

        __slots__ = ("_raw",)

        def __getattr__(self, name):  # noqa: ANN001, ANN204 - whatever the message has
            return getattr(object.__getattribute__(self, "_raw"), name)

        def __setattr__(self, name, value):  # noqa: ANN001, ANN204
            setattr(self._raw, name, value)

        @property
        def __class__(self):  # noqa: ANN204 - so that isinstance(answer, v1.CompleteResponse) holds, as it always did
            return type(self._raw)

        def __eq__(self, other):  # noqa: ANN001, ANN204
            return self._raw == (other._raw if type(other) is type(self) else other)

        __hash__ = None

        def __dir__(self):  # noqa: ANN204
            return sorted({*dir(type(self)), *dir(self._raw)})

        def __repr__(self):  # noqa: ANN204
            return repr(self._raw)

        def __str__(self):  # noqa: ANN204
            return str(self._raw)

        def __reduce__(self):  # noqa: ANN204 - a copy, and what is unpickled elsewhere, has no connection: the message
            return self._raw.__class__.FromString, (self._raw.SerializeToString(),)


class _Answered(_Message):
    """raw: the `v1.CompleteResponse`, whose fields are this object's too. request_id: what it was asked under."""

    __slots__ = ("_options", "_say", "request_id")

    def __init__(
        self, raw: v1.CompleteResponse, request_id: str, options: CallOptions, say: Callable[..., Any]
    ) -> None:
        """options: of the call that was answered. say: the client's `feedback`."""
        put = object.__setattr__
        put(self, "_raw", raw)
        put(self, "request_id", request_id)
        # A tenant or a proxy's metadata that one call names is the feedback's, too: else nobody knows the episode.
        put(self, "_options", {name: options[name] for name in ("tenant", "metadata") if name in options})
        put(self, "_say", say)

    @property
    def raw(self) -> v1.CompleteResponse:
        """The message of the contract."""
        message: v1.CompleteResponse = object.__getattribute__(self, "_raw")
        return message

    @property
    def text(self) -> str:
        """The answer's text; empty where the model only calls tools."""
        return self.raw.answer.text

    @property
    def model(self) -> str:
        """The model that wrote it."""
        return self.raw.answer.model

    def _told(self, signal: str, value: object, fields: WordFields) -> Any:  # noqa: ANN401 - a receipt, or its awaitable
        given: dict[str, Any] = {**object.__getattribute__(self, "_options"), **fields, signal: value}
        return object.__getattribute__(self, "_say")(self.raw.episode_id, **given)


def _with(fields: WordFields, comment: str | None) -> WordFields:
    if comment is None:
        return fields
    if "comment" in fields:
        raise invalid("comment", "is said twice: as the first argument, and by its name")
    return {**fields, "comment": comment}


class Completion(_Answered):
    """An answer of `Client`: a `v1.CompleteResponse` that also has `text`, `model`, `request_id` and takes feedback.

    `usage` and `cost_usd` are of all calls together, judges' included.

        answer = pointsman.complete("What is 2 + 2?")
        print(answer.text, answer.model, answer.cost_usd)
        answer.thumbs_up()
    """

    __slots__ = ()

    def thumbs_up(self, comment: str | None = None, /, **fields: Unpack[WordFields]) -> v1.FeedbackReceipt:
        """It was good; comment: why, in own words. Raises what `Client.feedback` raises."""
        receipt: v1.FeedbackReceipt = self._told("thumb", True, _with(fields, comment))
        return receipt

    def thumbs_down(self, comment: str | None = None, /, **fields: Unpack[WordFields]) -> v1.FeedbackReceipt:
        """It was bad; comment: why, in own words."""
        receipt: v1.FeedbackReceipt = self._told("thumb", False, _with(fields, comment))
        return receipt

    def rate(self, stars: float, **fields: Unpack[WordFields]) -> v1.FeedbackReceipt:
        """Stars, from 1 (worst) to 5 (best)."""
        receipt: v1.FeedbackReceipt = self._told("rating", stars, fields)
        return receipt

    def correct(self, text: str, **fields: Unpack[WordFields]) -> v1.FeedbackReceipt:
        """The text that would have been right."""
        receipt: v1.FeedbackReceipt = self._told("correction", text, fields)
        return receipt

    def score(self, value: float, **fields: Unpack[WordFields]) -> v1.FeedbackReceipt:
        """A measured outcome, in [0, 1]."""
        receipt: v1.FeedbackReceipt = self._told("score", value, fields)
        return receipt


class AsyncCompletion(_Answered):
    """As `Completion`, of `AsyncClient`: what says what it was worth is awaited."""

    __slots__ = ()

    def thumbs_up(self, comment: str | None = None, /, **fields: Unpack[WordFields]) -> Awaitable[v1.FeedbackReceipt]:
        """It was good; comment: why, in own words. Raises what `AsyncClient.feedback` raises."""
        receipt: Awaitable[v1.FeedbackReceipt] = self._told("thumb", True, _with(fields, comment))
        return receipt

    def thumbs_down(self, comment: str | None = None, /, **fields: Unpack[WordFields]) -> Awaitable[v1.FeedbackReceipt]:
        """It was bad; comment: why, in own words."""
        receipt: Awaitable[v1.FeedbackReceipt] = self._told("thumb", False, _with(fields, comment))
        return receipt

    def rate(self, stars: float, **fields: Unpack[WordFields]) -> Awaitable[v1.FeedbackReceipt]:
        """Stars, from 1 (worst) to 5 (best)."""
        receipt: Awaitable[v1.FeedbackReceipt] = self._told("rating", stars, fields)
        return receipt

    def correct(self, text: str, **fields: Unpack[WordFields]) -> Awaitable[v1.FeedbackReceipt]:
        """The text that would have been right."""
        receipt: Awaitable[v1.FeedbackReceipt] = self._told("correction", text, fields)
        return receipt

    def score(self, value: float, **fields: Unpack[WordFields]) -> Awaitable[v1.FeedbackReceipt]:
        """A measured outcome, in [0, 1]."""
        receipt: Awaitable[v1.FeedbackReceipt] = self._told("score", value, fields)
        return receipt
