"""What is wrong with a configuration, in one line that names the place and the near miss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel, ValidationError

from pointsman_service.domain.near_miss import nearest


def one_line(error: ValidationError, source: str, environ: Mapping[str, str], root: type[BaseModel]) -> str:
    """`FILE: a.3.b: what is wrong`, or `environment: POINTSMAN_A__B: ...` where the environment set it."""
    problems = error.errors(include_url=False)
    first = problems[0]
    place = [part for part in first["loc"] if not (isinstance(part, str) and part.startswith("function-"))]
    name = ".".join(str(part) for part in place)
    where = f"{source}: {name}" if name else source
    variable = "POINTSMAN_" + "__".join(str(part).upper() for part in place)
    if variable in {set_name.upper() for set_name in environ}:
        where = f"environment: {variable}"
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{where}: {_what(first, place, root)}{more}"


def what_is_wrong(error: ValidationError, root: type[BaseModel]) -> list[tuple[str, str]]:
    """Each violation as (field, what is wrong); a place in a list as `deployments[1].base_url`."""
    return [(_dotted(p["loc"]), _what(p, p["loc"], root)) for p in error.errors(include_url=False)]


def _dotted(place: Sequence[int | str]) -> str:
    """The field's path.

    >>> _dotted(("deployments", 1, "base_url"))
    'deployments[1].base_url'
    """
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return "".join(parts).removeprefix(".")


def _what(problem: Mapping[str, Any], place: Sequence[int | str], root: type[BaseModel]) -> str:
    if problem["type"] == "extra_forbidden":
        return "unknown key" + nearest(str(place[-1]), _fields_at(root, place[:-1]))
    if problem["type"] == "missing":
        return "is missing"
    message = str(problem["msg"]).removeprefix("Value error, ")
    given = problem.get("input")
    shown = f", not {given!r}" if isinstance(given, str | int | float) and problem["type"] != "value_error" else ""
    return message[:1].lower() + message[1:] + shown


def _fields_at(root: type[BaseModel], place: Sequence[int | str]) -> list[str]:
    """Names of the fields of the section at a place; list indexes and tenant names step into the element."""
    model: type[BaseModel] = root
    for part in place:
        field = model.model_fields.get(str(part))
        inner = section_in(field.annotation) if field else entry_in(model)
        model = inner or model
    return sorted(model.model_fields)


def entry_in(model: type[BaseModel]) -> type[BaseModel] | None:
    """The section of entries that a section has under any name beside its own fields; None where it has none."""
    if model.model_config.get("extra") != "allow":
        return None
    return section_in(get_type_hints(model)["__pydantic_extra__"])


def section_in(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 - a type annotation
    """The section that a field holds, by itself, in a list or by name; None for a plain value."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in get_args(annotation) if (found := section_in(arg))), None)
