"""What can be set of a model."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.fields import Field
from pointsman_service.cli.merging import LISTED, PARAMETERS, Named, pairs, parameters
from pointsman_service.cli.messages import value_of
from pointsman_service.cli.names import words_of

if TYPE_CHECKING:
    from pointsman.v1 import Deployment


def _adapter(word: str) -> int:
    from pointsman import v1

    return value_of(v1.Adapter.DESCRIPTOR, word, "--adapter")


def _cost_source(word: str) -> int:
    from pointsman import v1

    return value_of(v1.CostSource.DESCRIPTOR, word, "--cost-source")


def _modalities(words: Sequence[str]) -> list[int]:
    from pointsman import v1

    return [value_of(v1.Modality.DESCRIPTOR, word, "--input-modality") for word in words]


def deployments(said: Sequence[str]) -> list[Deployment]:
    """`NAME KEY=VALUE...` each. Raises Misuse.

    >>> deployments(["eu base_url=https://eu.example/v1 requests_per_minute=60"])[0].requests_per_minute
    60
    """
    return [_deployment(each) for each in said]


def _deployment(said: str) -> Deployment:
    from pointsman import v1

    from pointsman_service.domain.near_miss import nearest

    try:
        name, *facts = shlex.split(said)
    except ValueError as error:
        raise Misuse(f"--deployment {said!r}: write NAME KEY=VALUE..., for instance {_EXAMPLE!r}") from error
    made = v1.Deployment(deployment=name)
    known = [f.name for f in v1.Deployment.DESCRIPTOR.fields if f.name not in {"deployment", "availability", "breaker"}]
    for key, value in pairs(facts, f"--deployment {name}").items():
        if key not in known:
            raise Misuse(f"--deployment {name}: {key}: no such key{nearest(key, known)}")
        field = v1.Deployment.DESCRIPTOR.fields_by_name[key]
        is_count = field.type == field.TYPE_INT64
        setattr(made, key, _whole_number(f"--deployment {name}: {key}", value) if is_count else value)
    return made


def _whole_number(what: str, text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise Misuse(f"{what}={text}: write a whole number")
    return int(text)


_EXAMPLE = "eu base_url=https://eu.example.com/v1 region=eu requests_per_minute=600"

MODEL_FIELDS = (
    Field(
        "adapter", "--adapter", str, "openai (any OpenAI-compatible address) or litellm. [default: by --base-url]",
        parse=_adapter, metavar="WORD", names=words_of("Adapter"),
    ),
    Field("provider_model", "--provider-model", str, "The name that the provider knows it by. [default: its own]"),
    Field("base_url", "--base-url", str, "The provider's address, for the openai adapter."),
    Field("api_key_env", "--api-key-env", str, "Environment variable of the service that holds the key."),
    Field("input_usd_per_million", "--input-price", float, "Dollars per million prompt tokens.", least=0.0),
    Field("output_usd_per_million", "--output-price", float, "Dollars per million answer tokens.", least=0.0),
    Field(
        "cached_input_usd_per_million", "--cached-input-price", float,
        "Dollars per million prompt tokens that the provider has cached.", least=0.0,
    ),
    Field("unpriced", "--unpriced/--no-unpriced", bool, "Whether it may run though nobody knows its prices."),
    Field(
        "params_json", "--param", list[str], "A parameter sent with every call, as temperature=0.2; may be repeated.",
        parse=parameters, merging=PARAMETERS, metavar="KEY=JSON",
    ),
    Field(
        "cost_source", "--cost-source", str, "prices (tokens times prices) or response (what the provider says).",
        parse=_cost_source, metavar="WORD", names=words_of("CostSource"),
    ),
    Field(
        "without_params", "--without-param", list[str],
        "A parameter that is never sent, as temperature or stream_options; repeatable.", merging=LISTED, metavar="NAME",
    ),
    Field("connect_timeout_s", "--connect-timeout", float, "Seconds for a connection. [default: 5]", least=0.001),
    Field("first_token_timeout_s", "--first-token-timeout", float, "Seconds to a stream's first piece.", least=0.001),
    Field("answer_timeout_s", "--answer-timeout", float, "Seconds for a whole answer.", least=0.001),
    Field("context_window", "--context-window", int, "Tokens of prompt and answer together.", least=1),
    Field("max_output_tokens", "--max-output-tokens", int, "Tokens of the longest answer that it gives.", least=1),
    Field("expected_quality", "--expected-quality", float, "Share of good answers that you expect of it.", least=0.0),
    Field("tags", "--tag", list[str], "What queries can require, as region:eu; repeatable.", merging=LISTED),
    Field(
        "deployments", "--deployment", list[str], f"A place where it is called, as '{_EXAMPLE}'; repeatable.",
        parse=deployments, merging=Named("deployment"), metavar="'NAME KEY=VALUE...'",
    ),
    Field(
        "capabilities.input_modalities", "--input-modality", list[str], "text, image, audio or file; repeatable.",
        parse=_modalities, merging=LISTED, metavar="WORD", names=words_of("Modality"),
    ),
    Field("capabilities.tools", "--tools/--no-tools", bool, "Whether it calls tools."),
    Field("capabilities.json_schema", "--json-schema/--no-json-schema", bool, "Whether it keeps to a JSON schema."),
    Field("capabilities.reasoning", "--reasoning/--no-reasoning", bool, "Whether it reasons before it answers."),
    Field("capabilities.streaming", "--streaming/--no-streaming", bool, "Whether it streams."),
)  # fmt: skip
