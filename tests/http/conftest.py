"""A service with the HTTP door over the replay provider, and a table that records texts, JSON and tool calls."""

import json
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from pointsman_service.config import parse
from pointsman_service.process.compose import running

CAPITAL, WEATHER, PERSON = "What is the capital of France?", "What is the weather in Paris?", "Describe Ada as JSON."
CALL = {"name": "get_weather", "arguments": {"city": "Paris", "unit": "celsius"}}
ADA = {"name": "Ada Lovelace", "born": 1815}
ANSWERS = {
    CAPITAL: "Paris. It has been the capital since 987, but for some years.\nAnswer: Paris",
    WEATHER: f"<tool_call>\n{json.dumps(CALL)}\n</tool_call>",
    PERSON: json.dumps(ADA),
    "It is 21 degrees in Paris.": "It is mild in Paris.",
}
MODELS = {"tiny": (0.1, 0.4), "grand": (5.0, 15.0)}


@pytest.fixture(scope="session")
def table(tmp_path_factory):
    """The folder of the table: both models give the same answers."""
    folder = tmp_path_factory.mktemp("table")
    queries = [{"query_id": f"q{i}", "prompt": prompt} for i, prompt in enumerate(ANSWERS)]
    (folder / "queries.jsonl").write_text("".join(json.dumps(q) + "\n" for q in queries))
    prices = {name: {"input_per_1m": a, "output_per_1m": b} for name, (a, b) in MODELS.items()}
    (folder / "models.json").write_text(json.dumps(prices))
    rows = ["query_id,model,score,cost_usd,input_tokens,output_tokens"]
    texts = []
    for query, text in zip(queries, ANSWERS.values(), strict=True):
        for name, (a, b) in MODELS.items():
            cost = (20 * a + 12 * b) / 1e6
            rows.append(f"{query['query_id']},{name},1,{cost},20,12")
            texts.append(json.dumps({"query_id": query["query_id"], "model": name, "response": text}) + "\n")
    (folder / "outcomes.csv").write_text("\n".join(rows) + "\n")
    (folder / "responses.jsonl").write_text("".join(texts))
    return folder


def _serving(folder, table):
    """A service inside the block, with the HTTP door at `service.http_address`."""

    @asynccontextmanager
    async def start(**sections):
        given = {
            "observability": {"log_level": "error"},
            "learner": {"enabled": False},  # another process to start, and no door of ours
            **sections,
            "replay": {"table": str(table), **sections.get("replay", {})},
            "storage": {"folder": str(folder / "data"), **sections.get("storage", {})},
            "server": {"port": 0, "grace_s": 5.0, "drain_s": 0.0, **sections.get("server", {})},
            "http": {"port": 0, **sections.get("http", {})},
        }
        async with running(parse(given)) as service:
            yield service

    return start


@pytest.fixture
def serve(tmp_path, table):
    """One of the test's own, with what it says of sections."""
    return _serving(tmp_path, table)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory, table):
    """One of all tests of a file, in their event loop, with nothing else said."""
    async with _serving(tmp_path_factory.mktemp("service"), table)() as served:
        yield served


@pytest.fixture
def url(service):
    """Where its HTTP door is."""
    return f"http://{service.http_address}"
