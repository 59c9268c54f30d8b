"""JSON values as protobuf's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct, Value

from pointsman_service.domain.strict_json import finite


def json_value(value: object) -> Value:
    """Any JSON value; None is JSON's null.

    >>> json_value({"tags": ("eu",)}).struct_value["tags"][0], json_value(None).WhichOneof("kind")
    ('eu', 'null_value')
    """
    return ParseDict(finite(value), Value())


def json_struct(value: Mapping[str, Any]) -> Struct:
    """A JSON object.

    >>> json_struct({"why": "disk"})["why"]
    'disk'
    """
    return ParseDict(finite(value), Struct())
