"""A service that explores in the shadow, in processes of its own, on the starter table."""

import time

import pytest
from pointsman import Client
from pointsman_service.demo.processes import free_port, service


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Where it is."""
    file, address = tmp_path_factory.mktemp("shadows") / "pointsman.toml", f"127.0.0.1:{free_port()}"
    port = address.rpartition(":")[2]
    exploration = '[exploration]\nmode = "shadow"\nusd_per_day = 5.0\n'
    file.write_text(f'[server]\nport = {port}\n[storage]\nfolder = "data"\n{exploration}')
    with service(file, address):
        yield address


def test_other_models_are_called_beside_answers_and_nobody_is_given_theirs(say, rows, address):
    """What callers are given was certain; statistics tell of the rest in a line of its own."""
    with Client(address) as client:
        given = [client.complete(f"What is {n} times 68?", max_cost_usd=3e-4) for n in range(4)]
    assert [d.decision.propensity for d in given] == [1.0] * 4
    give_up = time.monotonic() + 60.0
    while not (shadows := rows("stats", "total").get("shadows")) and time.monotonic() < give_up:
        time.sleep(0.2)  # it is another process: nothing here to await
    assert 1 <= shadows["call_count"] <= 4
    assert (shadows["failed_call_count"], rows("stats", "total")["call_count"]) == (0, 4)
    assert "calls in the shadow, which no tenant pays" in say("stats", "total")
