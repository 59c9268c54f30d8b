"""The formats of logs that are read, and which one a file has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pointsman_service.advice.langfuse import is_langfuse, langfuse_calls
from pointsman_service.advice.litellm_spend import is_litellm, litellm_calls
from pointsman_service.advice.logged_call import LeftOut, Told
from pointsman_service.advice.openai_calls import is_openai, openai_calls
from pointsman_service.advice.otel_spans import is_otel, otel_calls


@dataclass(frozen=True, slots=True)
class Format:
    """name: what `--format` calls it. fits: whether a record is of it; calls: what the record tells."""

    name: str
    title: str
    fits: Callable[[Mapping[str, Any]], bool]
    calls: Callable[[Mapping[str, Any]], Iterator[Told]]


FORMATS = (
    Format("otel", "OpenTelemetry", is_otel, otel_calls),
    Format("litellm", "LiteLLM spend logs", is_litellm, litellm_calls),
    Format("langfuse", "Langfuse", is_langfuse, langfuse_calls),
    Format("openai", "OpenAI-format lines", is_openai, openai_calls),
)
"""In the order in which they are tried: the last is of the fewest marks."""


def calls_of(form: Format, fields: Mapping[str, Any]) -> Iterator[Told]:
    """What a record tells; each record of a page, as APIs give them.

    >>> [type(told).__name__ for told in calls_of(FORMATS[-1], {"data": [{"prompt": "a", "completion": "b"}, 3]})]
    ['LoggedCall', 'LeftOut']
    """
    page = fields.get("data")
    if not isinstance(page, list) or form.fits(fields):
        yield from form.calls(fields)
        return
    for each in page:
        yield from form.calls(each) if isinstance(each, Mapping) else (LeftOut("other"),)


def format_of(fields: Mapping[str, Any]) -> Format | None:
    """The format of a record, None where it is of none; a page of records has that of the first."""
    listed = fields.get("data")
    if isinstance(listed, list) and listed and isinstance(listed[0], Mapping):
        fields = listed[0]
    return next((form for form in FORMATS if form.fits(fields)), None)
