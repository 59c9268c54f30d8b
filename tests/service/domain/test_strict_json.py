"""JSON for programs: what a parser refuses is not printed."""

import json

import numpy as np
import pytest
from pointsman_service.cli import output
from pointsman_service.domain import strict_json


def refuse(word):
    """Told of Infinity, -Infinity and NaN by the parser."""
    raise AssertionError(f"{word} is no JSON")


def test_numbers_that_json_has_no_word_for_are_null(capsys):
    """Anywhere in the document, numpy's too; what looks like one in a text stays."""
    value = {"low": -np.inf, "high": float("inf"), "rows": [(np.float64("nan"), 1, True, None, "NaN")]}
    for text in (strict_json.dumps(value), (output.as_json(value), capsys.readouterr().out)[1]):
        assert json.loads(text, parse_constant=refuse) == {
            "low": None,
            "high": None,
            "rows": [[None, 1, True, None, "NaN"]],
        }


def test_what_is_no_json_type_is_refused():
    """Rather than printed as Python would."""
    with pytest.raises(TypeError):
        strict_json.dumps({"at": object()})
