"""What a start declares: told to the log before anything else is in it, and again whenever it says something else.

The learner knows models, budgets and the taxonomy from the log alone; so the first query must not come before them.
Changes that operators made at run time stay in force over whatever the file says now.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Iterable, Iterator

from pointsman_learner.estimators.prices import PriceList
from pointsman_learner.events import ConfigurationDeclared
from pointsman_learner.snapshot import TYPICAL_PROMPT_TOKENS

from pointsman_service.adapters.callers.keys import troubles
from pointsman_service.adapters.sqlite.storage import Storage, check_file
from pointsman_service.application.tenants import TenantBook
from pointsman_service.config.priors.table import read_results
from pointsman_service.config.rules import Rules
from pointsman_service.config.sections import Settings
from pointsman_service.config.taxonomy_file import read_taxonomy
from pointsman_service.config.values import declared_values
from pointsman_service.domain import ModelConfig
from pointsman_service.domain.configuration import InForce, Key, Layers, Refused
from pointsman_service.domain.nameable import Nameable, may_be_called, misnamed
from pointsman_service.errors import ConfigurationError
from pointsman_service.ports import Overtaken
from pointsman_service.process.opening import rules, storage_of

STARTED_BY = "start"
LONGEST = 60
"""Characters of a value in a line."""


async def declare(settings: Settings) -> list[str]:
    """Tell the log what the settings declare, where that is news. One line for whatever an operator should know.

    That is each value that a change hides, each change that the lists of [admin] would not take now, each key that is
    missing or not as it should be, each model whose price nobody knows, each judge that cannot speak, and each baseline
    that its tenant's budget does not pay for.

    Raises ConfigurationError where it does not go together with what operators changed, or where the file is damaged;
    nothing is told then.
    """
    await asyncio.to_thread(check_file, settings.storage.folder)
    storage = storage_of(settings)
    try:
        layers = await declare_to(storage, settings)
    finally:
        await storage.close()
    now = checked(rules(), layers)
    models = now.models.values()
    return [
        *hidden_lines(layers),
        *let_in_lines(now, settings.admin.nameable()),
        *(trouble.text for trouble in troubles(models, os.environ)),
        *unpriced_lines(models),
        *mute_lines(settings),
        *barred_baseline_lines(now),
        *dear_baseline_lines(now),
    ]


def let_in_lines(now: InForce, nameable: Nameable) -> Iterator[str]:
    """A line for each run-time change that sends a key or queries where the file's lists do not let a change send them.

    It was made under other lists, or by an earlier version that had none; it stays in force until somebody undoes it.
    """
    for name in now.models:
        for key, why in misnamed(now, name, nameable) if may_be_called(now, name) else ():
            entry = Key(key.kind, key.name)
            by = ", ".join(sorted({c.by for k, c in now.layers.changed.items() if entry.holds(k)}))
            yield (
                f"{key} is in force, changed at run time by {by}, though {why}; "
                f"`pointsman config reset {entry}` undoes what was changed of {name}"
            )


def unpriced_lines(models: Iterable[ModelConfig]) -> Iterator[str]:
    """A line for each enabled model that runs although nobody knows its price."""
    for model in models:
        if model.enabled and model.prices_in_force is None:
            yield (
                f"nobody knows what {model.name} costs (unpriced): it is planned and held as the dearest model, "
                "and what it spends is in no sum; `pointsman models set` takes its prices"
            )


def mute_lines(settings: Settings) -> Iterator[str]:
    """A line for each judge that reads texts which this service does not keep."""
    for judge in settings.judge_configs():
        if judge.kind == "retrieval" and settings.storage.store_prompts != "full":
            kept = settings.storage.store_prompts
            yield f'the judge {judge.name} finds nothing to compare with: store_prompts = "{kept}" keeps no texts'


def barred_baseline_lines(now: InForce) -> Iterator[str]:
    """A line for each tenant whose baseline is none of the models that it may call."""
    book = _book_of(now)
    for name in now.tenants:
        tenant = book.of(name)
        if tenant.baseline is None or tenant.models is None or tenant.baseline in tenant.models:
            continue
        if tenant.observes or not tenant.guarantees_nothing:
            comes = "nobody answers what names no model" if tenant.observes else "its safe start guarantees nothing"
            yield (
                f"tenants.{name}: its baseline {tenant.baseline} is none of its models ({', '.join(tenant.models)}), "
                f"so {comes}; set tenants.{name}.baseline to one of them"
            )


def dear_baseline_lines(now: InForce) -> Iterator[str]:
    """A line for each tenant whose baseline, at its list price, costs more than the tenant's budget has for a query."""
    book = _book_of(now)
    for name in now.tenants:
        tenant, budget = book.of(name), book.of(name).usd_per_thousand
        model = now.models.get(tenant.baseline or "")
        if budget is None or model is None or model.prices_in_force is None or tenant.guarantees_nothing:
            continue
        cost = 1000.0 * float(PriceList.of([model.as_learner_model()]).cost(TYPICAL_PROMPT_TOKENS)[0])
        if cost > budget:
            yield (
                f"tenants.{name}: 1,000 typical answers of its baseline {model.name} cost about ${cost:.3g}, and its "
                f"budget is ${budget:g}: the budget comes first, so cheaper models answer as often as it takes"
            )


