"""The models in force, as requests ask for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pointsman_learner.policy import Policy

from pointsman_service.domain import ModelConfig
from pointsman_service.domain.near_miss import nearest
from pointsman_service.errors import UnknownModel


class ModelRegistry(Mapping[str, ModelConfig]):
    """By name, in configured order. `allowed` is asked on every request, so it is kept ready."""

    def __init__(self, models: Iterable[ModelConfig] = ()) -> None:
        self._models: Mapping[str, ModelConfig] = {}
        self._seen: tuple[Policy, tuple[str, ...] | None] | None = None
        self.put_in_force({m.name: m for m in models})

    def put_in_force(self, models: Mapping[str, ModelConfig]) -> None:
        """From now on these, and no others."""
        self._models = models
        self._seen = None

    def __getitem__(self, name: str) -> ModelConfig:
        try:
            return self._models[name]
        except KeyError:
            raise self.unknown(name) from None

    def get(self, name: str, default: ModelConfig | None = None) -> ModelConfig | None:  # type: ignore[override]
        """The configuration of that name, or the default."""
        return self._models.get(name, default)

    def __contains__(self, name: object) -> bool:
        return name in self._models

    def __iter__(self) -> Iterator[str]:
        return iter(self._models)

    def __len__(self) -> int:
        return len(self._models)

    def unknown(self, name: str) -> UnknownModel:
        """The error for a name that is not here, with the nearest one that is."""
        return UnknownModel(f"no model is named {name!r}{nearest(name, list(self._models))}", model=name)

    def allowed(self, asked: tuple[str, ...] | None, policy: Policy) -> tuple[str, ...] | None:
        """Names that a decision may choose, None for all that the policy has enabled.

        A model that was disabled or removed is out at once, whatever an older policy says. Raises UnknownModel.
        """
        if self._seen is None or self._seen[0] is not policy:
            enabled = tuple(name for name in policy.models if (m := self._models.get(name)) and m.enabled)
            self._seen = policy, None if len(enabled) == len(policy.models) else enabled
        enabled_now = self._seen[1]
        if asked is None:
            return enabled_now
        for name in asked:
            if name not in self._models:
                raise self.unknown(name)
        return asked if enabled_now is None else tuple(name for name in asked if name in enabled_now)
