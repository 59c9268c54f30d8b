"""API keys over a socket: what they are for is shown, what they are made of once."""

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp
from pointsman import v1
from pointsman_service.domain.operations import ChangeContext

BY_ANN = (("x-pointsman-operator", "ann"),)
ANN = ChangeContext("ann")
SHOWN = v1.ApiKey(
    name="ci",
    key_id="0123456789ab",
    tenant="team-a",
    roles=[v1.ACCESS_ROLE_CALL, v1.ACCESS_ROLE_READ],
    acts_for=["*"],
    etag="k-1",
)


async def test_a_key_is_shown_without_what_it_is_made_of(served):
    """Neither text nor hash."""
    (listed,) = (await served.admin.ListApiKeys(v1.ListApiKeysRequest())).api_keys
    got = (await served.admin.GetApiKey(v1.GetApiKeyRequest(name="ci"))).api_key
    assert listed == got == SHOWN
    assert b"aaaa" not in got.SerializeToString()


async def test_a_key_is_created_with_what_is_given(served):
    """And its text is in this answer alone."""
    key = v1.ApiKey(
        name="app",
        tenant="team-a",
        roles=[v1.ACCESS_ROLE_CALL, v1.ACCESS_ROLE_FEEDBACK],
        acts_for=["team-b"],
        requests_per_second=2.5,
        concurrency=4,
        feedback_per_minute=60.0,
        expire_time=Timestamp(seconds=86_400),
    )
    done = await served.admin.CreateApiKey(v1.CreateApiKeyRequest(api_key=key), metadata=BY_ANN)
    assert (done.api_key, done.secret.startswith("pm_"), done.replayed) == (SHOWN, True, False)
    fields = {
        "tenant": "team-a",
        "roles": ["call", "feedback"],
        "acts_for": ["team-b"],
        "requests_per_second": 2.5,
        "concurrency": 4,
        "feedback_per_minute": 60.0,
        "expires": "1970-01-02T00:00:00Z",
    }
    assert served.application.asked == [("create_key", "app", fields, ANN)]


async def test_a_repeated_change_has_no_secret(served):
    """Nobody kept it."""
    served.application.replayed = True
    roles = [v1.ACCESS_ROLE_CALL]
    made = await served.admin.CreateApiKey(v1.CreateApiKeyRequest(api_key=v1.ApiKey(name="ci", roles=roles)))
    rotated = await served.admin.RotateApiKey(v1.RotateApiKeyRequest(name="ci"))
    for done in (made, rotated):
        assert (done.replayed, done.HasField("secret")) == (True, False)


async def test_a_key_is_changed_by_the_mask(served):
    """What is named and absent is cleared."""
    request = v1.UpdateApiKeyRequest(
        api_key=v1.ApiKey(name="ci", roles=[v1.ACCESS_ROLE_READ], etag="k-1"),
        update_mask=FieldMask(paths=["roles", "expire_time"]),
    )
    await served.admin.UpdateApiKey(request, metadata=BY_ANN)
    fields = {"roles": ["read"], "expires": None}
    assert served.application.asked == [("update_key", "ci", fields, "k-1", ANN)]


async def test_a_rotation_has_an_overlap(served):
    """An hour where nobody says; none where nobody wants one."""
    for given, meant in ((None, 3_600.0), (0.0, 0.0), (60.0, 60.0)):
        await served.admin.RotateApiKey(v1.RotateApiKeyRequest(name="ci", overlap_s=given, etag="k-1"), metadata=BY_ANN)
        assert served.application.asked[-1] == ("rotate_key", "ci", meant, "k-1", ANN)


async def test_a_key_is_revoked(served):
    """By its name, and its etag where one is given."""
    await served.admin.RevokeApiKey(v1.RevokeApiKeyRequest(name="ci", etag="k-1"), metadata=BY_ANN)
    assert served.application.asked == [("revoke_key", "ci", "k-1", ANN)]


@pytest.mark.parametrize(
    ("key", "field"),
    [
        ({"name": ""}, "api_key.name"),
        ({"name": "a b"}, "api_key.name"),
        ({"tenant": ""}, "api_key.tenant"),
        ({"roles": [99]}, "api_key.roles[0]"),
        ({"roles": [v1.ACCESS_ROLE_UNSPECIFIED]}, "api_key.roles[0]"),
        ({"acts_for": ["a", "a"]}, "api_key.acts_for"),
        ({"requests_per_second": 0.0}, "api_key.requests_per_second"),
        ({"requests_per_second": float("nan")}, "api_key.requests_per_second"),
        ({"concurrency": -1}, "api_key.concurrency"),
        ({"feedback_per_minute": float("inf")}, "api_key.feedback_per_minute"),
        ({"expire_time": Timestamp(seconds=10**15)}, "api_key.expire_time"),
    ],
)
async def test_a_key_that_cannot_be_is_refused(served, refused, key, field):
    """With the place of what is wrong."""
    message = v1.ApiKey(**({"name": "ci", "roles": [v1.ACCESS_ROLE_CALL]} | key))
    assert set(await refused(served.admin.CreateApiKey(v1.CreateApiKeyRequest(api_key=message)))) == {field}


@pytest.mark.parametrize("overlap_s", [-1.0, 2_592_001.0, float("nan")])
async def test_an_overlap_is_bounded(served, refused, overlap_s):
    """A month at most: an old secret is not to live for ever."""
    call = served.admin.RotateApiKey(v1.RotateApiKeyRequest(name="ci", overlap_s=overlap_s))
    assert set(await refused(call)) == {"overlap_s"}


@pytest.mark.parametrize("path", ["key_id", "create_time", "rotate_time", "previous_end_time", "etag", "name", "*"])
async def test_what_only_answers_carry_cannot_be_changed(served, refused, path):
    """Least of all the id."""
    request = v1.UpdateApiKeyRequest(api_key=v1.ApiKey(name="ci"), update_mask=FieldMask(paths=[path]))
    assert set(await refused(served.admin.UpdateApiKey(request))) == {"update_mask"}
