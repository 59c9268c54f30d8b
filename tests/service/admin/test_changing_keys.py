"""API keys: made, changed, rotated and revoked, in force in every process, and never kept."""

import json

import pytest
from pointsman_service.domain.api_keys import id_of
from pointsman_service.domain.operations import ChangeContext, PageRequest
from pointsman_service.errors import (
    AlreadyExists,
    InvalidRequest,
    RequestConflict,
    StaleEtag,
    UnknownApiKey,
    UnknownTenant,
)

FOR_CI = {"tenant": "acme", "roles": ["call", "feedback"], "requests_per_second": 20.0}
TWICE = ChangeContext("ann", "r-1")


async def test_a_key_is_made_and_in_force(start, ann, clock):
    """With what was said of it; its text opens it."""
    process = await start()
    done = await process.admin.create_key("ci", FOR_CI, ann)
    key = process.configuration.check().keys["ci"]
    assert done.now.config == key
    assert (key.tenant, key.roles, key.limits.requests_per_second) == ("acme", ("call", "feedback"), 20.0)
    assert (key.created_at, key.rotated_at, key.expires_at) == (clock.now, None, None)
    assert id_of(done.secret) == key.id
    assert key.is_opened_by(done.secret, clock.now)


async def test_the_text_of_a_key_is_nowhere(start, ann, tmp_path, logged):
    """Neither in an event nor in any file of the folder, nor in what is shown of the configuration."""
    process = await start()
    secrets = [
        (await process.admin.create_key("ci", FOR_CI, ann)).secret,
        (await process.admin.rotate_key("ci", 60.0, None, ann)).secret,
    ]
    shown = await process.admin.list_config_values("keys", PageRequest(100), changed_only=False)
    everything = repr(logged(process)) + repr(shown) + repr(await process.admin.get_key("ci"))
    files = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    for secret in secrets:
        proof = secret.rpartition("_")[2]
        assert proof not in everything
        assert proof.encode() not in files


async def test_every_process_hears_of_it(start, ann, clock):
    """And of its end, with its next look."""
    one, other = await start(), await start(declares=False)
    done = await one.admin.create_key("ci", FOR_CI, ann)
    assert other.configuration.check().keys["ci"].is_opened_by(done.secret, clock.now)
    await one.admin.revoke_key("ci", None, ann)
    assert "ci" not in other.configuration.check().keys


async def test_a_revoked_key_stays_revoked(start, ann, file):
    """After a restart, too, and where the file declares it."""
    file["keys"] = {"old": {"id": "0" * 12, "sha256": "a" * 64, "roles": ["call"]}}
    process = await start(file)
    assert "old" in process.configuration.check().keys
    await process.admin.revoke_key("old", None, ann)
    assert "old" not in (await start(file)).configuration.check().keys


async def test_a_rotated_key_keeps_its_id_and_takes_both_secrets_for_a_while(start, ann, clock):
    """The one before until the overlap is over; of three only the last two."""
    process = await start()
    first = (await process.admin.create_key("ci", FOR_CI, ann)).secret
    second = (await process.admin.rotate_key("ci", 60.0, None, ann)).secret
    key = process.configuration.check().keys["ci"]
    assert id_of(first) == id_of(second) == key.id
    opens = [(key.is_opened_by(first, at), key.is_opened_by(second, at)) for at in (clock.now, clock.now + 60.0)]
    assert opens == [(True, True), (False, True)]
    third = (await process.admin.rotate_key("ci", 60.0, None, ann)).secret
    key = process.configuration.check().keys["ci"]
    assert [key.is_opened_by(text, clock.now) for text in (first, second, third)] == [False, True, True]


async def test_without_an_overlap_the_secret_before_ends_at_once(start, ann, clock):
    """As after a leak."""
    process = await start()
    leaked = (await process.admin.create_key("ci", FOR_CI, ann)).secret
    await process.admin.rotate_key("ci", 3_600.0, None, ann)
    leaked_too = (await process.admin.rotate_key("ci", 0.0, None, ann)).secret
    last = (await process.admin.rotate_key("ci", 0.0, None, ann)).secret
    key = process.configuration.check().keys["ci"]
    assert [key.is_opened_by(text, clock.now) for text in (leaked, leaked_too, last)] == [False, False, True]


async def test_a_repeated_change_shows_no_secret(start):
    """Nobody kept it; nothing is changed once more."""
    process = await start()
    first = await process.admin.create_key("ci", FOR_CI, TWICE)
    again = await process.admin.create_key("ci", FOR_CI, TWICE)
    assert (again.replayed, again.secret, again.now) == (True, None, first.now)
    with pytest.raises(RequestConflict):
        await process.admin.create_key("other", FOR_CI, TWICE)


