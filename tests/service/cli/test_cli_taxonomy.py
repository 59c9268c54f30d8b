"""`pointsman taxonomy`: the tree of kinds of queries."""

from pointsman import v1


def test_a_node_is_added_below_the_root_unless_another_is_named(say, rows, fake):
    """And found again in the tree, below its parent."""
    say("taxonomy", "add", "poems", "--title", "Poems", "--description", "Verses")
    said = rows("taxonomy", "add", "haiku", "--parent", "poems", "--title", "Haiku", "--description", "Three lines")
    assert said["parent_id"] == "poems"
    assert [n["parent_id"] for n in rows("taxonomy", "list")] == [None, "root", "poems"]
    lines = say("taxonomy", "list").splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["root", "poems", "haiku"]
    assert lines[3].startswith("    haiku")


def test_set_changes_only_what_was_said_and_examples_join(say, rows, fake):
    """As with models."""
    say("taxonomy", "add", "haiku", "--title", "Haiku", "--description", "d", "--example", "Write a haiku about rain.")
    say("taxonomy", "set", "haiku", "--example", "A haiku about snow, please.")
    assert list(fake.last(v1.UpdateTaxonomyNodeRequest).update_mask.paths) == ["examples"]
    found = rows("taxonomy", "show", "haiku")
    assert found["examples"] == ["Write a haiku about rain.", "A haiku about snow, please."]
    assert "e.g. A haiku about snow" in say("taxonomy", "show", "haiku")


def test_a_node_shows_what_is_known_of_each_model(say, fake):
    """Costs for a thousand queries."""
    known = v1.ModelAtNode(model="starter-small", quality=0.5, cost_usd=0.002, evidence=12.0)
    fake.nodes.by_name["root"].models.append(known)
    assert "starter-small    0.500  -         2.000  -             12.000" in say("taxonomy", "show", "root")


def test_nodes_are_disabled_enabled_and_removed(say, rows, fails):
    """Each by its own call."""
    say("taxonomy", "add", "haiku", "--title", "Haiku", "--description", "d")
    assert rows("taxonomy", "disable", "haiku")["enabled"] is False
    assert rows("taxonomy", "enable", "haiku")["enabled"] is True
    assert rows("taxonomy", "remove", "haiku") == {"node_id": "haiku", "removed": True}
    assert "taxonomy list" in fails(2, "taxonomy", "show", "haiku")
