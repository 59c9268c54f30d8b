"""Inputs without end, from a seed: which method, which bytes, which metadata."""

from __future__ import annotations

from dataclasses import dataclass

from pointsman import v1

from .callers import CALLER, NOBODY, OPERATOR, STRANGER, Who
from .corpus import TENANT
from .doors import METHODS
from .messages import any_message, damaged, gone_wrong
from .values import JSON, TEXTS

RARE = {"Complete": 0.3, "StreamComplete": 0.3, "WhatIf": 0.2, "RunJob": 0.05, "WarmStart": 0.3, "GetStats": 0.4}
RARE |= {f"{verb}TaxonomyNode": 0.2 for verb in ("Create", "Update", "Delete", "Enable", "Disable")}
"""Methods that take some milliseconds when they are asked well: asked less often, so that others are asked more."""

WHO = (OPERATOR,) * 17 + (CALLER, STRANGER, NOBODY)
"""Most come from whom everything is open to, so that everything is reached."""


@dataclass(frozen=True)
class Input:
    """One call. origin: how it came about. who: whose key it brings."""

    path: str
    raw: bytes
    metadata: tuple
    seconds: float | None
    origin: str
    who: Who


def one(rng, valid, ids):
    """The next input."""
    while True:
        origin = rng.choice(("any message", "mutated", "mutated", "aimed", "damaged bytes", "valid"))
        path, request = rng.choice(valid)
        if origin == "any message":
            path = rng.choice(tuple(METHODS))
        if origin == "aimed" and not hasattr(request, "query"):
            continue
        if rng.random() < RARE.get(path.rpartition("/")[2], 1.0):
            break
    match origin:
        case "any message":
            raw = any_message(METHODS[path].input_type, rng, ids).SerializeToString()
        case "mutated":
            raw = gone_wrong(request, rng, ids).SerializeToString()
        case "aimed":
            raw = aimed(request, rng).SerializeToString()
        case "damaged bytes":
            raw = damaged(request.SerializeToString(), rng)
        case _:
            raw = request.SerializeToString()
    who = rng.choice(WHO)
    seconds = rng.choice((None, 2.0, 2.0, 2.0, 0.0, 1e-3, 1e9))
    # Last, so that no other header of the name comes before the key; two of them are nobody's.
    return Input(path, raw, (*_metadata(rng), *who.metadata), seconds, origin, who)


def aimed(valid, rng):
    """A valid query whose JSON alone is somebody's attack: it is read, hashed, priced, sent and judged."""
    request = type(valid)()
    request.CopyFrom(valid)
    request.request_id = rng.choice(("", f"r-{rng.getrandbits(32)}"))
    match rng.randrange(4):
        case 0:
            request.query.response_format_json = rng.choice(JSON)
        case 1:
            request.query.tools_json[:] = [rng.choice(JSON) for _ in range(rng.choice((1, 1, 1, 50)))]
        case 2:
            request.query.params.extra_json = rng.choice(JSON)
        case _:
            request.query.messages.append(v1.ChatMessage(role=v1.ROLE_USER, content=rng.choice(TEXTS)))
    return request


def _metadata(rng):
    if rng.random() < 0.8:
        return TENANT
    keys = ("x-pointsman-tenant", "x-pointsman-operator", "traceparent", "tracestate", "authorization", "user-agent")
    return tuple((rng.choice(keys), _header(rng)) for _ in range(rng.randint(0, 4)))


def _header(rng):
    value = rng.choice((*TEXTS[:20], "Bearer x", "Bearer " + "a." * 2_000, f"00-{'a' * 32}-{'b' * 16}-01", "acme"))
    return value.encode("ascii", "ignore").decode().strip().replace("\n", "").replace("\x00", "")
