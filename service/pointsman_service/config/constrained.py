"""Types of the configuration's values: what a name, an address or a number of dollars may be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from pointsman_service.domain.identity import Limits
from pointsman_service.domain.names import MAX_NAME, NAME, NODE_ID
from pointsman_service.domain.preference import MAX_WEIGHT

HOUR_S = 3600.0
MONTH_S = 30 * 24 * HOUR_S
CENTURY_S = 36_500 * 24 * HOUR_S


class Section(BaseModel):
    """A table of the file. A key that nobody reads is an error: it is a misspelt one."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def _http(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError('must begin with "http://" or "https://" and name a host')
    if "@" in parts.netloc:
        raise ValueError(
            "must not hold a user or a password: name the key's environment variable in api_key_env; it may hold "
            "`Basic ...`, too"
        )
    return url


def _name_of_a_variable(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError("must be the name of an environment variable, never the key itself")
    return name


def each_once(names: list[str]) -> list[str]:
    """The names. Raises ValueError where one is there twice."""
    if len(set(names)) < len(names):
        raise ValueError("names the same one twice")
    return names


def refuse_twice(entries: Sequence[Any]) -> None:
    """Raises ValueError where two entries have one name."""
    seen: dict[str, int] = {}
    for i, entry in enumerate(entries):
        if entry.name in seen:
            raise ValueError(f"entries {seen[entry.name]} and {i} are both named {entry.name!r}")
        seen[entry.name] = i


Name = Annotated[str, Field(pattern=rf"^{NAME.pattern}$")]
Dollars = Annotated[float, Field(ge=0.0, le=1e12)]
Price = Annotated[float, Field(ge=0.0, le=1e9)]
Period = Annotated[float, Field(ge=1.0, le=CENTURY_S)]
Weight = Annotated[float, Field(ge=0.0, le=MAX_WEIGHT)]
Seconds = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
Wait = Annotated[float, Field(ge=0.001, le=HOUR_S)]
Rate = Annotated[float, Field(ge=0.001, le=1e6)]
Concurrency = Annotated[int, Field(ge=1, le=60_000)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Count = Annotated[int, Field(ge=1, le=10**12)]
Modality = Literal["text", "image", "audio", "file"]
NodeId = Annotated[str, Field(max_length=MAX_NAME, pattern=rf"^{NODE_ID.pattern}$")]
HttpUrl = Annotated[str, Field(max_length=2000), AfterValidator(_http)]
EnvironmentName = Annotated[str, Field(max_length=200), AfterValidator(_name_of_a_variable)]
Tags = Annotated[list[Name], Field(max_length=100), AfterValidator(each_once)]


class LimitedSection(Section):
    """What a caller may have at most; what is left out has no limit of its own."""

    requests_per_second: Rate | None = None
    concurrency: Concurrency | None = None
    feedback_per_minute: Rate | None = None

    def limits(self) -> Limits:
        """As the application knows them."""
        return Limits(self.requests_per_second, self.concurrency, self.feedback_per_minute)
