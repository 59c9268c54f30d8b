"""service/HTTP.md's examples run as written; its tables name what there is."""

import asyncio
import json
import re
import shutil
from pathlib import Path

import pytest
from pointsman_service.http.error_table import ERROR_TABLE

PAGE = Path(__file__).resolve().parents[2] / "service" / "HTTP.md"
EXAMPLES = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


async def _ran(command, **variables):
    told = "".join(f"{name}={value}\n" for name, value in variables.items())
    process = await asyncio.create_subprocess_exec(
        *("bash", "-ec", told + command), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, trouble = await process.communicate()
    assert process.returncode == 0, trouble.decode()
    return out.decode()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on the PATH; left out: HTTP.md's examples")
async def test_every_example_runs_as_written(serve):
    """Against the starter recording; each answers without an error, and feedback finds the first answer."""
    async with serve(replay={"table": "starter"}) as service:
        url, answer_id = f"http://{service.http_address}", ""
        for example in EXAMPLES:
            told = await _ran(example, URL=url, ID=answer_id)
            assert told
            assert '"error":{"message"' not in told, f"{example}\n{told}"
            if told.startswith('{"id":"chatcmpl-'):
                answer_id = json.loads(told)["id"]
    assert len(EXAMPLES) >= 7


def test_every_error_code_is_in_the_table():
    """But those of defects and of paths."""
    page = PAGE.read_text()
    assert [e.code for e in ERROR_TABLE.values() if f"`{e.code}`" not in page] == ["internal_error"]