def _book_of(now: InForce) -> TenantBook:
    """The tenants as requests would find them."""
    book = TenantBook()
    book.put_in_force(now.tenants.values(), now.first_model, is_chosen=now.has_chosen_model)
    return book


def hidden_by_changes(storage: Storage, settings: Settings) -> list[str]:
    """What a start with these settings would say of changes that hide them: `declare`, without telling the log.

    Raises ConfigurationError where they do not go together.
    """
    present = storage.configuration.read()
    wanted = present.after(declaration(settings, time.time()), present.version)
    now = checked(rules(), wanted)
    return [*hidden_lines(wanted), *let_in_lines(now, settings.admin.nameable())]


async def declare_to(storage: Storage, settings: Settings, by: str = STARTED_BY) -> Layers:
    """As `declare`, to a storage that is open; the layers then.

    Several processes may start at once: who comes second finds no difference.
    """
    checks, event = rules(), declaration(settings, time.time(), by)
    while True:
        present = storage.configuration.read()
        wanted = present.after(event, present.version)
        after = checked(checks, wanted)
        if list(wanted.declared.items()) == list(present.declared.items()):
            return present
        before = _before(checks, present)
        try:
            taught = checks.taught(before, after, event.at)
            await storage.configuration.declare(event, taught, present.version)
        except Overtaken:
            continue
        return wanted


def declaration(settings: Settings, at: float, by: str = STARTED_BY) -> ConfigurationDeclared:
    """The event of a start at `at`. Raises ConfigurationError for a file that it names and that cannot be read."""
    if settings.learner.public_priors:
        read_results(settings.learner.public_results)
    values = declared_values(settings, read_taxonomy(settings.learner.taxonomy))
    return ConfigurationDeclared(at, by, {str(key): (d.value, d.origin) for key, d in values.items()})


def checked(checks: Rules, layers: Layers) -> InForce:
    """What is in force. Raises ConfigurationError, naming the change that does not go together with the file."""
    try:
        return checks.in_force(layers)
    except Refused as e:
        key, why = e.violations[0]
        raise ConfigurationError(f"configuration: {key}: {why}{_blamed(key, why, layers)}") from e


def _blamed(key: Key, why: str, layers: Layers) -> str:
    """The change that stands against the file: of the entry itself, else of one that the fault names."""
    near = [k for k in layers.changed if (k.kind, k.name) == (key.kind, key.name)]
    near += [k for k in layers.changed if k.kind == "models" and (k.name in why or key == Key("models"))]
    if not near:
        return ""
    return f" ({near[0]} was changed at run time by {layers.changed[near[0]].by}; `pointsman config reset` undoes it)"


def _before(checks: Rules, layers: Layers) -> InForce:
    """What was in force before; where this version refuses that, the learner is told everything anew."""
    try:
        return checks.in_force(layers)
    except Refused:
        return InForce()


def hidden_lines(layers: Layers) -> Iterator[str]:
    """One line for each value of file or environment that a run-time change hides.

    >>> from pointsman_service.domain.configuration import Change, Declared
    >>> key = Key("models", "a", "enabled")
    >>> next(hidden_lines(Layers(2, {key: Declared(True, "file")}, {key: Change(False, "ann", 0.0)})))
    "models.a.enabled is false, changed at run time by ann on 1970-01-01: it hides the file's true"
    """
    for key, declared, change in layers.hiding():
        day = time.strftime("%Y-%m-%d", time.gmtime(change.at))
        said = "removed" if key.name and not key.field else f"{_shown(change.value)}, changed"
        hides = "what the {} declares" if key.name and not key.field else f"the {{}}'s {_shown(declared.value)}"
        yield f"{key} is {said} at run time by {change.by} on {day}: it hides {hides.format(declared.origin)}"


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
