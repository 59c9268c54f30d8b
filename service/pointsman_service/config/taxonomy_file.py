"""Reads the operator's taxonomy file.

A TOML file with one [[node]] table a node: id, title, description, examples, optionally parent. See the default,
`default_taxonomy.toml` in the learner's package, whose head explains the fields. Errors name file, node and field.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from pointsman_service.domain.taxonomy import ROOT, TaxonomyEntry
from pointsman_service.errors import ConfigurationError

_ID = re.compile(r"[a-z0-9_]+(?:\.[a-z0-9_]+)*")
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
    if name == "id" and not _ID.fullmatch(str(value)):
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
    parents = {entry.parent for entry in by_id.values()}
    for entry in by_id.values():
        where = f"taxonomy {source}: node {entry.id!r}"
        if entry.id == ROOT and entry.parent is not None:
            raise ConfigurationError(f"{where}: field 'parent': the root has none")
        if entry.parent is not None and entry.parent not in by_id:
            raise ConfigurationError(f"{where}: field 'parent': no node is named {entry.parent!r}")
    ordered = tuple(_from(ROOT, by_id))
    lost = [node_id for node_id in by_id if node_id not in {entry.id for entry in ordered}]
    if lost:
        raise ConfigurationError(f"taxonomy {source}: node {lost[0]!r}: field 'parent': its parents go in a circle")
    for entry in ordered:
        if not entry.examples and entry.id not in parents:
            where = f"taxonomy {source}: node {entry.id!r}"
            raise ConfigurationError(f"{where}: field 'examples' is empty; a node without children needs at least one")
    return ordered


def _from(node_id: str, by_id: Mapping[str, TaxonomyEntry]) -> Iterator[TaxonomyEntry]:
    """The node and all below it, parents first."""
    yield by_id[node_id]
    for entry in by_id.values():
        if entry.parent == node_id:
            yield from _from(entry.id, by_id)
