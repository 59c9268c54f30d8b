"""What a reader expects least, by the kind of a field and by its name. Everything here was taken badly by somebody."""

from __future__ import annotations

import json

from google.protobuf.descriptor import FieldDescriptor

INTEGERS = (0, 1, 2, 5, -1, 100, 2**31 - 1, -(2**31))
LONG_INTEGERS = (*INTEGERS, 2**53 + 1, 2**63 - 1, -(2**63))
NUMBERS = (
    0.0,
    0.5,
    1.0,
    -1.0,
    -0.0,
    2.0,
    1e18,
    1e300,
    -1e300,
    float("nan"),
    float("inf"),
    float("-inf"),
    5e-324,
    1e-300,
)
BYTES = (b"", b"x", b"\x89PNG\r\n\x1a\n", b"\x00" * 65, b"x" * 4_096)
TEXTS = (
    "", " ", "\n", "\x00", "a\x00b", "small", "large", "lite", "default", "acme", "maths.sum", "root", "e-1", "*",
    "enabled",
    "é" * 130, "x" * 1_001, "x" * 70_000, "\u202e\u2066", "\ud7ff\ufffd", "{}", "[", "null", "image/png", "png", "wav",
    "data:image/png;base64,AA==", "http://127.0.0.1:9/v1", "file:///etc/passwd", "http://[::1", "PATH",
    "OPENAI_API_KEY",
    "preference.dial", "models.small.enabled", "tenants.acme.ceiling_usd", "rebuild_statistics", "prune", "promote",
    "always:small", "policy", "static", "a b!", "../../etc", "%00", "format", "agreement", "; DROP TABLE events;--",
    "1" * 5_000, "1e999999", "2 + 2 = ?", "Answer with JSON only.", "```" * 3_000, "the answer is " + " " * 1_500 + "x",
    "$" * 2_000, "(" * 3_000, "x^" * 500, "1/" * 1_000, "\\frac{" * 800,
)  # fmt: skip

_DEEP = 900
_DEEPER = (300, 985, 1_000, 50_000)
"""Python's own parser gives up somewhere at a thousand, and who walks what it read, before that."""
PATTERNS = ("(a+)+$", "(a|a)*b", "^(([a-z])+.)+[A-Z]([a-z])+$", "[", "(?=a)", "a{1,1000}{1,1000}", "\\1(x)", "x*" * 200)


def doubling(levels):
    """A schema of a line a level, which is twice as long with each when it is written out."""
    defs = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(levels)}
    return {"$defs": {**defs, f"d{levels}": {"type": "object"}}, "$ref": "#/$defs/d0"}


def _nested(levels):
    schema = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "object", "properties": {"a": schema}, "required": ["a"]}
    return schema


