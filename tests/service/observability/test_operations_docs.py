"""What operators are given, dashboard, alerts and OPERATIONS.md, names what there is."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import typer
import yaml
from pointsman_service.cli.commands import app
from pointsman_service.domain.conditions import WORDING, Kind
from pointsman_service.observability.exposition import Refused
from pointsman_service.observability.metrics import Metrics
from pointsman_service.observability.operator_facts import Budget, Facts, Part
from pointsman_service.observability.service_facts import ServiceFacts

SERVICE = Path(__file__).parents[3] / "service"
OPERATIONS = (SERVICE / "OPERATIONS.md").read_text()
DASHBOARD = json.loads((SERVICE / "observability" / "dashboard.json").read_text())
ALERTS = yaml.safe_load((SERVICE / "observability" / "alerts.yaml").read_text())
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]
SCRAPED = {"up"}
"""Made by Prometheus itself."""


def queries():
    """Every query of dashboard and alerts."""
    panels = [t["expr"] for p in DASHBOARD["panels"] for t in p.get("targets", ())]
    return panels + [rule["expr"] for rule in RULES]


def metric_names(query):
    """Names in a query that are no functions, labels or keywords."""
    bare = re.sub(r'"[^"]*"', "", query)
    bare = re.sub(r"\[[^\]]*\]", "", bare)
    bare = re.sub(r"\b(by|without|on|ignoring|group_left)\s*\([^)]*\)", "", bare)
    bare = re.sub(r"\{[^}]*\}", "", bare)
    words = re.findall(r"[a-z_][a-z0-9_]*(?!\w)(?!\s*\()", bare)
    return {w for w in words if w not in {"and", "or", "unless", "bool"}}


def labels_of(query):
    """Labels that a query matches or groups by."""
    matched = re.findall(r"[{,]\s*(\w+)\s*(?:=~|!=|=|!~)", query)
    grouped = [label.strip() for labels in re.findall(r"\bby\s*\(([^)]*)\)", query) for label in labels.split(",")]
    return {*matched, *grouped}


@pytest.fixture(scope="module")
def exposed():
    """What a service exposes: each name of a series with the labels it may have."""
    facts = ServiceFacts("1", lambda: [Part("main", 1)], tuple)
    facts.latest = Facts(0, 0.0, 1.0, False, [Budget("acme", 1.0, 0.0, 0.0, 1.0)])
    found = {}
    metrics = Metrics()
    for collector in list(metrics.registry._collector_to_names):
        name, kind, labels = collector._name, collector._type, set(collector._labelnames)
        ends = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "summary": ("_sum", "_count")}
        found |= {name + end: labels | ({"le"} if end == "_bucket" else set()) for end in ends.get(kind, ("",))}
    for family in (*facts.collect(), *Refused().collect()):
        found |= {sample.name: set(sample.labels) for sample in family.samples}
    return found


def test_every_query_asks_for_what_is_exposed(exposed):
    """Names and labels, in the dashboard and in the rules."""
    targets = {"job", "instance"}
    for query in queries():
        names = metric_names(query)
        assert names, query
        assert names <= exposed.keys() | SCRAPED, query
        known = targets.union(*(exposed.get(name, set()) for name in names))
        assert labels_of(query) <= known, query


def test_all_that_is_exposed_is_explained(exposed):
    """Each metric has its row, and no row is of a metric that is gone."""
    table = OPERATIONS.partition("## Metrics")[2].partition("## Traces,")[0]
    rows = set(re.findall(r"`((?:pointsman|process)_\w+)`", table))
    names = {re.sub(r"_(bucket|sum|count)$", "", name) for name in exposed}
    assert names == rows


def test_each_alert_has_its_page():
    """Under its own name, with what to look at and what to do; and no page is left of an alert that is gone."""
    pages = dict(re.findall(r"^### (\w+)\n\n(.*?)(?=^### |\Z)", OPERATIONS, re.MULTILINE | re.DOTALL))
    assert pages.keys() == {rule["alert"] for rule in RULES}
    for rule in RULES:
        assert rule["annotations"]["runbook_url"] == f"service/OPERATIONS.md#{rule['alert'].lower()}"
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert len(pages[rule["alert"]].split()) > 15


def test_every_line_of_the_log_is_in_the_catalogue():
    """With its level and the line when it has ended."""
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", OPERATIONS.partition("## Metrics")[0], re.MULTILINE))
    assert rows.keys() == set(Kind)
    for kind, wording in WORDING.items():
        begins, level, ends, todo = rows[kind].split(" | ")
        assert (begins, level, ends) == (wording.begins, wording.level, wording.ends or "-")
        assert todo


def anchor(heading):
    """As GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_link_within_leads_somewhere():
    """Anchors are headings, and files exist."""
    anchors = {anchor(heading) for heading in re.findall(r"^#+ (.*)$", OPERATIONS, re.MULTILINE)}
    for target in re.findall(r"\]\(([^)]+)\)", OPERATIONS):
        path, _, fragment = target.partition("#")
        assert not fragment or path or fragment in anchors, target
        assert not path or path == "../SECURITY.md" or (SERVICE / path).exists(), target


def test_every_command_that_is_named_is_one():
    """With its group, and each option that is written with it."""
    commands = set(re.findall(r"`pointsman ((?:[a-z-]+ ?)+)([^`]*)`", OPERATIONS))
    assert len(commands) > 15
    for words, rest in commands:
        command, names = typer.main.get_command(app), words.split()
        while names and hasattr(command, "commands"):
            assert names[0] in command.commands, words
            command = command.commands[names.pop(0)]
        options = {option for parameter in command.params for option in parameter.opts}
        assert set(re.findall(r"(?<!\S)--[a-z-]+", rest)) <= options, (words, rest)


def test_the_dashboard_is_one_that_grafana_takes():
    """Panels have ids of their own, a place, a title and a data source that is asked for."""
    panels = DASHBOARD["panels"]
    assert len({p["id"] for p in panels}) == len(panels)
    assert {v["name"] for v in DASHBOARD["templating"]["list"]} == {"datasource", "instance"}
    for panel in panels:
        assert panel["title"]
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
        if panel["type"] != "row":
            assert panel["datasource"]["uid"] == "${datasource}"
            assert panel["targets"]


def test_prometheus_takes_the_rules_and_they_say_what_they_should():
    """By promtool, where there is one."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not on the PATH: the rules are checked against the exposed names alone")
    for command in (("check", "rules", "alerts.yaml"), ("test", "rules", "alerts_test.yaml")):
        done = subprocess.run(
            [promtool, *command], cwd=SERVICE / "observability", capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
