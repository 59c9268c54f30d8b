"""What a serving process loads before it serves; each of these would cost a start a tenth of a second or far more."""

import json
import subprocess
import sys

import pytest
from pointsman_service.adapters.embedder_wordllama import shared_embedder

LOADED = (
    "import json, os, sys\n"
    "import pointsman_service.process.compose, pointsman_service.process.worker\n"
    "print(json.dumps([sorted(sys.modules), os.environ['OPENBLAS_NUM_THREADS']]))"
)


LEARNS = (
    "import json, sys\n"
    "import pointsman_service.process.learner\n"
    "from pointsman_learner.river_alone import ADWIN, BayesianLinearRegression\n"
    "ADWIN().update(0.5), BayesianLinearRegression().learn_one({'x': 1.0}, 1.0)\n"
    "print(json.dumps(sorted(sys.modules)))"
)


@pytest.fixture(scope="module")
def loaded_to_learn():
    """Modules of a fresh process that has begun to learn."""
    done = subprocess.run([sys.executable, "-c", LEARNS], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def loaded():
    """(modules, BLAS threads) of a fresh process that is about to serve."""
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("heavy", ["rich", "river", "scipy", "sklearn", "litellm", "wordllama", "typer", "matplotlib"])
def test_a_start_does_not_load_what_serving_does_not_need(loaded, heavy):
    """The command line, the learner's process and litellm's own adapter load them when they are used."""
    assert heavy not in loaded[0]


@pytest.mark.parametrize("heavy", ["rich", "scipy.stats", "sklearn", "pandas", "litellm", "grpc", "aiohttp"])
def test_a_learner_does_not_load_what_stands_beside_its_estimators(loaded_to_learn, heavy):
    """River's packages bring most of these, and a second of a core and 100 MB with them."""
    assert heavy not in loaded_to_learn


def test_estimators_that_were_imported_alone_are_rivers_own():
    """Whoever imports River as ever, before or after, has the same classes, and what waited for its first use."""
    lines = (
        "import sys\n"
        "if sys.argv[1] == 'before': from river import cluster, drift, linear_model, proba\n"
        "from pointsman_learner import river_alone\n"
        "from river import cluster, drift, linear_model, proba\n"
        "assert river_alone.ADWIN is drift.ADWIN and river_alone.KMeans is cluster.KMeans\n"
        "assert river_alone.BayesianLinearRegression is linear_model.BayesianLinearRegression\n"
        "regression = linear_model.BayesianLinearRegression()\n"
        "regression.learn_one({'x': 1.0}, 1.0)\n"
        "assert isinstance(regression.predict_one({'x': 1.0}, with_dist=True), proba.Gaussian)"
    )
    for when in ("before", "after"):
        subprocess.run([sys.executable, "-c", lines, when], check=True)


def test_matrices_are_multiplied_on_one_thread(loaded):
    """Set before numpy is imported, and inherited by the learner; an operator's own value would stay."""
    assert loaded[1] == "1"


def test_rich_can_be_imported_after_structlog():
    """It was hidden from structlog only."""
    lines = (
        "from pointsman_service.observability.structured_log import structlog\n"
        "import rich.table\nprint(structlog.dev.rich)"
    )
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "None"


def test_a_new_folder_is_made_without_pandas(tmp_path):
    """It was hidden from sqlite-utils only."""
    lines = (
        "import pathlib, sys\n"
        "from pointsman_service.adapters.sqlite.storage import open_storage\n"
        f"open_storage(pathlib.Path({str(tmp_path)!r})).close_blocking()\n"
        "print('sqlite_utils' in sys.modules, 'pandas' in sys.modules)\nimport pandas"
    )
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True False"


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("pointsman_service.domain.strict_json", "numpy"),
        ("pointsman_service.observability", "pydantic"),
        ("pointsman_service.config", "structlog"),
    ],
)
def test_a_door_does_not_load_what_lies_behind_other_doors(module, heavy):
    """What a package exports is paid by everybody who imports one of its modules."""
    lines = f"import sys, {module}\nprint({heavy!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_process_reads_the_vectors_once():
    """Declaring the taxonomy and serving share one embedder."""
    assert shared_embedder() is shared_embedder()
