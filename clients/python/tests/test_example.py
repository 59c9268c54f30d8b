"""The example service answers and takes thumbs."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[1] / "examples" / "answering_service.py"


@pytest.fixture
def example(running):
    """Its address, while it runs."""
    process = subprocess.Popen(
        [sys.executable, EXAMPLE, "0"],
        env={**os.environ, "POINTSMAN_ADDRESS": running.address},
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process.stdout.readline().split()[-1], process
    if process.poll() is None:
        process.kill()
    process.wait()


def post(address, body):
    """(status, what came back)."""
    request = urllib.request.Request(address, json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def test_the_example_answers_and_what_is_left_of_its_thumbs_is_sent_at_its_end(example, running):
    """As a team's own service would."""
    address, process = example
    status, body = post(f"{address}/ask", {"question": "What is 2 + 2?", "user": "u-1"})
    assert (status, body["text"], body["model"], body["episode_id"]) == (200, "Four.", "small", "e-1")
    down = {"episode_id": "e-1", "thumb": "down", "comment": "wrong", "user": "u-1"}
    assert post(f"{address}/thumb", down) == (202, {})
    assert post(f"{address}/thumb", {"episode_id": "e-1", "thumb": "up", "comment": ""}) == (202, {})
    assert post(f"{address}/ask", {"qestion": "?"})[0] == 400
    assert post(f"{address}/thumb", {**down, "thumb": "sideways"})[0] == 400
    assert post(f"{address}/nothing", {})[0] == 404
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    said = [item.feedback for r in running.service.requests if hasattr(r, "requests") for item in r.requests]
    assert [(f.thumb, f.comment, f.end_user_id) for f in said] == [(2, "wrong", "u-1"), (1, "", "")]
    assert not said[1].HasField("comment")
