"""`pointsman doctor --live`: each model and judge is called, and what is found is told."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pointsman_service.cli.commands import run

USAGE = {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12}


class Provider(BaseHTTPRequestHandler):
    """Answers as its model's name says."""

    asked: list[dict]
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(body)
        name = body["model"]
        if name == "gone":
            return self._send(404, {"error": {"message": "no such model"}})
        if name == "newer" and "max_tokens" in body:
            return self._send(400, {"error": {"message": "Unsupported parameter: 'max_tokens'"}})
        if name == "whole" and body.get("stream"):
            return self._send(500, {"error": {"message": "no streams here"}})
        text = '{"score": 10, "reason": "right"}' if name == "judge" else "ready"
        message = {"role": "assistant", "content": text}
        if name == "able" and "tools" in body:
            call = {"id": "t", "type": "function", "function": {"name": "get_time", "arguments": '{"city": "Oslo"}'}}
            message = {"role": "assistant", "content": None, "tool_calls": [call]}
        if body.get("stream"):
            return self._stream(text)
        return self._send(200, {"choices": [{"message": message, "finish_reason": "stop"}], "usage": USAGE})

    def _send(self, status, body):
        self._raw(status, json.dumps(body).encode(), "application/json")

    def _stream(self, text):
        chunks = [
            {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]},
            {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": USAGE},
        ]
        raw = "".join(f"data: {json.dumps(c)}\n\n" for c in chunks) + "data: [DONE]\n\n"
        self._raw(200, raw.encode(), "text/event-stream")

    def _raw(self, status, raw, kind):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_):
        """Quiet."""


@pytest.fixture
def provider(monkeypatch):
    """Its base_url and what it was asked."""
    monkeypatch.setenv("POINTSMAN_SERVER__PORT", "0")
    monkeypatch.setattr(Provider, "asked", [], raising=False)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def _model(base_url, name, more=""):
    prices = "input_usd_per_million = 1.0\noutput_usd_per_million = 10.0\n"
    return f'[[models]]\nname = "{name}"\nbase_url = "{base_url}"\n{prices}{more}\n'


def _doctor(tmp_path, capsys, text):
    """The exit code, and what was found of each model, place and judge."""
    (tmp_path / "pointsman.toml").write_text(text)
    folder = str(tmp_path / "data")
    code = run(["doctor", "--live", "--json", "--config", str(tmp_path / "pointsman.toml"), "--folder", folder])
    found = [f for f in json.loads(capsys.readouterr().out) if f["check"] == "live"]
    return code, {(f.get("model") or f.get("judge"), f.get("deployment")): f for f in found}


def test_what_works_is_told_with_its_latency_and_cost(tmp_path, capsys, provider):
    """Plain and streamed, for a few tokens; a judge once, with its verdict."""
    rubric = '[[judges]]\nname = "r"\nkind = "rubric"\nmodel = "judge"\n'
    code, found = _doctor(tmp_path, capsys, _model(provider, "plain") + _model(provider, "judge") + rubric)
    assert code == 0
    plain = found["plain", None]
    assert (plain["good"], plain["cannot"]) == (True, [])
    assert plain["latency_ms"] > 0
    assert plain["first_token_ms"] > 0
    assert plain["cost_usd"] == pytest.approx(2 * (10 * 1.0 + 2 * 10.0) / 1e6)
    assert found["r", None]["good"]
    assert found["r", None]["score"] == 1.0
    assert found["r", None]["cost_usd"] > 0
    assert all(asked["max_tokens"] == 16 for asked in Provider.asked if asked["model"] == "plain")


def test_what_fails_is_wrong(tmp_path, capsys, provider):
    """A model that is gone, and one that does not stream: queries that stream would meet it."""
    code, found = _doctor(tmp_path, capsys, _model(provider, "gone") + _model(provider, "whole"))
    assert code == 1
    assert not found["gone", None]["good"]
    assert "no such model" in found["gone", None]["text"]
    assert "capabilities.streaming = false" in found["whole", None]["text"]
    unable = _model(provider, "whole", "capabilities = { streaming = false }")
    code, found = _doctor(tmp_path, capsys, unable)
    assert (code, found["whole", None]["cannot"]) == (0, ["streaming (as configured)"])


def test_abilities_that_are_declared_are_tried(tmp_path, capsys, provider):
    """One that calls its tools, one that does not; neither keeps to a schema."""
    declared = "capabilities = { tools = true, json_schema = true }"
    config = _model(provider, "able", declared) + _model(provider, "unable", declared)
    code, found = _doctor(tmp_path, capsys, config)
    assert code == 0
    assert found["able", None]["cannot"] == ["json_schema"]
    assert found["unable", None]["cannot"] == ["json_schema", "tools"]


def test_a_model_that_takes_its_limit_by_another_name_works(tmp_path, capsys, provider):
    """As OpenAI's reasoning models do."""
    code, found = _doctor(tmp_path, capsys, _model(provider, "newer"))
    assert (code, found["newer", None]["cannot"]) == (0, [])


def test_each_place_of_a_model_is_called(tmp_path, capsys, provider):
    """By the name that it has there."""
    places = "".join(
        f'[[models.deployments]]\nname = "{name}"\nprovider_model = "{name}"\n' for name in ("plain", "gone")
    )
    code, found = _doctor(tmp_path, capsys, _model(provider, "both", "") + places)
    assert code == 1
    assert [found["both", place]["good"] for place in ("plain", "gone")] == [True, False]


def test_recorded_answers_need_no_call(tmp_path, capsys, monkeypatch):
    """Without a model there is nothing to call, and nothing wrong."""
    monkeypatch.setenv("POINTSMAN_SERVER__PORT", "0")
    code, found = _doctor(tmp_path, capsys, "")
    assert (code, [f["good"] for f in found.values()]) == (0, [True])
