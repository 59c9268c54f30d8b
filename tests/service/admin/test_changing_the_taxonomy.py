"""Kinds of queries: what the file declares, what operators change, what traffic grew."""

import pytest
from pointsman_learner.learner import Learner
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.snapshot import Snapshot
from pointsman_service.domain.operations import PageRequest
from pointsman_service.errors import AlreadyExists, InUse, InvalidRequest, StaleEtag, UnknownNode

SQL = {"parent": "code", "title": "SQL", "description": "Queries of databases.", "examples": ["SELECT the newest row."]}


async def nodes(process):
    """By id, of all pages, in order."""
    found, token = {}, ""
    while True:
        page = await process.admin.list_nodes(PageRequest(10, token))
        found |= {node.id: node for node in page.items}
        if not (token := page.next_token):
            return found


def follow(process):
    """Let the desk look at a snapshot of what a learner makes of the log."""
    learner = Learner(LearnerSettings())
    for logged in process.storage.log.read(0, 10_000):
        learner.apply_one(logged.event, logged.episode)
    process.watch.current = Snapshot.from_bytes(learner.snapshot().to_bytes(), 1)
    return learner


def grow(process, node_id, parent):
    """As a job does, from traffic."""
    from pointsman_learner.events import JobApplied

    center = next(n for n in process.watch.current.estimates.taxonomy.nodes if n.id == parent).center
    node = {"id": node_id, "parent": parent, "title": "Grown", "description": "Grown.", "center": list(center)}
    change = {"kind": "split", "leaf": parent, "nodes": [{**node, "origin": "grown"}]}
    process.storage.log.append_blocking(JobApplied(2.0, "grow_taxonomy", change))
    follow(process)


async def test_the_tree_is_depth_first_and_the_files(start):
    """Every node after its parent."""
    listed = await nodes(await start())
    places = {node_id: i for i, node_id in enumerate(listed)}
    assert next(iter(listed)) == "root"
    assert all(places[n.parent] < places[n.id] for n in listed.values() if n.parent)
    assert {n.origin for n in listed.values()} == {"file"}


async def test_a_node_is_added_with_a_place_and_the_domain_above_moves_with_it(start, ann, logged):
    """The learner is told of both in one transaction."""
    process = await start()
    end = len(logged(process))
    made = (await process.admin.create_node("code.sql", SQL, ann)).now
    assert (made.origin, made.enabled, made.examples) == ("operator", True, ("SELECT the newest row.",))
    acted, *put = logged(process)[end:]
    assert acted.method == "CreateTaxonomyNode"
    assert [e.node["id"] for e in put] == ["root", "code", "code.sql"]
    assert len(put[-1].node["center"]) == 256
    with pytest.raises(AlreadyExists):
        await process.admin.create_node("code.sql", SQL, ann)


async def test_a_node_changes_field_by_field_and_is_reset(start, ann):
    """The file's title comes back."""
    process = await start()
    before = await process.admin.get_node("code")
    changed = (await process.admin.update_node("code", {"title": "Software"}, before.etag, ann)).now
    assert (changed.title, changed.description, changed.origin) == ("Software", before.description, "operator")
    with pytest.raises(StaleEtag):
        await process.admin.update_node("code", {"title": "Code"}, before.etag, ann)
    await process.admin.reset_config("taxonomy.code", ann)
    assert await process.admin.get_node("code") == before


async def test_a_disabled_node_is_retired_in_the_learner_and_still_listed(start, ann):
    """What is learnt at it stays."""
    process = await start()
    await process.admin.create_node("code.sql", SQL, ann)
    await process.admin.update_node("code.sql", {"enabled": False}, None, ann)
    learner = follow(process)
    taxonomy = learner.estimates.taxonomy
    assert taxonomy.nodes[taxonomy.index("code.sql")].retired
    assert not (await process.admin.get_node("code.sql")).enabled
    await process.admin.update_node("code.sql", {"enabled": True}, None, ann)
    taxonomy = follow(process).estimates.taxonomy
    assert not taxonomy.nodes[taxonomy.index("code.sql")].retired


