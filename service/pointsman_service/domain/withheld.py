"""What may be kept where texts may not: everything but the words of people, models, judges and providers.

Numbers, names, kinds of failure and times stay; what an error or a verdict quotes goes. Digests by which the answers of
one episode are compared stay comparable among themselves, and with nothing else: they are made anew under a secret that
is forgotten at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from msgspec.structs import replace
from pointsman_learner.events import EpisodeRecorded, OutcomeReported, ShadowRecorded
from pointsman_learner.types import Step, Verdict

from pointsman_service.domain.verdict_errors import reason_of
from pointsman_service.errors import PointsmanError

WITHHELD = "words not kept (store_prompts)"
SECRET_BYTES = 16
_KEY_DIGITS = 32  # hex: two answers of an episode share a key by accident with a probability of 1e-38


def episode_without_words(episode: EpisodeRecorded, secret: bytes) -> EpisodeRecorded:
    """As it may be stored. secret: fresh random bytes, for this episode alone."""
    steps = tuple(_step(s, secret) for s in episode.steps)
    hints = _hints(episode.context.hints, episode.decision.node_path)
    if steps == episode.steps and hints == episode.context.hints:
        return episode
    context = episode.context if hints == episode.context.hints else replace(episode.context, hints=hints)
    return replace(episode, steps=steps, context=context)


def outcome_without_words(outcome: OutcomeReported) -> OutcomeReported:
    """As it may be stored. Keys stay as the caller told them: the same report again must be the same."""
    error = None if outcome.error is None else WITHHELD
    return replace(outcome, error=error, verdicts=tuple(_verdict(v) for v in outcome.verdicts))


def shadow_without_words(shadow: ShadowRecorded, secret: bytes) -> ShadowRecorded:
    """As it is stored, whatever the setting: nobody reads it. secret: fresh random bytes, for this event alone."""
    return replace(shadow, steps=tuple(_step(s, secret) for s in shadow.steps))


def verdict_error_without_words(error: str) -> str:
    """The reason stays, what was quoted goes.

    >>> verdict_error_without_words("no_verdict: the judge said: I think that ...")
    'no_verdict: words not kept (store_prompts)'
    """
    return f"{reason_of(error)}: {WITHHELD}"


def error_without_words(error: PointsmanError) -> PointsmanError:
    """An error of the same class and facts that quotes nobody, for those who watch; its caller hears the whole.

    >>> str(error_without_words(PointsmanError("the provider said: ...", model="small")))
    'words not kept (store_prompts)'
    """
    quiet = type(error).__new__(type(error))
    quiet.__dict__ = {name: value for name, value in error.__dict__.items() if name not in {"facts", "violations"}}
    quiet.args = (WITHHELD,)
    quiet.facts = {name: value for name, value in error.facts.items() if name != "errors"}
    if hasattr(error, "violations"):
        quiet.__dict__["violations"] = [(field, WITHHELD) for field, _ in error.violations]
    return quiet


def _step(step: Step, secret: bytes) -> Step:
    if step.error is None and not step.verdicts:
        return step
    error = None if step.error is None else WITHHELD
    return replace(step, error=error, verdicts=tuple(_verdict(v, secret) for v in step.verdicts))


def _verdict(verdict: Verdict, secret: bytes | None = None) -> Verdict:
    error = None if verdict.error is None else verdict_error_without_words(verdict.error)
    key = verdict.key
    if key is not None and secret is not None:
        key = hashlib.blake2b(key.encode("utf-8", "replace"), key=secret, digest_size=_KEY_DIGITS // 2).hexdigest()
    return verdict if (error, key) == (verdict.error, verdict.key) else replace(verdict, error=error, key=key)


def _hints(hints: Mapping[str, str], path: tuple[str, ...]) -> Mapping[str, str]:
    """Those that name the kind of query it was taken for, which the learner needs; another is a caller's own words."""
    return {name: said for name, said in hints.items() if said in path}
