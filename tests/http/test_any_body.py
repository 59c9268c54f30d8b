"""Whatever JSON comes, a reader gives a value or refuses it by a name: nothing else is raised."""

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy
from pointsman_service.domain import ModelConfig
from pointsman_service.domain.request_limits import Limits
from pointsman_service.domain.requests import Caller
from pointsman_service.errors import InvalidRequest, UnknownModel
from pointsman_service.http.embeddings import read_embeddings
from pointsman_service.http.endpoints import Asked
from pointsman_service.http.feedback import read_feedback
from pointsman_service.http.messages_read import read_message
from pointsman_service.http.model_names import wanted
from pointsman_service.http.read_chat import read_chat
from pointsman_service.http.responses_read import read_response

from tests.http.bodies import CHAT, EMBEDDINGS, FEEDBACK, MESSAGE, RESPONSE, paths_of, put

LIMITS = Limits()
MODELS = {"tiny": ModelConfig("tiny", "openai", "tiny")}
HEADERS = CIMultiDictProxy(CIMultiDict())


def _model(body):
    return wanted(body.get("model"), MODELS)


READERS = {
    "chat": (CHAT, lambda body: read_chat(body, HEADERS, _model(body), LIMITS)),
    "responses": (RESPONSE, lambda body: read_response(body, HEADERS, _model(body), LIMITS)),
    "messages": (MESSAGE, lambda body: read_message(body, HEADERS, _model(body), LIMITS)),
    "feedback": (FEEDBACK, lambda body: read_feedback(Asked(Caller(), HEADERS, body), LIMITS)),
    "embeddings": (EMBEDDINGS, lambda body: read_embeddings(body, ["tiny"], LIMITS)),
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=20)
    | st.sampled_from(["auto", "function", "text", "user", "tool", "assistant", "base64", "image", "tiny", ""]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip


@pytest.mark.parametrize("name", READERS)
def test_a_whole_body_is_read(name):
    """What the mutations begin with is right."""
    body, read = READERS[name]
    assert read(body) is not None


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(data=st.data())
def test_a_body_with_anything_anywhere_is_read_or_refused_by_name(name, data):
    """One to three places of a right body hold something else."""
    body, read = READERS[name]
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(paths_of(body))))
        body = put(body, path, data.draw(JSON))
        if not isinstance(body, dict):
            body = {"model": "tiny", "input": body, "messages": body}
    # Any other error goes on, and fails the test.
    with contextlib.suppress(InvalidRequest, UnknownModel):
        read(body)
