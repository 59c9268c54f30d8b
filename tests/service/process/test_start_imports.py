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


@pytest.fixture(scope="module")
def loaded():
    """(modules, BLAS threads) of a fresh process that is about to serve."""
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("heavy", ["rich", "river", "scipy", "sklearn", "litellm", "wordllama", "typer", "matplotlib"])
def test_a_start_does_not_load_what_serving_does_not_need(loaded, heavy):
    """The command line, the learner's process and litellm's own adapter load them when they are used."""
    assert heavy not in loaded[0]


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
