"""Models that recorded answers stand in for, where a configuration has none or asks for it."""

from __future__ import annotations

from pointsman_service.config.entries import ModelSection
from pointsman_service.config.sections import Settings
from pointsman_service.domain import ModelConfig
from pointsman_service.errors import ConfigurationError


def as_served(settings: Settings) -> Settings:
    """The settings with the models that recorded answers stand in for, where a start would have them; none is started.

    Raises ConfigurationError for a table that cannot be read, or a model that is not in it.
    """
    if not settings.on_replay:
        return settings
    # The provider is a server of HTTP, and most configurations need none.
    from pointsman_service.replay.failures import FailureRates  # noqa: PLC0415
    from pointsman_service.replay.provider import ReplayBehaviour, ReplayProvider  # noqa: PLC0415
    from pointsman_service.replay.sources import open_table  # noqa: PLC0415

    table = open_table(settings.replay.table, pool=settings.replay.pool)
    provider = ReplayProvider(table, ReplayBehaviour(settings.replay.latency, FailureRates.parse("0"), 0), port=0)
    return with_replayed_models(settings, provider.model_configs(), provider.url)


def with_replayed_models(settings: Settings, recorded: tuple[ModelConfig, ...], url: str) -> Settings:
    """The settings with the recorded models in place of the configured ones of the same names, or as the models.

    Recorded judges that name no address get the provider's. Raises ConfigurationError for a model not in the table.
    """
    by_name = {m.name: m for m in recorded}
    unknown = [m.name for m in settings.models if m.name not in by_name]
    if unknown:
        raise ConfigurationError(f"models: {unknown[0]!r} is not in the replay table, which has {', '.join(by_name)}")
    names = [m.name for m in settings.models] or list(by_name)
    judges = settings.judges and [
        j.model_copy(update={"options": {"url": url, **j.options}}) if j.kind == "recorded" else j
        for j in settings.judges
    ]
    return settings.model_copy(update={"models": [ModelSection.of(by_name[n]) for n in names], "judges": judges})
