"""What a log calls a model, and what the operator's file calls it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pointsman_service.domain import ModelConfig
from pointsman_service.domain.near_miss import nearest
from pointsman_service.errors import ConfigurationError

UNTOLD = "(not told)"
OTHERS = "(further models)"
MOST_NAMES = 300
"""Of models in a log that are told apart: hostile logs have one a line."""
_DATE = re.compile(r"[-@](?:\d{4}-\d{2}-\d{2}|\d{8}|\d{4})\Z")


class ModelNames:
    """Names as the file has them, where it has the model: by name, by the provider's name, with or without provider.

    Of names with a date the name without it counts, too, where the file has only that: what answers for "gpt-4o" signs
    as "gpt-4o-2024-08-06".

    >>> names = ModelNames([ModelConfig("big", "litellm", "openai/gpt-4o")], {})
    >>> names.of("gpt-4o-2024-08-06", ""), names.of("mine", ""), names.of("", "")
    ('big', 'mine', '(not told)')
    """

    def __init__(self, configured: Sequence[ModelConfig], renamed: Mapping[str, str]) -> None:
        """renamed: by the log's name. Raises ConfigurationError for one to a model that is not configured."""
        known = [m.name for m in configured]
        for there, here in renamed.items():
            if here not in known:
                raise ConfigurationError(f"--rename {there}={here}: no model is named {here!r}{nearest(here, known)}")
        self._known = {**_by_every_name(configured), **renamed}
        self._found: dict[tuple[str, str], str] = {}
        self._others: set[str] = set()

    def of(self, model: str, asked: str) -> str:
        """The configured name, else the log's own; `OTHERS` where the log has too many."""
        key = (model, asked)
        if key not in self._found:
            found = self._look_up(model, asked)
            if len(self._found) >= 4 * MOST_NAMES:
                return found
            self._found[key] = found
        return self._found[key]

    def _look_up(self, model: str, asked: str) -> str:
        for said in (asked, model):
            for form in _forms(said):
                if form in self._known:
                    return self._known[form]
        own = model or asked
        if not own:
            return UNTOLD
        if own not in self._others and len(self._others) >= MOST_NAMES:
            return OTHERS
        self._others.add(own)
        return own


def _forms(said: str) -> list[str]:
    """As it is, without provider, and both without a date."""
    bare = said.rpartition("/")[2]
    forms = [said, bare]
    return [f for f in dict.fromkeys(forms + [_DATE.sub("", f) for f in forms]) if f]


def _by_every_name(configured: Sequence[ModelConfig]) -> dict[str, str]:
    """What is certain beats what is not; a form that two models have is neither's."""
    names = {m.name: m.name for m in configured}
    for forms in (
        [(m.provider_model, m.name) for m in configured],
        [(m.provider_model.rpartition("/")[2], m.name) for m in configured],
    ):
        said = [form for form, _ in forms]
        names = {form: name for form, name in forms if said.count(form) == 1} | names
    return names
