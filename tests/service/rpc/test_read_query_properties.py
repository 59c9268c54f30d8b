"""Whatever a caller sends, reading it ends in a value within the limits or in named violations."""

import json
import math

from hypothesis import given
from hypothesis import strategies as st
from pointsman import v1
from pointsman_service.domain.request_limits import Limits
from pointsman_service.errors import InvalidRequest
from pointsman_service.rpc.read_query import read_query

LIMITS = Limits(text_chars=50, json_chars=40, messages=3, tools=2, models=2, labels=2, parts=2, part_bytes=10)
TEXT = st.text(st.characters(codec="utf-8"), max_size=60)
JSON = st.one_of(TEXT, st.sampled_from(["{}", '{"type": "json_object"}', '{"a": 1e999}', "[" * 39, "null", '{"n": 2}']))
MAYBE = st.none()
NUMBER = st.floats()


def parts():
    """Any part, often near what is allowed."""
    url = TEXT | st.sampled_from(["https://x/a", "data:image/png;base64,AA==", "data:", "data:image/"])
    media_type = MAYBE | TEXT | st.sampled_from(["image/png", "application/pdf"])
    image = st.builds(v1.ImagePart, url=url, detail=MAYBE | TEXT, media_type=media_type)
    drawn = st.builds(v1.ImagePart, data=st.binary(max_size=20), media_type=media_type)
    audio = st.builds(v1.AudioPart, data=st.binary(max_size=20), format=TEXT | st.just("wav"))
    file = st.builds(v1.FilePart, data=st.binary(max_size=20), filename=MAYBE | TEXT, media_type=media_type)
    return st.one_of(
        st.builds(v1.ContentPart, text=TEXT),
        st.builds(v1.ContentPart, image=image | drawn),
        st.builds(v1.ContentPart, audio=audio),
        st.builds(v1.ContentPart, file=file),
        st.just(v1.ContentPart()),
    )


@st.composite
def queries(draw):
    """Any message that the wire can carry, often near what is allowed."""
    messages = st.builds(
        v1.ChatMessage,
        role=st.integers(-1, 7),
        content=TEXT,
        parts=st.lists(parts(), max_size=3),
        name=MAYBE | TEXT,
        tool_call_id=MAYBE | TEXT,
        tool_calls=st.lists(st.builds(v1.ToolCall, tool_call_id=TEXT, function=TEXT, arguments_json=JSON), max_size=2),
    )
    preference = st.builds(
        v1.Preference,
        dial=MAYBE | NUMBER,
        cost_weight=MAYBE | NUMBER,
        latency_weight=MAYBE | NUMBER,
        max_cost_usd=MAYBE | NUMBER,
        max_latency_ms=MAYBE | NUMBER,
        min_quality=NUMBER,
    )
    params = st.builds(
        v1.GenerationParams,
        temperature=MAYBE | NUMBER,
        top_p=MAYBE | NUMBER,
        max_tokens=MAYBE | st.integers(-(2**31), 2**31 - 1),
        stop=st.lists(TEXT, max_size=2),
        extra_json=MAYBE | JSON,
    )
    query = v1.Query(
        messages=draw(st.lists(messages, max_size=4)),
        tools_json=draw(st.lists(JSON, max_size=3)),
        response_format_json=draw(MAYBE | JSON),
        params=draw(MAYBE | params),
        session_id=draw(MAYBE | TEXT),
        preference=draw(MAYBE | preference),
        models=draw(st.lists(TEXT, max_size=3)),
        require_tags=draw(st.lists(TEXT, max_size=3)),
    )
    return v1.CompleteRequest(query=query, request_id=draw(MAYBE | TEXT))


@given(queries())
def test_reading_gives_a_value_within_the_limits_or_violations(message):
    """No other exception escapes, and what passes holds what the application relies on."""
    try:
        query = read_query(message, LIMITS)
    except InvalidRequest as error:
        violations = error.violations
    else:
        violations = None
    if violations is not None:
        assert violations
        assert all(field and why for field, why in violations)
        return
    assert 1 <= len(query.question.messages) <= LIMITS.messages
    joints = sum(len(m.parts) for m in query.question.messages)
    assert sum(len(m.content) for m in query.question.messages) <= LIMITS.text_chars + joints
    preference = query.preference
    for bounded in (preference.dial, preference.min_quality):
        assert bounded is None or 0.0 <= bounded <= 1.0
    assert preference.cost_weight is None or 0.0 <= preference.cost_weight < math.inf
    assert preference.latency_weight is None or 0.0 <= preference.latency_weight < math.inf
    for above in (preference.max_cost_usd, preference.max_latency_ms):
        assert above is None or 0.0 < above < math.inf
    assert all(len(m.parts) <= LIMITS.parts for m in query.question.messages)
    json.dumps([m.parts for m in query.question.messages])
