"""One request_id, one request: digests are what they were, and long ones are made beside the event loop."""

import hashlib
import json
from dataclasses import asdict, replace

import pytest
from pointsman_service.application.idempotency import LONG_CHARS, LONG_LIST, fingerprint, fingerprint_apart, long
from pointsman_service.domain import ChatMessage, Question
from pointsman_service.domain import json_slices as slicing
from pointsman_service.domain.preference import Preference
from pointsman_service.domain.requests import Query

PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
QUERY = Query(
    Question(
        (
            ChatMessage("user", "h\u00e9", (PICTURE,), tool_calls=({"id": "c"},)),
            ChatMessage("tool", "x", tool_call_id="c"),
        ),
        tools=({"type": "function", "function": {"name": "f", "parameters": {"b": 1, "a": [True, None, 1.5]}}},),
        response_format={"type": "json_object"},
        params={"stop": ["a"], "seed": 1},
    ),
    hints={"task": "t"},
    preference=Preference(dial=0.5),
    models=("a", "b"),
    request_id="r",
)


def test_a_fingerprint_is_what_releases_before_made_of_the_same_request():
    """A log holds them: the same request after an upgrade is the same."""
    said = json.dumps({**asdict(QUERY), "request_id": None, "kind": "route"}, sort_keys=True, default=str)
    assert fingerprint("route", QUERY) == hashlib.sha256(said.encode()).hexdigest()


@pytest.mark.parametrize(
    ("messages", "is_long"),
    [
        ((ChatMessage("user", "x" * LONG_CHARS),), False),
        ((ChatMessage("user", "x" * (LONG_CHARS + 1)),), True),
        ((ChatMessage("user", "x"),) * (LONG_LIST + 1), True),
        ((ChatMessage("user", "x", (PICTURE,)),), True),
    ],
)
async def test_what_is_long_is_digested_in_a_thread_and_comes_to_the_same(messages, is_long):
    """Texts, lists, pictures."""
    query = replace(QUERY, question=Question(messages))
    assert long(query) is is_long
    assert await fingerprint_apart("complete", query) == fingerprint("complete", query)


@pytest.mark.parametrize(
    "text", ["A" * 300_000, 'h\u00e9"' * 100_000, "\ud83d\ude00" * 200_000], ids=["plain", "other", "halves"]
)
def test_a_large_fingerprint_is_made_of_slices_and_is_what_releases_before_made(monkeypatch, text):
    """A picture's is the same, though the encoder never sees more than a slice of it."""
    picture = {"type": "image_url", "image_url": {"url": text}}
    query = replace(QUERY, question=replace(QUERY.question, messages=(ChatMessage("user", text, (picture,)),)))
    said = json.dumps({**asdict(query), "request_id": None, "kind": "route"}, sort_keys=True, default=str)
    seen, dumps = [], json.dumps
    monkeypatch.setattr(slicing.json, "dumps", lambda value, **how: seen.append(len(str(value))) or dumps(value, **how))
    assert fingerprint("route", query) == hashlib.sha256(said.encode()).hexdigest()
    assert max(seen) <= slicing.SLICE
