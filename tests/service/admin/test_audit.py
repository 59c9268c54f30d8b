"""The audit trail: who changed what, when, from what to what, told by the log alone."""

from types import SimpleNamespace

import pytest
from pointsman_learner.events import ConfigurationDeclared, OperatorActed
from pointsman_learner.types import KnownOutcome
from pointsman_service.application.changes import Changes
from pointsman_service.domain.audit import MOST_CHANGES, AuditQuery, entries
from pointsman_service.domain.operations import ChangeContext, KnownQuery, PageRequest
from pointsman_service.errors import InvalidRequest, StaleEtag, UnknownModel
from pointsman_service.observability.changes_logged import ChangesLogged


async def trail(process, size=50, token="", **asked):
    """(by, method, {key: (before, after)}) of the entries asked for."""
    page = await process.admin.list_audit_entries(AuditQuery(**asked), PageRequest(size, token))
    return [(e.by, e.method, {c.key: (c.before, c.after) for c in e.changes}) for e in page.items]


async def test_every_kind_of_change_is_told_with_what_was_there_before(start, ann, file):
    """Put, changed again, cleared, reset, removed; asked for jobs; another file at the next start."""
    process = await start()
    await process.admin.update_model("small", {"input_usd_per_million": 2.0}, None, ann)
    await process.admin.update_model("small", {"input_usd_per_million": 3.0}, None, ChangeContext("bob"))
    await process.admin.update_tenant("acme", {"ceiling_usd": None}, None, ann)
    await process.admin.reset_config("models.small", ann)
    await process.admin.run_job("prune", ann)
    file["models"][0]["output_usd_per_million"] = 5.0
    again = await start(file)
    price, ceiling = "models.small.input_usd_per_million", "tenants.acme.ceiling_usd"
    found = await trail(again)
    assert found[:6] == [
        ("start", "Declare", {"models.small.output_usd_per_million": (4.0, 5.0)}),
        ("ann", "RunJob", {}),
        ("ann", "ResetConfig", {price: (3.0, 1.0)}),
        ("ann", "UpdateTenant", {ceiling: (1.0, None)}),
        ("bob", "UpdateModel", {price: (2.0, 3.0)}),
        ("ann", "UpdateModel", {price: (1.0, 2.0)}),
    ]
    assert (found[6][0], found[6][1], found[6][2]["server.port"]) == ("start", "Declare", (None, 50051))


async def test_it_is_asked_by_whom_since_when_and_by_key_and_comes_in_pages(start, ann, clock):
    """Newest first, each once."""
    process = await start()
    for i in range(5):
        clock.now += 10.0
        change = ann if i % 2 else ChangeContext("bob")
        await process.admin.update_model("small", {"input_usd_per_million": 2.0 + i}, None, change)
    await process.admin.update_tenant("acme", {"ceiling_usd": 9.0}, None, ann)
    assert [by for by, _, _ in await trail(process, by="bob")] == ["bob"] * 3
    assert len(await trail(process, start=1_040.0, end=1_050.0)) == 1
    assert len(await trail(process, key="tenants.acme")) == 2  # the start declared it
    page, seen = PageRequest(2), []
    while True:
        found = await process.admin.list_audit_entries(AuditQuery(), page)
        seen += [entry.position for entry in found.items]
        if not found.next_token:
            break
        page = PageRequest(2, found.next_token)
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == 7


def test_hashes_of_keys_are_not_told():
    """That one was changed is."""
    put = {"keys.ci": True, "keys.ci.sha256": "a" * 64}
    made = OperatorActed(1.0, "ann", "CreateApiKey", None, "", put, (), "")
    rotated = OperatorActed(2.0, "ann", "RotateApiKey", None, "", {"keys.ci.sha256": "b" * 64}, (), "")
    first, second = entries([(1, made), (2, rotated)])
    assert "a" * 64 not in str(first) + str(second)
    assert "b" * 64 not in str(first) + str(second)
    assert [c.key for c in second.changes] == ["keys.ci.sha256"]


def test_an_entry_is_bounded():
    """A start declares hundreds of values."""
    values = {f"models.m{i}": (True, "file") for i in range(MOST_CHANGES + 30)}
    (entry,) = entries([(1, ConfigurationDeclared(0.0, "start", values))])
    assert (len(entry.changes), entry.left_out) == (MOST_CHANGES, 30)


async def test_each_change_is_one_line_and_so_is_each_refusal(start, ann, monkeypatch):
    """Which keys, and by whom; the values are in the trail."""
    process, lines = await start(), []
    log = SimpleNamespace(info=lambda event, **facts: lines.append((event, facts)))
    monkeypatch.setattr("pointsman_service.observability.changes_logged._log", log)
    changes: Changes = process.admin._p.changes
    monkeypatch.setattr(changes, "_heard", ChangesLogged())
    await process.admin.update_model("small", {"enabled": False}, None, ChangeContext("ann", "r-1"))
    await process.admin.update_model("small", {"enabled": False}, None, ChangeContext("ann", "r-1"))
    with pytest.raises(StaleEtag):
        await process.admin.update_model("small", {"enabled": True}, "old", ann)
    with pytest.raises(InvalidRequest):
        await process.admin.update_model("judge", {"base_url": "http://evil.example/v1"}, None, ann)
    with pytest.raises(UnknownModel):
        await process.admin.delete_model("nobody", None, ann)
    assert [event for event, _ in lines] == ["an operator changed something", *["a change was refused"] * 3]
    assert lines[0][1] == {"by": "ann", "method": "UpdateModel", "keys": ["models.small.enabled"]}
    assert lines[2][1]["method"] == "UpdateModel"
    assert "evil.example" in lines[2][1]["why"]


async def test_a_warm_start_is_told_by_whom_in_its_place(start, ann):
    """Once, however often it was sent; who said to be whom is beside it."""
    process = await start()
    known = [KnownQuery("Why?", (KnownOutcome("small", 1.0, 0.5), KnownOutcome("judge", 1.0, 0.5)))]
    await process.admin.update_model("small", {"input_usd_per_million": 2.0}, None, ann)
    for _ in range(2):
        await process.admin.warm_start(known, ChangeContext("ci", "b-1", client="ci", operator="bob"))
    await process.admin.run_job("prune", ann)
    page = await process.admin.list_audit_entries(AuditQuery(), PageRequest())
    by, methods = [e.by for e in page.items], [e.method for e in page.items]
    assert (by[:3], methods[:3]) == (["ann", "ci", "ann"], ["RunJob", "WarmStart", "UpdateModel"])
    assert page.items[1].note == "1 queries, 2 outcomes; for bob"
    assert [e.method for e in (await process.admin.list_audit_entries(AuditQuery(by="ci"), PageRequest())).items] == [
        "WarmStart"
    ]