async def test_a_deleted_node_is_gone_and_retired_in_the_learner(start, ann):
    """Also one of the file, until it is reset."""
    process = await start()
    leaf = next(n.id for n in (await nodes(process)).values() if n.parent == "math")
    await process.admin.delete_node(leaf, None, ann)
    taxonomy = follow(process).estimates.taxonomy
    retired = taxonomy.nodes[taxonomy.index(leaf)]
    assert (retired.retired, retired.parent) == (True, "math")
    assert leaf not in await nodes(process)
    await process.admin.reset_config(f'taxonomy."{leaf}"', ann)
    assert leaf in await nodes(process)


async def test_nodes_that_others_hang_from_stay(start, ann):
    """The root, and every node that is not a leaf."""
    process = await start()
    with pytest.raises(InUse, match="root"):
        await process.admin.delete_node("root", None, ann)
    with pytest.raises(InUse, match="is below 'math'"):
        await process.admin.delete_node("math", None, ann)
    with pytest.raises(InvalidRequest, match="root"):
        await process.admin.update_node("root", {"enabled": False}, None, ann)


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"parent": "code.sql"}, "node.parent_id"),
        ({"parent": None}, "node.parent_id"),
        ({"title": None}, "node.title"),
        ({"description": "  "}, "node.description"),
    ],
)
async def test_a_tree_stays_a_tree(start, ann, fields, path):
    """No circle, no second root, no node without words."""
    process = await start()
    await process.admin.create_node("code.sql", SQL, ann)
    with pytest.raises(InvalidRequest) as e:
        await process.admin.update_node("code", fields, None, ann)
    assert [field for field, _ in e.value.violations] == [path]


async def test_a_leaf_needs_an_example_and_a_known_parent(start, ann):
    """As in the file."""
    process = await start()
    with pytest.raises(InvalidRequest, match="examples"):
        await process.admin.create_node("code.sql", {**SQL, "examples": None}, ann)
    with pytest.raises(UnknownNode, match='"code"'):
        await process.admin.create_node("code.sql", {**SQL, "parent": "cod"}, ann)
    with pytest.raises(InvalidRequest) as e:
        await process.admin.create_node("Code SQL", SQL, ann)
    assert e.value.violations[0][0] == "node.node_id"


async def test_a_node_that_grew_is_switched_and_nothing_else(start, ann, shown):
    """Its place comes from its traffic, and stays while it is off."""
    process = await start()
    follow(process)
    grow(process, "math.arithmetic.a7", "math.arithmetic")
    grown = await process.admin.get_node("math.arithmetic.a7")
    assert (grown.origin, grown.enabled) == ("grown", True)
    with pytest.raises(InvalidRequest, match="grew from traffic"):
        await process.admin.update_node(grown.id, {"title": "x"}, None, ann)
    with pytest.raises(InvalidRequest, match="grew from traffic"):
        await process.admin.create_node("math.x", {**SQL, "parent": grown.id}, ann)
    await process.admin.update_node(grown.id, {"enabled": False}, grown.etag, ann)
    taxonomy = follow(process).estimates.taxonomy
    node = taxonomy.nodes[taxonomy.index(grown.id)]
    assert (node.retired, len(node.center), node.origin) == (True, 256, "grown")
    assert not (await process.admin.get_node(grown.id)).enabled
    assert list(await shown(process, changed_only=True)) == ['taxonomy."math.arithmetic.a7".enabled']
    await process.admin.reset_config('taxonomy."math.arithmetic.a7"', ann)
    assert not follow(process).estimates.taxonomy.nodes[taxonomy.index(grown.id)].retired


async def test_a_node_that_grew_can_be_removed(start, ann):
    """A snapshot that still has it does not bring it back."""
    process = await start()
    follow(process)
    grow(process, "math.arithmetic.a7", "math.arithmetic")
    await process.admin.delete_node("math.arithmetic.a7", None, ann)
    with pytest.raises(UnknownNode):
        await process.admin.get_node("math.arithmetic.a7")
    taxonomy = follow(process).estimates.taxonomy
    assert taxonomy.nodes[taxonomy.index("math.arithmetic.a7")].retired


async def test_a_node_tells_what_is_known_of_each_model(start):
    """In a list it does not."""
    process = await start()
    follow(process)
    assert [m.model for m in (await process.admin.get_node("math")).models] == ["small", "gpt-4.1", "judge"]
    assert (await nodes(process))["math"].models == ()
