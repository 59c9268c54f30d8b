"""What every door asks of tools, of the form of an answer and of parameters, once they are JSON values.

field: where the caller wrote it, which is what a violation names.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from pointsman_service.domain.answer_limits import is_limit, limit_of
from pointsman_service.domain.chat import RESERVED_PARAMS
from pointsman_service.domain.generation import wrong_value
from pointsman_service.domain.violations import Violations
from pointsman_service.errors import Fault

FORMATS = ("text", "json_object", "json_schema")
MOST_PARAMS = 64
_RESERVED = RESERVED_PARAMS | {"stream_options"}


def check_tool(field: str, tool: Mapping[str, Any], wrong: Violations) -> None:
    """A tool has a type, and a function a name.

    >>> wrong = Violations()
    >>> check_tool("tools[0]", {"type": "function"}, wrong)
    >>> wrong.found
    [('tools[0]', 'of type "function" must have a "function" with a "name"')]
    """
    function = tool.get("function")
    if not isinstance(tool.get("type"), str):
        wrong.add(field, 'must have a "type", as "function"', Fault.MALFORMED)
    elif tool["type"] == "function" and not (isinstance(function, dict) and isinstance(function.get("name"), str)):
        wrong.add(field, 'of type "function" must have a "function" with a "name"', Fault.MALFORMED)


def check_response_format(field: str, wanted: Mapping[str, Any], wrong: Violations) -> None:
    """One of the forms that OpenAI has."""
    if wanted.get("type") not in FORMATS:
        wrong.add(field, f'must have a "type" of {", ".join(FORMATS)}', Fault.MALFORMED)


def caller_params(field: str, given: Mapping[str, Any], wrong: Violations) -> dict[str, Any]:
    """Parameters as they are passed on. Names that nobody knows are the models' to take or not."""
    wrong.at_most(field, len(given), MOST_PARAMS)
    for name in sorted(_RESERVED & given.keys()):
        wrong.add(field, f'must not set "{name}": the query has its own field, or it is fixed', Fault.NOT_ALLOWED)
    for name, value in islice(given.items(), MOST_PARAMS):
        why = wrong_value(name, value)
        if why is not None:
            wrong.add(field, f'"{name}" {why}', Fault.NOT_ALLOWED)
    # A limit that makes no sense, as -1, is meant to be none.
    return {name: value for name, value in given.items() if not is_limit(name) or limit_of({name: value}) is not None}
