"""Fields of the contract as options: what each is called, takes and means is said once, for every command that has it.

>>> PRICE = Field("input_usd_per_million", "--input-price", float, "Dollars per million prompt tokens.", least=0.0)
>>> PRICE.name
'input_price'
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Optional

import typer

from pointsman_service.cli.merging import WHOLE, Merging
from pointsman_service.cli.names import Completion

Given = Mapping[str, Any]
"""What was said: by path in the message, as the message takes it."""


def as_it_is(value: Any) -> Any:  # noqa: ANN401 - whatever the option takes
    """The value."""
    return value


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message as an option.

    path: where it is in the message; option: with its dashes, "--tools/--no-tools" for a switch; kind: the type that it
    takes; help: what it means; least, most: bounds; parse: from the option's value to the message's, raises Misuse;
    merging: how `set` puts it together with what is there; metavar: what stands for the value in help; names: what a
    shell completes.
    """

    path: str
    option: str
    kind: Any
    help: str
    least: float | None = None
    most: float | None = None
    parse: Callable[[Any], Any] = as_it_is
    merging: Merging = WHOLE
    metavar: str | None = None
    names: Completion | None = None

    @property
    def name(self) -> str:
        """Of the parameter."""
        return self.option.partition("/")[0].removeprefix("--").replace("-", "_")

    def parameter(self) -> inspect.Parameter:
        """As typer reads it."""
        numeric = self.kind in (int, float)
        option = typer.Option(
            self.option,
            help=self.help,
            metavar=self._placeholder(),
            min=self.least if numeric else None,
            max=self.most if numeric else None,
            autocompletion=self.names,
        )
        annotation: Any = Annotated[Optional[self.kind], option]  # noqa: UP045 - a type that is a value
        return inspect.Parameter(self.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)

    def _placeholder(self) -> str | None:
        """What stands for the value in help; numbers tell their bounds by themselves, and switches have none."""
        return self.metavar or (None if self.kind in (bool, int, float) else self.name.rpartition("_")[2].upper())


def takes(*fields: Field) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add the fields as options to a command, whose `given` is then what was said of them, parsed."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command, eval_str=True)

        @functools.wraps(command)
        def run(**options: Any) -> None:  # noqa: ANN401 - the options of any command
            said = {f: options.pop(f.name) for f in fields}
            command(given=_parsed(said), **options)

        kept = [p.replace(kind=p.KEYWORD_ONLY) for p in own.parameters.values() if p.name != "given"]
        first = [p for p in kept if p.default is p.empty]
        rest = [p for p in kept if p.default is not p.empty]
        parameters = [*first, *(f.parameter() for f in fields), *rest]
        run.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
        return run

    return decorate


def _parsed(said: Mapping[Field, Any]) -> Given:
    return {f.path: f.parse(value) for f, value in said.items() if value is not None and value != []}


def put(message: Any, given: Given) -> None:  # noqa: ANN401 - any message of the contract
    """Put values into a message, each where its path says."""
    for path, value in given.items():
        *above, name = path.split(".")
        owner = functools.reduce(getattr, above, message)
        field = owner.DESCRIPTOR.fields_by_name[name]
        if field.is_repeated and field.message_type is not None and field.message_type.GetOptions().map_entry:
            getattr(owner, name).update(value)
        elif field.is_repeated:
            getattr(owner, name).extend(value)
        elif field.message_type is not None:
            getattr(owner, name).CopyFrom(value)
        else:
            setattr(owner, name, value)


def by_path(fields: Sequence[Field]) -> Mapping[str, Field]:
    """The fields by their paths."""
    return {f.path: f for f in fields}
