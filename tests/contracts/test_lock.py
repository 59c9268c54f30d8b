"""The lock installs with every pip from 23 on, today and after the next release of anything in it."""

from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCK = Path(__file__).parents[2] / "requirements.lock"


def _pinned():
    pins = [Requirement(line.split(" \\")[0]) for line in LOCK.read_text().splitlines() if line[:1].isalnum()]
    return {canonicalize_name(pin.name): pin for pin in pins}


def _asked(name):
    """What an installed distribution asks for here; nothing where the lock's marker leaves it out."""
    try:
        lines = requires(name) or []
    except PackageNotFoundError:
        return []
    return [ask for ask in map(Requirement, lines) if ask.marker is None or ask.marker.evaluate({"extra": ""})]


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
