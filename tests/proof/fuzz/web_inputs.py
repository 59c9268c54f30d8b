"""Requests to the HTTP door without end, from a seed: right ones, wrong ones, and bytes that are no HTTP."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from random import Random

from tests.http import bodies

from .callers import CALLER, NOBODY, OPERATOR, STRANGER, Who
from .messages import damaged
from .values import JSON, NUMBERS, SCHEMAS, TEXTS

CHAT, RESPONSES, MESSAGES = "/v1/chat/completions", "/v1/responses", "/v1/messages"
FEEDBACK, EMBEDDINGS = "/v1/feedback", "/v1/embeddings"
READ = ("/v1/models", "/v1/models/small", "/v1/savings", "/metrics", "/healthz", "/readyz", "/openapi.json")
OPEN = frozenset({"/healthz", "/readyz", "/openapi.json"})
WHO = (OPERATOR,) * 12 + (CALLER, STRANGER, NOBODY)
_ASKED = [{"role": "user", "content": "What is 2 + 2?"}]
_METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "BREW", "post")
_ODD_PATHS = (
    "/", "//", "/v1", "/v1/", "/v1/models/", "/v1/models/%00", "/v1/models/a/b", "/v1/models/../../etc/passwd",
    "/v1/models/%2e%2e", "*", "http://elsewhere.example/v1/models", "/v1/models?x=" + "y" * 7_000, "/\u00e9",
    "/v1/chat/completions/", "/v1/chat/completions?stream=true", "/v1//models", "/%", "/%zz",
    "/v1/models/" + "%41" * 900, "/v1/savings?against=always:small&by=node", "/v1/savings?against=snapshot:1",
    "/v1/savings?tenant=a&tenant=b", "/v1/savings?start_time=%00&confidence=nan",
)  # fmt: skip
_NAMES = (
    "x-pointsman-tenant", "x-pointsman-timeout", "x-pointsman-dial", "x-pointsman-max-cost-usd", "x-pointsman-models",
    "x-pointsman-session-id", "x-pointsman-language", "idempotency-key", "x-request-id", "traceparent", "tracestate",
    "x-stainless-read-timeout", "authorization", "x-api-key", "content-type", "content-encoding", "accept-encoding",
    "accept", "expect", "connection", "upgrade", "cookie", "host", "te", "trailer", "anthropic-version", "origin",
)  # fmt: skip
_VALUES = (
    "0", "-1", "1e999", "nan", "0.5", "1e-9", "text/xml", "multipart/form-data; boundary=x",
    "application/json; charset=utf-7",
    "gzip", "br", "deflate, gzip", "100-continue", "200-ok", "close", "websocket", "h2c", "Bearer x", "Basic eDp4",
    "acme", "default", "en", "small,large", f"00-{'a' * 32}-{'b' * 16}-01", "a" * 7_000, ",", ";", '"', "s-1",
)  # fmt: skip


@dataclass(frozen=True)
class WebInput:
    """One request. whole: what an HTTP server must answer; else it may as well wait for the rest, or close."""

    method: str
    path: str
    raw: bytes
    whole: bool
    origin: str
    who: Who


def valid(ids):
    """(path, body) of everything that has one, on things that are there."""
    known = {"id": f"chatcmpl-{ids['episode_id'][0]}"}
    told = json.dumps((bodies.CHAT, bodies.RESPONSE, bodies.MESSAGE)).replace('"tiny"', '"small"')
    chat, response, message = json.loads(told)
    few = {"model": "pointsman", "max_tokens": 50}
    return [
        (CHAT, {**few, "messages": _ASKED}),
        (CHAT, {**few, "messages": _ASKED, "stream": True, "stream_options": {"include_usage": True}}),
        (CHAT, {"model": "small", "messages": _ASKED, "logprobs": True, "top_logprobs": 3, "n": 1}),
        (CHAT, chat),
        (RESPONSES, {"model": "pointsman:0.1", "input": "What is 2 + 2?"}),
        (RESPONSES, {"model": "large", "input": "What is 2 + 2?", "stream": True}),
        (RESPONSES, response),
        (MESSAGES, {**few, "messages": _ASKED}),
        (MESSAGES, {**few, "messages": _ASKED, "stream": True}),
        (MESSAGES, message),
        (FEEDBACK, {**known, "thumb": "up"}),
        (FEEDBACK, {"session_id": "s-1", "rating": 4}),
        (FEEDBACK, {**known, "correction": "4", "end_user_id": "ann", "model": "small"}),
        (EMBEDDINGS, {"model": "embed", "input": ["a", "b"]}),
    ]


def one(rng, known):
    """The next. known: what `valid` gave."""
    path, body = rng.choice(known)
    origin = rng.choice(("valid", "mutated", "mutated", "mutated", "JSON", "read", "headers", "damaged", "no HTTP"))
    making = _Making(rng, rng.choice(WHO), origin)
    if origin == "mutated":
        return making.post(path, _json(gone_wrong(body, rng)))
    if origin == "JSON":
        return making.post(path, _no_body(rng))
    if origin == "read":
        return making.request(rng.choice(_METHODS), rng.choice((*READ, *READ, *_ODD_PATHS, path)))
    made = making.post(path, _json(body), odd=rng.randint(1, 5) if origin == "headers" else 0)
    if origin in {"valid", "headers"}:
        return made
    broken = damaged(made.raw, rng) if origin == "damaged" else _no_http(rng, made.raw)
    return WebInput("POST", path, broken, whole=False, origin=origin, who=NOBODY)


@dataclass(frozen=True)
class _Making:
    """Writes requests of one caller."""

    rng: Random
    who: Who
    origin: str

    def post(self, path, body, *, odd=None):
        """With a body. odd: so many headers that nobody means to send; now and then one where nothing is said."""
        return self.request("POST", path, body, odd=self.rng.choice((0, 0, 0, 1)) if odd is None else odd)

    def request(self, method, path, body=b"", *, odd=0):
        """As bytes: with its length, or in chunks."""
        rng, chunked = self.rng, bool(body) and self.rng.random() < 0.25
        heads = [f"{method} {path} HTTP/1.1", "host: a", *_key(self.who, rng)]
        for _ in range(odd):
            value = rng.choice((*_VALUES, rng.choice(TEXTS)[:500]))
            heads.insert(rng.randint(1, len(heads)), f"{rng.choice(_NAMES)}: {value}")
        heads = [head.translate(_NO_LINES) for head in heads]
        heads.append("transfer-encoding: chunked" if chunked else f"content-length: {len(body)}")
        head = "\r\n".join((*heads, "connection: close")).encode("utf-8", "surrogatepass") + b"\r\n\r\n"
        raw = head + (_chunks(body, rng) if chunked else body)
        return WebInput(method, path, raw, whole=True, origin=self.origin, who=NOBODY if odd else self.who)


_NO_LINES = str.maketrans("", "", "\r\n\x00")


def gone_wrong(body, rng):
    """A copy with one to three values, somewhere in it, that are others."""
    for _ in range(rng.randint(1, 3)):
        place = rng.choice(list(bodies.paths_of(body))[1:])
        body = bodies.put(body, place, _value(rng))
    if rng.random() < 0.2:
        body = {**body, rng.choice(("n", "tools", "stop", "pointsman", "api_base", "functions", "x" * 90)): _value(rng)}
    return body


def _value(rng):
    many = [rng.choice(({}, [], "a", 1, None, {"type": "text", "text": "a"}, {"role": "user", "content": "a"}))] * 5_000
    return rng.choice(
        (
            None, True, False, 0, -1, 2**63, 2**70, [], {}, [None], {"": None}, "small", "auto", "pointsman:nan",
            _deep(30), many, rng.choice(NUMBERS), rng.choice(TEXTS), rng.choice(TEXTS), rng.choice(SCHEMAS),
            _schema_of(rng), "a" * 300_000,
        )
    )  # fmt: skip


def _schema_of(rng):
    return {
        "type": "json_schema",
        "json_schema": {"name": "x", "schema": rng.choice(SCHEMAS)},
        "name": "x",
        "schema": {},
    }


def _deep(levels):
    value = 1
    for n in range(levels):
        value = {"a": value} if n % 2 else [value]
    return value


def _no_body(rng):
    """What is no object, or one that nobody should read."""
    return rng.choice(
        (
            rng.choice(JSON).encode(errors="surrogatepass"), b"", b"\xef\xbb\xbf{}", b"[" * 200_000, b'{"a":' * 200_000,
            b'{"a": [' + b"[]," * 400_000 + b"[]]}", b'{"messages": [' + b"{}," * 200_000 + b"{}]}", b"9" * 300_000,
            gzip.compress(b'{"model": "small"}'), b"model=small&messages=hi", b"{" + b'"a":1,' * 90_000 + b'"a":1}',
            b'{"model": "small", "model": "large", "messages": 5}', rng.randbytes(rng.randint(1, 3_000)), b"\x00" * 500,
        )
    )  # fmt: skip


def _json(body):
    return json.dumps(body).encode()


def _key(who, rng):
    if who.tenant is None:
        return []
    key = f"x-api-key: {who.key.text}" if rng.random() < 0.3 else f"authorization: Bearer {who.key.text}"
    return [key, *(["x-pointsman-tenant: acme"] if who is OPERATOR else [])]


def _chunks(body, rng):
    out = bytearray()
    while body:
        size = rng.choice((1, 7, 500, 70_000))
        piece, body = body[:size], body[size:]
        if size == 1 and len(body) > 2_000:
            piece, body = piece + body, b""
        out += f"{len(piece):x}{rng.choice(('', ';a=b'))}\r\n".encode() + piece + b"\r\n"
    return bytes(out + b"0\r\n\r\n")


def _no_http(rng, raw):
    head, _, body = raw.partition(b"\r\n\r\n")
    smuggled = b"GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n"
    return rng.choice(
        (
            rng.randbytes(rng.randint(1, 200)), b"\x16\x03\x01\x02\x00\x01\x00", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            head + b"\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n" + smuggled,
            head + b"\r\ncontent-length: 1\r\n\r\n" + body, head + b"\r\ncontent-length: -1\r\n\r\n" + body,
            head + b"\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffffff\r\n", head + b"\r\n\r\nzz\r\n" + body,
            head + b"\r\ntransfer-encoding: gzip, chunked\r\n\r\n" + body,
            head.replace(b"\r\n", b"\n") + b"\n\n" + body,
            head.replace(b"HTTP/1.1", b"HTTP/1.0") + b"\r\n\r\n" + body, raw + raw + smuggled * 3, raw[: len(raw) // 2],
            head + b"\r\n" + b"a: b\r\n" * 200 + b"\r\n" + body, head + b"\r\na: " + b"b" * 40_000 + b"\r\n\r\n" + body,
            head + b"\r\n folded: yes\r\n\r\n" + body, b"\r\n" * 300 + raw, head + b"\r\n: no name\r\n\r\n" + body,
        )
    )  # fmt: skip