SCHEMAS = (
    doubling(8), doubling(16), doubling(30), {"$ref": "#"}, {"$ref": "#/$defs/none"}, {"$ref": "http://127.0.0.1:9/x"},
    {},
    {"type": "array", "uniqueItems": True}, {"uniqueItems": True}, {"type": "nonsense"}, {"type": 5}, {"enum": []},
    {"const": float("nan")},
    {"multipleOf": 0}, {"minLength": -1}, {"required": "a"}, {"properties": []}, _nested(40), _nested(100), True, False,
    {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
    *({"type": "object", "properties": {"a": {"type": "string", "pattern": p}}} for p in PATTERNS),
    {"type": "object", "patternProperties": {"(a+)+$": {"type": "string"}}}, {"anyOf": [{"type": "string"}] * 500},
)  # fmt: skip
_WRAPPED = [{"type": "json_schema", "json_schema": {"name": "x", "schema": s, "strict": True}} for s in SCHEMAS]
_TOOLS = [{"type": "function", "function": {"name": "add", "parameters": s}} for s in SCHEMAS]
_BROKEN_JSON = (
    *(opened * n + "1" + closed * n for n in _DEEPER for opened, closed in (("[", "]"), ('{"a":', "}"))),
    "[" * _DEEP, '{"a":' * _DEEP, "[" * _DEEP + "]" * _DEEP, '{"a": NaN}', '{"a": 1e999}', '{"a": ' + "9" * 5_000 + "}",
    '{"a": 1, "a": 2}', '"\\ud800"', "\ufeff{}", "5", "[]", '""', "", "nul", '{"\\u0000": 1}',
)  # fmt: skip
_PARAMETERS = (
    {"max_tokens": "text"}, {"max_tokens": -5}, {"max_tokens": 2**63}, {"max_completion_tokens": 1,
    "max_tokens": 10**6},
    {"api_base": "http://127.0.0.1:9"}, {"base_url": "http://127.0.0.1:9"}, {"mock_response": "forged"},
    {"api_key": "x"},
    {"extra_headers": {"a": "b"}}, {"timeout": 1e-9}, {"n": 1_000}, {"n": -1}, {"stream": False}, {"messages": []},
    {"logit_bias": {"1": 1e300}}, {"stop": ["x"] * 2_000}, {"temperature": None}, {"top_logprobs": 10**9,
    "logprobs": True},
    {"metadata": {"a": {"b": {"c": [1] * 2_000}}}}, {"tools": [{}]}, {"response_format": {"type": "json_object"}},
)  # fmt: skip
JSON = tuple(map(json.dumps, (*_WRAPPED, *_TOOLS, *_PARAMETERS))) + _BROKEN_JSON
"""For every field whose name ends in `_json`."""

ANSWERS = (
    "Four.", "", "{}", '{"a": "' + "a" * 40 + '!"}', json.dumps([{"k": n % 7, "v": [n % 3]} for n in range(2_000)]),
    "[1, 2",
    "```json\n" * 2_500, "```" * 7_000, "The answer is" + " " * 1_200 + ".", "<think>" * 500 + "4", "\\boxed{" * 2_000,
    "[" * _DEEP, "{" * 5_000, "9" * 6_000, "1/" * 4_000, "(" * 4_000, "-" * 20_000, "\x00\ufffd\u202e", "x" * 100_000,
    "a = b\n" * 4_000, "A) B) C) " * 2_000, "yes " * 5_000, "2024-13-45 " * 1_000, '{"a": {"a": {"a": 1}}}', "null",
    "true",
)  # fmt: skip
"""What models say; the judges read it."""
JSON_ANSWERS = (
    "{}", '{"a": "' + "a" * 40 + '!"}', json.dumps([{"k": n % 7, "v": [n % 3]} for n in range(2_000)]),
    '{"a": {"a": {}}}',
    json.dumps([[n % 2] for n in range(2_000)]), json.dumps({"a" * n + "!": n for n in range(60)}), "[]",
)  # fmt: skip
"""JSON that takes a schema long to look at."""


def scalar(field, rng, ids):
    """Any value of a field that is no message. ids: of things that are there, so that they are found now and then."""
    if field.cpp_type == field.CPPTYPE_STRING and field.type != field.TYPE_BYTES:
        return _text(field.name, rng, ids)
    return rng.choice(_CHOICES.get((field.cpp_type, field.type == field.TYPE_BYTES), INTEGERS))


_CHOICES = {
    (FieldDescriptor.CPPTYPE_STRING, True): BYTES,
    (FieldDescriptor.CPPTYPE_BOOL, False): (False, True),
    (FieldDescriptor.CPPTYPE_DOUBLE, False): NUMBERS,
    (FieldDescriptor.CPPTYPE_FLOAT, False): NUMBERS,
    (FieldDescriptor.CPPTYPE_ENUM, False): (*range(12), -1, 2**31 - 1),
    (FieldDescriptor.CPPTYPE_INT64, False): LONG_INTEGERS,
}


def _text(name, rng, ids):
    if name.endswith("_json") and rng.random() < 0.9:
        return rng.choice(JSON)
    known = ids.get(name)
    return rng.choice(known) if known and rng.random() < 0.5 else rng.choice(TEXTS)
