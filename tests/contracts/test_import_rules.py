"""The import rules of pyproject.toml hold, and each catches what it says: broken once, in a graph in memory."""

from copy import deepcopy
from pathlib import Path

import grimp
import pytest
from importlinter import api
from importlinter.contracts.acyclic_siblings import AcyclicSiblingsContract
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.independence import IndependenceContract
from importlinter.contracts.layers import LayersContract
from importlinter.contracts.protected import ProtectedContract

ROOT = Path(__file__).parents[2]
CALLERS = ROOT / "service" / "pointsman_service" / "adapters" / "callers"
KINDS = {
    "acyclic_siblings": AcyclicSiblingsContract,
    "forbidden": ForbiddenContract,
    "independence": IndependenceContract,
    "layers": LayersContract,
    "protected": ProtectedContract,
}
BROKEN = (
    ("the bench knows", "pointsman_service.cli.bench", "pointsman_bench.cli"),
    ("the bench knows", "pointsman_learner.learner", "pointsman_service.domain"),
    ("the learner is pure", "pointsman_learner.learner", "pointsman"),
    ("the learner is pure", "pointsman_learner.events", "time"),
    ("the learner is pure", "pointsman_learner.events", "grpc"),
    ("the learner's folders", "pointsman_learner.snapshot", "pointsman_learner.estimates"),
    ("the learner's folders", "pointsman_learner.exploration.greedy", "pointsman_learner.planning.reach"),
    ("the learner's folders", "pointsman_learner.estimators.forecast", "pointsman_learner.settings"),
    ("the service's rooms", "pointsman_service.rpc.server", "pointsman_service.http.server"),
    ("the service's rooms", "pointsman_service.http.server", "pointsman_service.cli.output"),
    ("the service's rooms", "pointsman_service.adapters.callers.keys", "pointsman_service.application.router"),
    ("the service's rooms", "pointsman_service.application.router", "pointsman_service.adapters.limit_table"),
    ("the service's rooms", "pointsman_service.application.router", "pointsman_service.judges.build"),
    ("the service's rooms", "pointsman_service.ports.models", "pointsman_service.observability.metrics"),
    ("the service's rooms", "pointsman_service.domain.chat", "pointsman_service.ports.models"),
    ("the service's rooms", "pointsman_service.replay.tables", "pointsman_service.advice.records"),
    ("the service's rooms", "pointsman_service.config.sections", "pointsman_service.process.compose"),
    ("a door knows", "pointsman_service.rpc.server", "pointsman_service.adapters.limit_table"),
    ("a door knows", "pointsman_service.http.server", "pointsman_service.config.sections"),
    ("the command line is a door", "pointsman_service.cli.keys", "pointsman_service.rpc.read_resource"),
    ("the command line is a door", "pointsman_service.cli.keys", "pointsman_service.application.key_desk"),
    ("the command line is a door", "pointsman_service.cli.prune", "pointsman_service.adapters.sqlite.storage"),
    ("one composition root", "pointsman_service.judges.build", "pointsman_service.adapters.callers.litellm_caller"),
    ("one composition root", "pointsman_bench.run", "pointsman_service.adapters.sqlite.storage"),
    ("the application is known", "pointsman_service.cli.keys", "pointsman_service.application.key_desk"),
    ("the application knows only", "pointsman_service.application.router", "pointsman_service.chat.message"),
    ("the application knows only", "pointsman_service.application.router", "pointsman_service.observability.spans"),
    ("adapters are not configured", "pointsman_service.adapters.limit_table", "pointsman_service.config.sections"),
    ("no adapter knows another", "pointsman_service.adapters.sqlite.log", "pointsman_service.adapters.limit_table"),
    ("no adapter knows another", "pointsman_service.adapters.export_jsonl", "pointsman_service.adapters.sqlite.rows"),
    (
        "no way of calling",
        "pointsman_service.adapters.callers.timed",
        "pointsman_service.adapters.callers.openai_caller",
    ),
    ("ports and domain are values", "pointsman_service.ports.models", "pointsman_learner.learner"),
    ("ports and domain are values", "pointsman_service.domain.chat", "sqlite3"),
    ("generated stubs", "pointsman_service.cli.keys", "pointsman.v1.admin_pb2"),
    ("generated stubs", "pointsman_service.application.router", "pointsman.v1.router_service_pb2_grpc"),
    ("the client is", "pointsman_service.http.server", "pointsman.v1"),
    ("the client is", "pointsman_service.process.worker", "pointsman"),
    ("gRPC is spoken", "pointsman_service.process.worker", "grpc"),
    ("gRPC is spoken", "pointsman_service.domain.chat", "google"),
    ("no circles", "pointsman_service.judges.sameness.units", "pointsman_service.judges.build"),
    ("no circles", "pointsman_learner.events", "pointsman_learner.learner"),
)


@pytest.fixture(scope="module")
def rules():
    """By name, ready to check."""
    found = api.read_configuration(str(ROOT / "pyproject.toml"))
    session = found["session_options"]
    return {
        options["name"]: KINDS[options["type"]](options["name"], session, options)
        for options in found["contracts_options"]
    }


@pytest.fixture(scope="module")
def graph():
    """Who imports whom."""
    roots = ("pointsman_learner", "pointsman_service", "pointsman_bench", "pointsman")
    return grimp.build_graph(*roots, include_external_packages=True, cache_dir=None)


def kept(rules, graph, beginning):
    """Whether the rule whose name begins so is kept. The graph is left as it is."""
    (rule,) = [rule for name, rule in rules.items() if name.startswith(beginning)]
    return rule.check(graph=deepcopy(graph), verbose=False).kept


@pytest.mark.parametrize(("rule", "importer", "imported"), BROKEN)
def test_each_rule_catches_what_it_says(rules, graph, rule, importer, imported):
    """It is kept as things are, and one import more breaks it."""
    assert importer in graph.modules
    assert imported in graph.modules or not imported.startswith("pointsman")
    assert kept(rules, graph, rule)
    changed = deepcopy(graph)
    changed.add_import(importer=importer, imported=imported)
    assert not kept(rules, changed, rule)


def test_a_room_that_no_rule_knows_is_refused(rules, graph):
    """A new one is put on its place among those that are there."""
    changed = deepcopy(graph)
    changed.add_module("pointsman_service.console")
    assert not kept(rules, changed, "the service's rooms")


def test_every_rule_is_broken_here_once(rules):
    """A new rule comes with an import that it catches."""
    assert [name for name in rules if not any(name.startswith(rule) for rule, *_ in BROKEN)] == []


def test_every_way_of_calling_a_model_is_in_the_rule():
    """import-linter cannot tell callers from what they share; so a new one is written into the list."""
    contracts = api.read_configuration(str(ROOT / "pyproject.toml"))["contracts_options"]
    (rule,) = [c for c in contracts if c["name"].startswith("no way of calling")]
    callers = {
        f"pointsman_service.adapters.callers.{file.stem}"
        for file in CALLERS.glob("[!_]*.py")
        if "async def call(" in file.read_text(encoding="utf-8")
    }
    assert callers - set(rule["modules"]) == set()
