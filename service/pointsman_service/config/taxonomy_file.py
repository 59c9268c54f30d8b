"""Reads the operator's taxonomy file.

A TOML file with one [[node]] table a node: id, title, description, examples, optionally parent. See the default,
`default_taxonomy.toml` in the learner's package, whose head explains the fields. Errors name file, node and field.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from pointsman_service.domain.names import is_node_id
from pointsman_service.domain.taxonomy import ROOT, TaxonomyEntry
from pointsman_service.errors import ConfigurationError

_FIELDS = {"id": str, "title": str, "description": str, "parent": str, "examples": list}


def default_taxonomy() -> str:
    """Text of the taxonomy that ships with the learner."""
    return files("pointsman_learner").joinpath("default_taxonomy.toml").read_text(encoding="utf-8")


def read_taxonomy(path: Path | None = None) -> tuple[TaxonomyEntry, ...]:
    """The nodes of a file (None: the default), every node after its parent, the root first.

    Raises ConfigurationError: unreadable file, not TOML, a field missing, empty, unknown or of a wrong type, an id
    twice, an unknown parent, a cycle, a leaf without examples.
    """
    source = "default_taxonomy.toml" if path is None else str(path)
    try:
        text = default_taxonomy() if path is None else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"taxonomy {source}: cannot be read: {error}") from error
    return parse_taxonomy(text, source)


def parse_taxonomy(text: str, source: str) -> tuple[TaxonomyEntry, ...]:
    """As `read_taxonomy`, from text. source: what errors call it.

    >>> text = '''
    ... [[node]]
    ... id = "code"
    ... title = "Code"
    ... description = "Programs."
    ... examples = ["Write a loop."]
    ... '''
    >>> [(entry.id, entry.parent) for entry in parse_taxonomy(text, "my.toml")]
    [('root', None), ('code', 'root')]
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"taxonomy {source}: is not TOML: {error}") from error
    nodes = tables.get("node")
    if set(tables) - {"node"} or not isinstance(nodes, list) or not nodes:
        raise ConfigurationError(f"taxonomy {source}: holds [[node]] tables, at least one, and nothing else")
    entries = [_entry(source, i, table) for i, table in enumerate(nodes)]
    return _checked_tree(source, entries)


def _entry(source: str, index: int, table: object) -> TaxonomyEntry:
    if not isinstance(table, dict):
        raise ConfigurationError(f"taxonomy {source}: node {index + 1} is not a table; write [[node]]")
    node = f"taxonomy {source}: node {table.get('id', index + 1)!r}"
    _check_fields(node, table)
    node_id: str = table["id"]
    prefix = node_id.rpartition(".")[0] or (ROOT if node_id != ROOT else None)
    return TaxonomyEntry(
        id=node_id,
        parent=table.get("parent", prefix),
        title=table["title"].strip(),
        description=table["description"].strip(),
        examples=tuple(example.strip() for example in table.get("examples", ())),
    )


def _check_fields(node: str, table: Mapping[str, Any]) -> None:
    missing = [name for name in ("id", "title", "description") if name not in table]
    if missing:
        raise ConfigurationError(f"{node}: field {missing[0]!r} is missing")
    for name, value in table.items():
        wrong = _wrong_with(name, value)
        if wrong:
            raise ConfigurationError(f"{node}: field {name!r} {wrong}")


def _wrong_with(name: str, value: object) -> str | None:
    kind = _FIELDS.get(name)
    if kind is None:
        return f"is unknown (known: {', '.join(_FIELDS)})"
    if not isinstance(value, kind):
        return f"must be a {kind.__name__}"
    if isinstance(value, str) and not value.strip():
        return "is empty"
    if name == "id" and not is_node_id(str(value)):
        return "must be lower-case words joined by dots, such as math.algebra"
    if isinstance(value, list):
        bad = next((i for i, text in enumerate(value) if not isinstance(text, str) or not text.strip()), None)
        return None if bad is None else f"entry {bad + 1} must be a text that is not empty"
    return None


def _checked_tree(source: str, entries: Sequence[TaxonomyEntry]) -> tuple[TaxonomyEntry, ...]:
    by_id: dict[str, TaxonomyEntry] = {}
    for entry in entries:
        if entry.id in by_id:
            raise ConfigurationError(f"taxonomy {source}: node {entry.id!r}: field 'id' is there twice")
        by_id[entry.id] = entry
    if ROOT not in by_id:
        by_id[ROOT] = TaxonomyEntry(ROOT, None, "Everything", "Any query.", ())
    wrong = wrong_with_tree(by_id)
    if wrong is not None:
        node_id, field, why = wrong
        raise ConfigurationError(
            f"taxonomy {source}: node {node_id!r}: field {field!r}{'' if why.startswith('is ') else ':'} {why}"
        )
    return parents_first(by_id)


def wrong_with_tree(nodes: Mapping[str, TaxonomyEntry]) -> tuple[str, str, str] | None:
    """The first fault of a tree as (node, field, what is wrong), None where there is none. The root is among the nodes.

    >>> node = TaxonomyEntry("code", "root", "Code", "Programs.", ("Write a loop.",))
    >>> wrong_with_tree({"root": TaxonomyEntry("root", None, "All", "Any.", ()), "code": node})
    >>> wrong_with_tree({"code": node})
    ('code', 'parent', "no node is named 'root'")
    """
    for entry in nodes.values():
        if entry.id == ROOT and entry.parent is not None:
            return entry.id, "parent", "the root has none"
        if entry.id != ROOT and entry.parent is None:
            return entry.id, "parent", "is missing; only the root has none"
        if entry.parent is not None and entry.parent not in nodes:
            return entry.id, "parent", f"no node is named {entry.parent!r}"
    reached = {entry.id for entry in _from(ROOT, nodes)}
    lost = next((node_id for node_id in nodes if node_id not in reached), None)
    if lost is not None:
        return lost, "parent", "its parents go in a circle"
    parents = {entry.parent for entry in nodes.values()}
    bare = next((e.id for e in nodes.values() if not e.examples and e.id not in parents and e.id != ROOT), None)
    return None if bare is None else (bare, "examples", "is empty; a node without children needs at least one")


def parents_first(nodes: Mapping[str, TaxonomyEntry]) -> tuple[TaxonomyEntry, ...]:
    """The nodes of a whole tree, every one after its parent, the root first."""
    return tuple(_from(ROOT, nodes))


def _from(node_id: str, by_id: Mapping[str, TaxonomyEntry]) -> Iterator[TaxonomyEntry]:
    """The node and all below it, parents first."""
    yield by_id[node_id]
    for entry in by_id.values():
        if entry.parent == node_id:
            yield from _from(entry.id, by_id)
