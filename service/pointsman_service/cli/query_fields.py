"""What `complete` and `route` let a caller say of a query."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.fields import Field, Given, put
from pointsman_service.cli.merging import pairs, parameters
from pointsman_service.cli.names import model_names

if TYPE_CHECKING:
    from pointsman.v1 import Query

Prompt = Annotated[str, typer.Argument(help='What to ask; "-" reads standard input.')]
System = Annotated[str | None, typer.Option(help="Standing instructions, sent before the prompt.")]
Timeout = Annotated[float, typer.Option(min=0.1, help="Seconds that the answer may take.")]
RequestId = Annotated[str | None, typer.Option(help="The same id again gets the first answer again.")]
Images = Annotated[
    list[str] | None,
    typer.Option("--image", help="A picture to send along: a file, or an http(s) address; repeatable."),
]


def _labels(said: Sequence[str]) -> dict[str, str]:
    return dict(pairs(said, "--label"))


def _extra(said: Sequence[str]) -> str:
    return parameters(said)


def _tools(files: Sequence[Path]) -> list[str]:
    found = [_json_file(file, "--tools") for file in files]
    return [json.dumps(tool) for each in found for tool in (each if isinstance(each, list) else [each])]


def _response_format(file: Path) -> str:
    return json.dumps(_json_file(file, "--response-format"))


def _json_file(file: Path, option: str) -> Any:  # noqa: ANN401 - whatever JSON it is
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise Misuse(f"{option} {file}: {error.strerror or error}") from error
    except ValueError as error:
        raise Misuse(f"{option} {file}: not valid JSON: {error}") from error


QUERY_FIELDS = (
    Field("preference.dial", "--dial", float, "0 is the cheapest that answers, 1 the best at any cost.", 0.0, 1.0),
    Field("preference.cost_weight", "--cost-weight", float, "Lambda instead of the dial: utility per dollar.", 0.0),
    Field("preference.latency_weight", "--latency-weight", float, "Mu: utility per second until the answer.", 0.0),
    Field("preference.max_cost_usd", "--max-cost-usd", float, "Ceiling on the whole episode, in dollars.", 0.0),
    Field("preference.max_latency_ms", "--max-latency-ms", float, "Models expected to take longer are out.", 0.0),
    Field("preference.min_quality", "--min-quality", float, "Floor on the predicted quality.", 0.0, 1.0),
    Field("models", "--model", list[str], "A model that may be called; may be repeated.", names=model_names),
    Field("require_tags", "--require-tag", list[str], "A tag that the model must have; may be repeated."),
    Field("session_id", "--session", str, "A conversation: it keeps its model."),
    Field("end_user_id", "--end-user", str, "Who asks, behind the tenant."),
    Field("hints.task", "--task", str, 'What is to be done, for instance "summarise".'),
    Field("hints.domain", "--domain", str, 'The field it is about, for instance "law".'),
    Field("hints.language", "--language", str, 'Its language, for instance "pt-BR".'),
    Field(
        "hints.labels", "--label", list[str], "A label to find it by; logged, never learnt from; repeatable.",
        parse=_labels, metavar="KEY=VALUE",
    ),
    Field("params.temperature", "--temperature", float, "Sampling temperature.", 0.0),
    Field("params.max_tokens", "--max-tokens", int, "Ceiling on the tokens of the answer.", 1),
    Field(
        "params.extra_json", "--param", list[str], "Any further parameter for the provider; repeatable.",
        parse=_extra, metavar="KEY=JSON",
    ),
    Field("tools_json", "--tools", list[Path], "JSON file with a tool, or a list of them, as OpenAI's.", parse=_tools),
    Field(
        "response_format_json", "--response-format", Path, "JSON file with the wanted form, as OpenAI's.",
        parse=_response_format,
    ),
)  # fmt: skip


def make_query(prompt: str, *, system: str | None, images: Sequence[str] | None, given: Given) -> Query:
    """The query as it goes over the wire. Raises Misuse where both --dial and --cost-weight are given."""
    from pointsman import v1

    if {"preference.dial", "preference.cost_weight"} <= given.keys():
        raise Misuse("give --dial or --cost-weight, not both")
    query = v1.Query()
    if system:
        query.messages.add(role=v1.ROLE_SYSTEM, content=system)
    text = sys.stdin.read() if prompt == "-" else prompt
    if images:
        parts = [v1.ContentPart(text=text), *(v1.ContentPart(image=_image(each)) for each in images)]
        query.messages.add(role=v1.ROLE_USER, parts=parts)
    else:
        query.messages.add(role=v1.ROLE_USER, content=text)
    put(query, given)
    return query


def _image(said: str) -> Any:  # noqa: ANN401 - v1.ImagePart, imported only when the command runs
    from mimetypes import guess_type

    from pointsman import v1

    if said.startswith(("http://", "https://", "data:")):
        return v1.ImagePart(url=said)
    media_type, _ = guess_type(said)
    if media_type is None or not media_type.startswith("image/"):
        raise Misuse(f"--image {said}: give a file whose name tells its kind, as photo.png, or an http(s) address")
    try:
        return v1.ImagePart(data=Path(said).read_bytes(), media_type=media_type)
    except OSError as error:
        raise Misuse(f"--image {said}: {error.strerror or error}") from error