async def test_who_made_it_is_in_the_log(start, logged):
    """The key that made the change, and who its owner said to be."""
    process = await start()
    change = ChangeContext("ops", client="ops", operator="ann@desk")
    await process.admin.create_key("ci", FOR_CI, change)
    (event,) = logged(process, "operator")
    assert (event.method, event.by, event.client, event.note) == ("CreateApiKey", "ops", "ops", "for ann@desk")


async def test_a_key_is_changed_field_by_field(start, ann):
    """And only by who knows its present state, where an etag is given."""
    process = await start()
    before = (await process.admin.create_key("ci", FOR_CI, ann)).now
    done = await process.admin.update_key("ci", {"roles": ["read"], "requests_per_second": None}, before.etag, ann)
    assert (done.now.config.roles, done.now.config.limits.requests_per_second) == (("read",), None)
    assert (done.now.config.tenant, done.now.config.sha256) == ("acme", before.config.sha256)
    for change in (
        process.admin.update_key("ci", {"tenant": "default"}, before.etag, ann),
        process.admin.rotate_key("ci", 0.0, before.etag, ann),
        process.admin.revoke_key("ci", before.etag, ann),
    ):
        with pytest.raises(StaleEtag):
            await change


async def test_keys_are_listed_by_name_in_pages(start, ann):
    """Each once."""
    process = await start()
    for name in ("c", "a", "b"):
        await process.admin.create_key(name, FOR_CI, ann)
    first = await process.admin.list_keys(PageRequest(2))
    rest = await process.admin.list_keys(PageRequest(2, first.next_token))
    assert [[state.config.name for state in page.items] for page in (first, rest)] == [["a", "b"], ["c"]]


async def test_what_cannot_be_is_refused(start, ann):
    """One of its name, no roles, a tenant that is not there."""
    process = await start()
    await process.admin.create_key("ci", FOR_CI, ann)
    with pytest.raises(AlreadyExists):
        await process.admin.create_key("ci", FOR_CI, ann)
    with pytest.raises(InvalidRequest) as refused:
        await process.admin.create_key("none", {}, ann)
    assert refused.value.violations == [("api_key.roles", "is missing")]
    for fields in ({**FOR_CI, "tenant": "acne"}, {**FOR_CI, "acts_for": ["acne"]}):
        with pytest.raises(UnknownTenant, match='did you mean "acme"'):
            await process.admin.create_key("typo", fields, ann)
    for change in (
        process.admin.get_key("cii"),
        process.admin.update_key("cii", {"roles": ["read"]}, None, ann),
        process.admin.rotate_key("cii", 0.0, None, ann),
        process.admin.revoke_key("cii", None, ann),
    ):
        with pytest.raises(UnknownApiKey, match='did you mean "ci"'):
            await change
    assert list(process.configuration.check().keys) == ["ci"]


async def test_open_tenants_let_a_key_be_for_any(start, ann, file):
    """As the file says."""
    file["tenants"]["open"] = True
    process = await start(file)
    assert process.configuration.current.open_tenants
    assert (await process.admin.create_key("new", {**FOR_CI, "tenant": "anyone"}, ann)).now.config.tenant == "anyone"


async def test_no_tenant_is_created_under_the_name_of_the_switch(start, ann):
    """`tenants.open` would be read as it, and open all of them."""
    process = await start()
    with pytest.raises(InvalidRequest):
        await process.admin.create_tenant("open", {}, ann)


async def test_two_keys_of_one_id_cannot_be_declared(start, file):
    """The second would never be found."""
    from pointsman_service.errors import ConfigurationError

    key = {"id": "0" * 12, "sha256": "a" * 64, "roles": ["call"]}
    file["keys"] = {"a": key, "b": key}
    with pytest.raises(ConfigurationError, match="an id is of one key"):
        await start(file)


async def test_no_key_is_called_as_tokens_subjects_are(start, ann):
    """An event must tell whose it was."""
    process = await start()
    with pytest.raises(InvalidRequest):
        await process.admin.create_key("jwt:alice", FOR_CI, ann)


async def test_a_key_survives_the_codec_of_the_log(start, ann, logged):
    """Everything that is kept of it is JSON."""
    process = await start()
    await process.admin.create_key("ci", {**FOR_CI, "expires": "2027-01-01T00:00:00Z"}, ann)
    (event,) = logged(process, "operator")
    assert json.loads(json.dumps(event.put))["keys.ci.expires"] == "2027-01-01T00:00:00Z"
    assert process.configuration.check().keys["ci"].expires_at == 1_798_761_600.0
