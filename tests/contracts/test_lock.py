"""The locks install with every pip from 23 on, today and after the next release of anything in them.

Each target installs what it runs on: the service's lock is whole without the demo's, and that without the developers'.
"""

import re
import runpy
import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, requires
from importlib.util import cache_from_source, find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
INSTALL = runpy.run_path(str(ROOT / ".ci" / "install.py"))
LOCKS = INSTALL["LOCKS"]
ALL = LOCKS["dev"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def _entries(locks):
    return [e for name in locks for e in re.split(r"^(?=\w)", (ROOT / name).read_text(), flags=re.MULTILINE) if e]


@cache
def _pinned(locks=ALL):
    """The pins by name, each with all the extras that any entry gives it."""
    pins = {}
    for entry in _entries(locks):
        pin = Requirement(entry.split(" \\")[0])
        name = canonicalize_name(pin.name)
        pin.extras |= pins[name].extras if name in pins else set()
        pins[name] = pin
    return pins


def _asked(name, *, every=False):
    """What an installed distribution asks for here; nothing where the lock's marker leaves it out.

    every: with what its pinned extras ask for.
    """
    try:
        lines = requires(name) or []
    except PackageNotFoundError:
        return []
    extras = ("", *_pinned()[name].extras) if every and name in _pinned() else ("",)
    return [
        ask
        for ask in map(Requirement, lines)
        if ask.marker is None or any(ask.marker.evaluate({"extra": extra}) for extra in extras)
    ]


def test_every_pin_is_exact():
    """A range would install what the hashes refuse."""
    assert all([s.operator for s in pin.specifier] == ["=="] for pin in _pinned().values())


def test_extras_are_pinned_with_the_extra():
    """Pip 23 takes `coverage[toml]` from the index's newest where only `coverage` is pinned, and then refuses it."""
    pinned = _pinned()
    loose = {
        f"{ask} (of {name})"
        for name in pinned
        for ask in _asked(name)
        if ask.extras - pinned[canonicalize_name(ask.name)].extras
    }
    assert not loose


def test_every_entry_has_hashes_and_none_has_an_address():
    """Pip refuses what has no hash, and brings its own index."""
    for entry in _entries(ALL):
        assert "--hash=sha256:" in entry
        assert "://" not in entry


@pytest.mark.parametrize("target", sorted(LOCKS))
def test_a_targets_locks_hold_all_that_they_ask_for(target):
    """Nothing is missing that only a later lock has: pip would refuse to fetch it, or install half."""
    pinned = _pinned(LOCKS[target])
    missing = {
        f"{ask} (of {name})" for name in pinned for ask in _asked(name) if canonicalize_name(ask.name) not in pinned
    }
    assert not missing


def test_the_service_is_installed_without_the_developers_tools():
    """Nor what only the demo, an export or a test reads: only what it asks for, and what installs the checkout."""
    left = [*PROJECT["dependencies"], "hatchling", "editables"]
    needed = set()
    while left:
        name = canonicalize_name(Requirement(left.pop()).name)
        if name not in needed:
            needed.add(name)
            left += map(str, _asked(name, every=True))
    unmarked = {name for name, pin in _pinned(LOCKS["serve"]).items() if pin.marker is None}
    assert not unmarked - needed


def test_the_service_finds_all_that_it_asks_for_in_its_lock():
    """At a version that pyproject.toml allows."""
    pinned = _pinned(LOCKS["serve"])
    for ask in map(Requirement, PROJECT["dependencies"]):
        if ask.name != "pointsman-client":
            (pin,) = pinned[canonicalize_name(ask.name)].specifier
            assert ask.specifier.contains(pin.version), ask


def test_an_install_compiles_what_a_start_imports(monkeypatch):
    """Also where the shell would have nobody write what was compiled: each process compiled for seconds there."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    INSTALL["_compile"]("serve")
    starts = [find_spec(module).origin for module in (*INSTALL["STARTS"]["serve"], "grpc", "numpy", "pydantic")]
    assert [origin for origin in starts if not Path(cache_from_source(origin)).exists()] == []
