"""The report in a few lines that say what happened, good or bad."""

from __future__ import annotations

from typing import Any


def summary(report: dict[str, Any]) -> str:
    """Lines for people; the last says the run in one sentence."""
    feedback, cascade = report["feedback"], report["cascade"]
    lines = [
        f"{report['prompts']:,} prompts in {report['seconds']:.0f} s, {report['failed']} failed; "
        f"{feedback['thumbs']:,} thumbs by the simulated user; {cascade['verdicts']:,} verdicts bought."
    ]
    if "swap" in report:
        lines += [_learning(report), _swap(report["swap"]), _outage(report["outage"]), _regret(report)]
    else:
        lines += _utility(report)
    return "\n".join([*lines, report["yardstick"], report["headline"]])


def _learning(report: dict[str, Any]) -> str:
    first, then = report["learning"]["first"], report["learning"]["before_swap"]
    fell = "fell" if then["cost_usd_per_1k"] < first["cost_usd_per_1k"] else "did NOT fall"
    twin = f"; {report['twin']['cost_usd_per_1k']:.2f} for the twin that learns nothing" if "twin" in report else ""
    return (
        f"Learning: dollars per 1,000 prompts {fell} from {first['cost_usd_per_1k']:.2f} in the first "
        f"{first['prompts']} to {then['cost_usd_per_1k']:.2f} in the {then['prompts']} before half time, at quality "
        f"{first['quality']:.3f} and {then['quality']:.3f}{twin}."
    )


def _outage(outage: dict[str, Any]) -> str:
    return (
        f"Outage: {_short(outage['model'])} was down for {outage['took_s']:.1f} s, in which {outage['prompts']} "
        f"prompts came; {outage['errors'] or 'none'} got an error. Who always asks it got {outage['prompts']}."
    )


def _swap(swap: dict[str, Any]) -> str:
    shares = ", ".join(f"{share:.0%}" for share in swap["share_by_hundred_after"])
    return (
        f"Swap: from prompt {swap['at']:,} on {_short(swap['model'])} silently gave the answers of "
        f"{_short(swap['stand_in'])}. It had {swap['share_before']:.0%} of the hundred answers before, and {shares} of "
        f"the next three hundreds; quality was {swap['quality_before']:.3f} before and {swap['quality_after']:.3f} in "
        f"the 300 after, where its own fell to {swap['quality_of_model_after']:.3f}."
    )


def _regret(report: dict[str, Any]) -> str:
    names = {"pointsman": "Pointsman", "twin": "the twin"}
    each = ", ".join(
        f"{names.get(who, 'always ' + _short(who))} {lost:.1f}"
        for who, lost in sorted(report["regret"].items(), key=lambda item: item[1])
    )
    return f"Regret, in right answers behind an oracle that knows all three answers beforehand: {each}."


def _utility(report: dict[str, Any]) -> list[str]:
    gain, checks = report["advantage_over_best_static"], report["checks"]
    low, high = gain["ci95"]
    rose = "rose" if checks["last_third_above_first_third"] else "did not rise"
    above = "above" if checks["last_third_above_every_static_policy"] else "NOT above"
    return [
        f"Utility (quality - {report['lambda']:g} x dollars) {rose} from {report['utility']['first_third']:.4f} in "
        f"the first third to {report['utility']['last_third']:.4f} in the last,",
        f"which is {above} every fixed policy; the best of them, always {gain['policy']}, got "
        f"{report['static'][gain['policy']]['last_third_utility']:.4f} there",
        f"(Pointsman's difference {gain['last_third']:+.4f}, 95 % interval {low:+.4f} to {high:+.4f}; "
        f"an oracle's utility is {report['oracle']['last_third_utility']:.4f}).",
    ]


def _short(model: str) -> str:
    return model.rpartition("/")[2]
