"""The tree: how much a query belongs to each kind."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pointsman_learner.estimators.taxonomy import Node, Taxonomy
from pointsman_learner.types import Context

CENTERS = st.lists(
    st.lists(st.floats(-1, 1), min_size=4, max_size=4).filter(lambda c: np.linalg.norm(c) > 0.1), min_size=1, max_size=8
)


def context(embedding, **hints):
    """A query with this embedding."""
    e = np.array(embedding, dtype=np.float32)
    return Context("v", e / (np.linalg.norm(e) or 1.0), np.zeros(1, np.float32), 10, hints)


def tree(*nodes):
    """Nodes of (id, parent, center)."""
    taxonomy = Taxonomy()
    for name, parent, center in nodes:
        taxonomy.put_dict({"id": name, "parent": parent, "center": center})
    return taxonomy


def weights(taxonomy, place):
    """{node id: how much the query belongs to it}."""
    return {taxonomy.nodes[j].id: float(w) for j, w in zip(place.nodes, place.weights, strict=True)}


SMALL = (
    ("maths", "root", [1, 0, 0, 0]),
    ("algebra", "maths", [1, 0.5, 0, 0]),
    ("geometry", "maths", [1, -0.5, 0, 0]),
    ("code", "root", [0, 0, 1, 0]),
    ("python", "code", [0, 0.1, 1, 0]),
)


@given(CENTERS, st.lists(st.floats(-1, 1), min_size=4, max_size=4).filter(lambda c: np.linalg.norm(c) > 0.1))
def test_membership_sums_to_one_at_every_level(centers, embedding):
    """Wholly to the root; to each inner node what it belongs to below."""
    t = tree(*((f"d{i % 2}", "root", [1, 0, 0, 0]) for i in range(2)))
    for i, c in enumerate(centers):
        t.put_dict({"id": f"t{i}", "parent": f"d{i % 2}", "center": c})
    place = t.places([context(embedding)]).of(0)
    w = weights(t, place)
    assert place.nodes[0] == 0
    assert w["root"] == pytest.approx(1.0)
    assert all(0 < x <= 1 + 1e-6 for x in w.values())
    for inner in ("root", "d0", "d1"):
        below = [w.get(n.id, 0.0) for n in t.nodes if n.parent == inner]
        if inner in w and sum(below):
            assert sum(below) == pytest.approx(w[inner])
    assert place.path[0] == "root"
    assert place.path[-1] == place.leaf


def test_the_nearest_leaf_dominates_and_its_neighbours_share():
    """Softly: a query between two kinds belongs to both."""
    t = tree(*SMALL)
    near = t.places([context([1, 0.5, 0, 0])]).of(0)
    assert near.path == ("root", "maths", "algebra")
    assert near.similarity == pytest.approx(1.0)
    between = weights(t, t.places([context([1, 0.02, 0, 0])]).of(0))
    assert between["algebra"] > between["geometry"] > 0.2
    assert between["maths"] > 0.99


@pytest.mark.parametrize("hints", [{"task": "python"}, {"task": "unheard-of", "domain": "python"}])
def test_a_hint_that_names_a_node_wins_over_the_embedding(hints):
    """The caller knows; of task and domain the first that is known."""
    t = tree(*SMALL)
    place = t.places([context([1, 0.5, 0, 0], **hints)]).of(0)
    assert place.path == ("root", "code", "python")
    assert weights(t, place) == {"root": 1.0, "code": 1.0, "python": 1.0}


@pytest.mark.parametrize("hints", [{"task": "unheard-of"}, {"domain": "root"}, {"language": "python"}])
def test_a_hint_that_names_no_kind_changes_nothing(hints):
    """The embedding speaks."""
    t = tree(*SMALL)
    assert t.places([context([1, 0.5, 0, 0], **hints)]).of(0).leaf == "algebra"


def test_a_retired_node_gets_nothing_even_by_hint():
    """Its siblings share what it would get; a parent whose children have all left is a leaf again."""
    t = tree(*SMALL)
    t.put_dict({"id": "algebra", "parent": "maths", "center": [1, 0.5, 0, 0], "retired": True})
    for hints in ({}, {"task": "algebra"}):
        w = weights(t, t.places([context([1, 0.5, 0, 0], **hints)]).of(0))
        assert "algebra" not in w
        assert w["geometry"] > 0.9
    t.put_dict({"id": "geometry", "parent": "maths", "center": [1, -0.5, 0, 0], "retired": True})
    assert t.places([context([1, 0.5, 0, 0])]).of(0).leaf == "maths"


@pytest.mark.parametrize("taxonomy", [Taxonomy(), tree(*SMALL)])
def test_a_query_that_nothing_is_known_of_falls_to_the_root(taxonomy):
    """No leaves, no embedding, or one of another embedder."""
    strange = [context([0, 0, 0, 0]), context([1, 0])]
    for c in strange if len(taxonomy) > 1 else [*strange, context([1, 0, 0, 0])]:
        place = taxonomy.places([c]).of(0)
        assert place.path == ("root",)
        assert place.weights.tolist() == [1.0]
        assert place.similarity == 0.0


def test_a_node_keeps_its_index_for_ever_and_every_change_raises_the_version():
    """So that statistics stay aligned and changes can be told apart."""
    t = tree(*SMALL)
    index, version = t.index("algebra"), t.version
    t.put(Node("algebra", "code", "Moved", center=(0.0, 1.0, 0.0, 0.0)))
    assert t.index("algebra") == index
    assert t.version == version + 1
    assert t.places([context([0, 1, 0, 0])]).of(0).path == ("root", "code", "algebra")
    with pytest.raises(KeyError):
        t.index("never-put")


def test_a_parent_that_is_unknown_or_would_close_a_circle_counts_as_the_root():
    """A log may hold what two operators did at once; it must stay readable."""
    t = tree(*SMALL)
    for parent in ("algebra", "maths", "nowhere"):
        t.put_dict({"id": "maths", "parent": parent, "center": [1, 0, 0, 0]})
        assert t.nodes[t.index("maths")].parent == "root"
        assert t.ancestors(t.index("algebra")) == [0, t.index("maths"), t.index("algebra")]
    assert t.depth(t.index("algebra")) == 2
    t.put_dict({"id": "root", "parent": "maths", "title": "All"})
    assert t.nodes[0].parent is None


def test_centers_are_brought_to_unit_length():
    """Operators may put any mean."""
    t = tree(("a", "root", [3, 4, 0, 0]))
    assert t.nodes[1].center == pytest.approx((0.6, 0.8, 0.0, 0.0))


def test_a_copy_is_another_tree_of_the_same_nodes():
    """Putting into one leaves the other as it is; what is written down makes the same tree."""
    t = tree(*SMALL)
    other = t.copy()
    again = Taxonomy()
    for node in t.nodes:
        again.put(node)
    other.put_dict({"id": "new", "parent": "root", "center": [0, 0, 0, 1]})
    assert len(other) == len(t) + 1
    assert [(n.id, n.parent) for n in again.nodes] == [(n.id, n.parent) for n in t.nodes]
    assert np.allclose([n.center for n in again.nodes[1:]], [n.center for n in t.nodes[1:]])
    assert t.places([context([0, 0.3, 0, 1])]).of(0).leaf != "new"
    assert other.places([context([0, 0.3, 0, 1])]).of(0).leaf == "new"
