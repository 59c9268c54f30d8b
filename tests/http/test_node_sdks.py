"""The Node SDKs of OpenAI and Anthropic: streaming, tools, structured output, errors. See node/ask.mjs."""

import asyncio
import json
import os
import shutil
from pathlib import Path

import pytest

NODE = Path(__file__).parent / "node"


def _left_out(why):
    """Left out where the machine cannot; where CI runs it fails."""
    told = f"{why}; left out: the Node SDKs of OpenAI and Anthropic"
    if os.environ.get("CI") == "true":
        pytest.fail(told)
    pytest.skip(told)


async def _run(*command, cwd):
    process = await asyncio.create_subprocess_exec(
        *command, cwd=cwd, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    told, _ = await process.communicate()
    return process.returncode, told.decode()


async def test_the_node_sdks_ask_stream_use_tools_and_read_structures(serve):
    """As `npm ci` installs them from the lock file."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        _left_out("node and npm are not on the PATH")
    if not (NODE / "node_modules" / "openai").exists():
        code, told = await _run(npm, "ci", "--no-audit", "--no-fund", cwd=NODE)
        if code:
            _left_out(f"npm ci failed: {told[-300:]}")
    async with serve() as service:
        code, told = await _run(node, "ask.mjs", f"http://{service.http_address}", cwd=NODE)
    assert code == 0, told
    assert len([json.loads(line) for line in told.splitlines()]) == 12
