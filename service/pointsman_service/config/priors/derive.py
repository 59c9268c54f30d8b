"""Makes `public_results.toml` of what LiveBench and Aider publish: `python -m ....priors.derive FOLDER > FILE`.

FOLDER holds livebench.csv (release, model, category, score_percent), aider_polyglot.csv and aider_edit.csv (model,
pass_percent). Questions differ between releases, so scores are compared within one: the probit of each is the sum of
what the model has and of how easy the release is, fitted by least squares, so that releases are joined by models that
both have. Then a category is scaled so that the models it has have there, on average and in spread, what they have over
all categories that every model has.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import NormalDist

import numpy as np

from pointsman_service.config.priors.matching import Names

DATE = "2026-07-01"
SOURCES = (
    "LiveBench, ten releases from 2024-06-24 to 2026-01-08: LiveBench/livebench.github.io at 4bf96c8d (2026-07-01), "
    "public/table_*.csv; LiveBench is Apache-2.0",
    "Aider's leaderboards, code editing (133 exercises) and polyglot (225): Aider-AI/aider at 5dc9490b (2026-05-22), "
    "aider/website/_data; Apache-2.0",
)
CATEGORIES = {
    "Reasoning": ("reasoning", "Logic and reasoning: puzzles, deduction, spatial reasoning and web of lies."),
    "Coding": ("coding", "Programming: write a function, complete code, solve a programming contest problem."),
    "Mathematics": ("mathematics", "Mathematics: competition problems, algebra, calculus, proofs and word problems."),
    "Data Analysis": ("data_analysis", "Data analysis: tables, statistics, joins, columns and reformatting of data."),
    "Language": ("language", "Language and general knowledge: words, writing, plots, typos, meaning and facts."),
    "IF": (
        "instructions",
        "Following instructions: write, summarise, simplify or paraphrase under constraints.",
    ),
    "Agentic Coding": (
        "agentic_coding",
        "Agentic software engineering: fix an issue in a repository, debug, use tools and the shell in many steps.",
    ),
    "Editing": (
        "code_editing",
        "Editing code: change existing files so that tests pass, refactor and debug.",
    ),
}
EVERYWHERE = ("Reasoning", "Coding", "Mathematics", "Data Analysis", "Language", "IF")
"""Categories that every model of LiveBench has."""
Runs = list[tuple[str, str, float]]
"""(release, model, probit of the score)."""


def main(folder: Path) -> str:
    """The text of the file."""
    runs = _livebench(folder)
    fitted = {category: _fitted(found) for category, found in runs.items()}
    common = {c: _standardised(fitted[c]) for c in EVERYWHERE}
    overall = {m: float(np.mean([common[c][m] for c in EVERYWHERE])) for m in common[EVERYWHERE[0]]}
    editing = _fitted(_aider(folder, Names(overall)))
    fitted["Editing"] = {m: v for m, v in editing.items() if m in overall}
    scaled = {c: _scaled(fitted[c], overall) for c in CATEGORIES}
    lines = ["# Public results by model and category, made by priors/derive.py.", f'date = "{DATE}"', "sources = ["]
    lines += [f'  "{source}",' for source in SOURCES]
    lines += ["]", ""]
    for name, description in CATEGORIES.values():
        lines += ["[[category]]", f'id = "{name}"', f'description = "{description}"', "mean = 0.0", "sd = 1.0", ""]
    lines += ["[models]"]
    for model in sorted(overall):
        row = [f"{scaled[c][model]:.2f}" if model in scaled[c] else "nan" for c in CATEGORIES]
        lines.append(f'"{model}" = [{", ".join(row)}]')
    return "\n".join(lines)


def _livebench(folder: Path) -> dict[str, Runs]:
    runs: dict[str, Runs] = {}
    with (folder / "livebench.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            percent = float(row["score_percent"])
            runs.setdefault(row["category"], []).append((row["release"], row["model"], _probit(percent)))
    return runs


def _aider(folder: Path, names: Names) -> Runs:
    """Under LiveBench's names. Two models together are neither; of several runs of one, the best stands."""
    best: dict[tuple[str, str], float] = {}
    for release in ("aider_edit", "aider_polyglot"):
        with (folder / f"{release}.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                match = None if " + " in row["model"] else names.match(row["model"])
                key = (release, row["model"] if match is None or match.is_relative else match.row)
                best[key] = max(best.get(key, -np.inf), _probit(float(row["pass_percent"])))
    return [(release, model, score) for (release, model), score in best.items()]


def _probit(percent: float) -> float:
    return NormalDist().inv_cdf(min(max(percent / 100, 0.01), 0.99))


def _fitted(runs: Sequence[tuple[str, str, float]]) -> dict[str, float]:
    """What each model has, on the scale of the last release."""
    models, releases = sorted({m for _, m, _ in runs}), sorted({r for r, _, _ in runs})
    A = np.zeros((len(runs) + 1, len(models) + len(releases)))
    b = np.zeros(len(runs) + 1)
    for i, (release, model, score) in enumerate(runs):
        A[i, models.index(model)] = A[i, len(models) + releases.index(release)] = 1.0
        b[i] = score
    A[-1, -1] = 1.0
    found = np.linalg.lstsq(A, b, rcond=None)[0]
    return dict(zip(models, found[: len(models)].tolist(), strict=True))


def _standardised(scores: Mapping[str, float]) -> dict[str, float]:
    mean, sd = np.mean(list(scores.values())), np.std(list(scores.values()))
    return {m: float((s - mean) / sd) for m, s in scores.items()}


def _scaled(scores: Mapping[str, float], overall: Mapping[str, float]) -> dict[str, float]:
    """So that its models have there on average, and spread by as much as, what they have overall."""
    there = [overall[m] for m in scores]
    return {m: float(s * np.std(there) + np.mean(there)) for m, s in _standardised(scores).items()}


if __name__ == "__main__":
    print(main(Path(sys.argv[1])))  # noqa: T201 - its output
