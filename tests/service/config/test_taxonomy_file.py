"""The operator's taxonomy file: what is read, what is refused and with which words, and where nodes are placed."""

import json

import numpy as np
import pytest
from pointsman_service.adapters.embedder_wordllama import WordLlamaEmbedder
from pointsman_service.config.placed_nodes import Placement
from pointsman_service.config.taxonomy_file import default_taxonomy, parse_taxonomy, read_taxonomy
from pointsman_service.errors import ConfigurationError


def node(node_id="code", **fields):
    """One [[node]] table as TOML."""
    values = {"id": node_id, "title": "T", "description": "D", "examples": ["e"]} | fields
    lines = (f"{name} = {json.dumps(value)}" for name, value in values.items() if value is not None)
    return "\n".join(["[[node]]", *lines, ""])


@pytest.fixture(scope="module")
def placed():
    """The default tree, placed by the real embedder."""
    return Placement(WordLlamaEmbedder).placed(read_taxonomy())


def test_the_default_tree_has_two_full_levels_under_its_root():
    """About ten domains and forty leaves, each leaf with four to six different examples."""
    entries = read_taxonomy()
    domains = [e for e in entries if e.parent == "root"]
    leaves = [e for e in entries if e.parent not in (None, "root")]
    assert entries[0].id == "root"
    assert 9 <= len(domains) <= 12
    assert 40 <= len(leaves) <= 50
    assert {e.parent for e in leaves} == {e.id for e in domains}
    assert all(4 <= len(set(e.examples)) <= 6 for e in leaves)


def test_every_parent_comes_before_its_children():
    """So that nodes can be put one by one."""
    seen = set()
    for entry in read_taxonomy():
        assert entry.parent is None or entry.parent in seen
        seen.add(entry.id)


def test_no_example_stands_under_two_nodes():
    """A query that belongs to two kinds teaches neither."""
    examples = [x for e in read_taxonomy() for x in e.examples]
    assert len(set(examples)) == len(examples)


def test_an_explicit_parent_beats_the_one_in_the_id():
    """An operator may hang a node elsewhere without renaming it."""
    text = node("a", examples=[]) + node("b", examples=[]) + node("a.x", parent="b") + node("a.y")
    assert {e.id: e.parent for e in parse_taxonomy(text, "t")}["a.x"] == "b"


def test_a_file_may_bring_its_own_root():
    """Then none is added."""
    entries = parse_taxonomy(node("root", title="All of support") + node("billing"), "t")
    assert [(e.id, e.title) for e in entries] == [("root", "All of support"), ("billing", "T")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[node]\n", "is not TOML"),
        ("", r"\[\[node\]\] tables, at least one"),
        ("x = 1\n" + node(), "nothing else"),
        ("node = [1]", "node 1 is not a table"),
        (node(title=None), "node 'code': field 'title' is missing"),
        (node(description="  "), "node 'code': field 'description' is empty"),
        (node(colour="red"), "node 'code': field 'colour' is unknown"),
        (node(examples="one"), "node 'code': field 'examples' must be a list"),
        (node(examples=["a", " "]), "field 'examples' entry 2"),
        (node(examples=[]), "node 'code': field 'examples' is empty"),
        (node("Code Review"), "field 'id' must be lower-case"),
        (node() + node(), "node 'code': field 'id' is there twice"),
        (node("code.x"), "node 'code.x': field 'parent': no node is named 'code'"),
        (node("a", parent="b") + node("b", parent="a"), "node 'a': field 'parent': its parents go in a circle"),
        (node("a", parent="a"), "circle"),
        (node("root", parent="a") + node("a"), "the root has none"),
    ],
)
def test_a_wrong_file_is_refused_with_file_node_and_field(text, says):
    """One line that says what to change and where."""
    with pytest.raises(ConfigurationError, match=says) as caught:
        parse_taxonomy(text, "my.toml")
    assert str(caught.value).startswith("taxonomy my.toml: ")


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    """Missing and undecodable files alike."""
    (tmp_path / "latin.toml").write_bytes(b'[[node]]\nid = "\xff"')
    for name in ("missing.toml", "latin.toml"):
        with pytest.raises(ConfigurationError, match=name):
            read_taxonomy(tmp_path / name)


def test_a_copy_of_the_default_reads_as_the_default(tmp_path):
    """The way to begin an own taxonomy."""
    copy = tmp_path / "copy.toml"
    copy.write_text(default_taxonomy(), encoding="utf-8")
    assert read_taxonomy(copy) == read_taxonomy()


def test_centers_are_unit_vectors_in_json_types(placed):
    """They go into the log as they are."""
    assert json.loads(json.dumps(placed)) == placed
    for entry in placed:
        assert np.linalg.norm(entry["center"]) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(
    ("query", "leaf"),
    [
        (
            "def f(x): return x * 2\nassert f([1]) == ??  What is the output of this Python function?",
            "code.output_prediction",
        ),
        ("There are 3 houses. The dog owner lives left of the tea drinker. Who owns the cat?", "reasoning.logic_grid"),
        ("Please translate this sentence into Italian: I would like a coffee.", "language.translation"),
        ("Write a SQL query to find duplicate rows in a table of customers.", "code.databases"),
        (
            "Tina picks 12 apples and gives a third of them to Ben. How many apples does Tina have left?",
            "math.word_problems",
        ),
    ],
)
def test_typical_queries_fall_nearest_to_their_leaf(placed, query, leaf):
    """The default tree is a useful start with the default embedder."""
    parents = {entry["parent"] for entry in placed}
    leaves = [entry for entry in placed if entry["id"] not in parents]
    x = WordLlamaEmbedder().embed(query)
    assert max(leaves, key=lambda entry: float(np.dot(entry["center"], x)))["id"] == leaf


def test_a_domain_lies_nearer_to_its_own_leaves_than_to_others(placed):
    """Otherwise shrinking a leaf toward its parent would borrow from strangers."""
    by_id = {entry["id"]: np.array(entry["center"]) for entry in placed}
    domains = [entry["id"] for entry in placed if entry["parent"] == "root"]
    leaves = [entry for entry in placed if entry["parent"] in domains]
    own = sum(max(domains, key=lambda d: float(by_id[d] @ by_id[leaf["id"]])) == leaf["parent"] for leaf in leaves)
    assert own / len(leaves) > 0.8
