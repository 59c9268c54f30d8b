"""List prices of the demo's models, as an operator would configure them: what the recording's package states."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

from pointsman_service.replay.outcome_table import TableError


def list_prices() -> dict[str, tuple[float, float]]:
    """Dollars per million tokens, prompt and answer, by model. Raises TableError where the package is not installed.

    >>> list_prices()["google/gemini-2.5-pro"]
    (1.25, 10.0)
    """
    # find_spec of a top-level package runs none of its code; importing it would load scikit-learn.
    spec = importlib.util.find_spec("pareto_bandit")
    if spec is None or not spec.submodule_search_locations:
        raise TableError("the package paretobandit is not installed: pip install 'pointsman[demo]'")
    path = Path(next(iter(spec.submodule_search_locations))) / "config" / "models.json"
    models = json.loads(path.read_text(encoding="utf-8"))["models"]
    return {m["model_id"]: (float(m["input_cost_per_m"]), float(m["output_cost_per_m"])) for m in models}
