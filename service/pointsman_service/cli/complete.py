"""`pointsman complete`: an answer, with how it came about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pointsman_service.cli import output
from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.fields import Given, takes
from pointsman_service.cli.messages import plain
from pointsman_service.cli.options import DEFAULT_ADDRESS, DEFAULT_TENANT, Address, AsJson, Tenant
from pointsman_service.cli.query_fields import (
    QUERY_FIELDS,
    Images,
    Prompt,
    RequestId,
    System,
    Timeout,
    make_query,
)

if TYPE_CHECKING:
    from typing import Any

    from pointsman.v1 import CompleteResponse


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        name="complete",
        short_help="Answer a prompt, with models and judges.",
        epilog='Example: pointsman complete "What is the capital of Australia?"',
    )(complete)


@takes(*QUERY_FIELDS)
def complete(
    prompt: Prompt,
    given: Given,
    system: System = None,
    image: Images = None,
    request_id: RequestId = None,
    timeout: Timeout = 120.0,
    stream: Annotated[bool, typer.Option("--stream", help="Show every step while it happens.")] = False,
    optimistic: Annotated[
        bool, typer.Option("--optimistic", help="As --stream, from the first token on; may be taken back.")
    ] = False,
    address: Address = DEFAULT_ADDRESS,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
    answer_only: Annotated[bool, typer.Option("--answer-only", help="Print the answer, nothing else.")] = False,
    episode_only: Annotated[bool, typer.Option("--episode-only", help="Print the episode's id, nothing else.")] = False,
) -> None:
    """Answer a prompt: call models and judges until an answer is good enough."""
    from pointsman_service.cli.connection import connect
    from pointsman_service.cli.decisions import show_answer
    from pointsman_service.cli.progress import working
    from pointsman_service.cli.streaming import streamed

    if as_json + answer_only + episode_only > 1:
        raise Misuse("give one of --json, --answer-only and --episode-only")
    stream = stream or optimistic
    if stream and (as_json or episode_only):
        raise Misuse("--stream shows what happens while it does; leave out --json and --episode-only")
    fields: dict[str, Any] = {"include_predictions": True} | ({"request_id": request_id} if request_id else {})
    query = make_query(prompt, system=system, images=image, given=given)
    with connect(address, tenant, timeout_s=timeout) as service:
        if stream:
            response = streamed(service.stream_complete(query, trace=True, optimistic=optimistic, **fields))
        else:
            with working("asking"):
                response = service.complete(query, **fields)
    if as_json:
        output.as_json(plain(response))
    elif episode_only:
        typer.echo(response.episode_id)
    else:
        if not stream:
            _print_answer(response)
        if not answer_only:
            typer.echo()
            show_answer(plain(response))


def _print_answer(response: CompleteResponse) -> None:
    """The text; what the model said or wants instead of one."""
    answer = response.answer
    typer.echo(output.for_terminal(answer.text or answer.refusal))
    for call in answer.tool_calls:
        typer.echo(output.for_terminal(f"{call.function}({call.arguments_json})"))
    if answer.parts:
        output.note(f"({len(answer.parts)} parts beside the text; --json has them)")
