"""Who can take a query: a model that is known to lack what it needs is kept out before a policy sees it.

What is not known of a model is not held against it: should it fail, the cascade goes on to another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from pointsman_service.domain import ModelConfig, Question, TenantConfig
from pointsman_service.domain.generation import is_known, unknown_param
from pointsman_service.domain.requests import Query
from pointsman_service.errors import Fault, InvalidRequest, NoModelLeft

CHARS_PER_TOKEN = 4
_TOOLS_SEEN = 32
_ANSWER_LIMITS = ("max_tokens", "max_completion_tokens")

_Can = Callable[[ModelConfig], bool]


@dataclass(frozen=True, slots=True)
class Needs:
    """What one query needs of a model.

    models: those that the tenant may use, None for all. tags: all of them. modalities: what it has beside text, of
    "image", "audio", "file". tokens: about how many its prompt and its answer take together.
    """

    models: tuple[str, ...] | None = None
    tags: tuple[str, ...] = ()
    modalities: frozenset[str] = frozenset()
    tools: bool = False
    json_schema: bool = False
    tokens: int = 0

    @property
    def ordinary(self) -> bool:
        """Whether every model can take it that holds so many tokens, as for most queries."""
        return not (self.tags or self.modalities or self.tools or self.json_schema) and self.models is None


def needs_of(query: Query, tenant: TenantConfig, prompt_tokens: int) -> Needs:
    """What the query needs, and what its tenant requires."""
    question = query.question
    return Needs(
        models=tenant.models,
        tags=required_tags(query, tenant),
        modalities=question.modalities,
        tools=bool(question.tools),
        json_schema=(question.response_format or {}).get("type") == "json_schema",
        tokens=prompt_tokens + _tool_tokens(question) + (_answer_tokens(question.params) if question.params else 0),
    )


def required_tags(query: Query, tenant: TenantConfig) -> tuple[str, ...]:
    """The query's and the tenant's, each once."""
    if not query.require_tags and not tenant.require_tags:
        return ()
    return tuple(dict.fromkeys((*tenant.require_tags, *query.require_tags)))


def excluded(models: Iterable[ModelConfig], needs: Needs) -> Mapping[str, str]:
    """Those that cannot take it, each with the first thing that it lacks; empty where all can.

    Raises NoModelLeft with what removed the last ones, for instance "context_window" or "require_tags:region:eu".

    >>> pair = ModelConfig("eu", "litellm", "a", tags=("region:eu",)), ModelConfig("us", "litellm", "b")
    >>> excluded(pair, Needs(tags=("region:eu",)))
    {'us': 'require_tags:region:eu'}
    """
    left, out = list(models), dict[str, str]()
    if needs.ordinary and all(m.context_window is None or needs.tokens <= m.context_window for m in left):
        return out
    for lack, can, why in _checks(needs):
        unable = [m.name for m in left if not can(m)]
        if unable and len(unable) == len(left):
            raise NoModelLeft(f"no model is left: {why}{_others(out)}", constraint=lack)
        if unable:
            out |= dict.fromkeys(unable, lack)
            left = [m for m in left if m.name not in out]
    return out


def check_params(params: Mapping[str, Any], models: Iterable[ModelConfig]) -> None:
    """Refuse parameters that no model takes of a caller. Raises InvalidRequest, naming each.

    One that some models take is left off for the others, as those are that a provider refuses.
    """
    unknown = [name for name in params if not is_known(name)]
    if not unknown:
        return
    allowed = {name for model in models for name in model.allow_params}
    if refused := [name for name in unknown if name not in allowed]:
        raise InvalidRequest([("query.params.extra_json", unknown_param(name)) for name in refused], Fault.NOT_ALLOWED)


def _checks(needs: Needs) -> Iterator[tuple[str, _Can, str]]:
    """What is to be checked: the name of the lack, whether a model has it, what to say where none does."""
    if (names := needs.models) is not None:
        yield "models", lambda m: m.name in names, "the tenant may use none of those that are allowed and enabled"
    for tag in needs.tags:
        yield f"require_tags:{tag}", partial(_has, tag), f"none of them is tagged {tag!r}"
    for kind in sorted(needs.modalities):
        yield f"input_modalities:{kind}", partial(_takes, kind), f"none of them takes {kind} input"
    if needs.tools:
        yield "tools", lambda m: m.capabilities.tools is not False, "none of them calls tools"
    if needs.json_schema:
        yield "json_schema", lambda m: m.capabilities.json_schema is not False, "none of them keeps to a JSON schema"
    yield "context_window", lambda m: _holds(m, needs.tokens), f"none of them holds about {needs.tokens} tokens"


def _has(tag: str, model: ModelConfig) -> bool:
    return tag in model.tags


def _takes(modality: str, model: ModelConfig) -> bool:
    known = model.capabilities.input_modalities
    return known is None or modality in known


def _holds(model: ModelConfig, tokens: int) -> bool:
    return model.context_window is None or tokens <= model.context_window


def _others(out: Mapping[str, str]) -> str:
    """What took the others away, as an addition to the message."""
    return f" (before: {', '.join(f'{name} by {lack}' for name, lack in out.items())})" if out else ""


def _tool_tokens(question: Question) -> int:
    """About how many; of many tools by some of them, since writing them all out would hold the event loop."""
    if not question.tools:
        return 0
    seen = question.tools[:: len(question.tools) // _TOOLS_SEEN + 1]
    return sum(len(str(tool)) for tool in seen) * len(question.tools) // (len(seen) * CHARS_PER_TOKEN)


def _answer_tokens(params: Mapping[str, Any]) -> int:
    """The room that the caller asks for the answer, 0 where nothing is said, or nothing that makes sense."""
    return max((v for k in _ANSWER_LIMITS if isinstance(v := params.get(k), int)), default=0)
