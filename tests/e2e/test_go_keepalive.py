"""grpc-go with the keepalive that teams set behind load balancers; it takes 75 seconds, nearly all of them waiting."""

import asyncio
from pathlib import Path

GO = Path(__file__).parent / "go"


async def succeeds(*command, seconds):
    """Run it to its end; what it printed. Fails with all of that where it fails."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=GO, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        printed, _ = await asyncio.wait_for(process.communicate(), seconds)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, printed.decode()
    return printed.decode()


async def test_keepalive_of_ten_seconds_keeps_idle_connections_watches_and_slow_calls(serve, tool, tmp_path):
    """No GOAWAY in 75 s: with gRPC's default the watch was lost after 30 s and the call after 50."""
    go = tool("go", "grpc-go with keepalive every 10 s holds connections for 75 s")
    program = tmp_path / "keepalive"
    await succeeds(go, "build", "-o", str(program), "./keepalive", seconds=300)
    async with serve(replay={"latency": 60_000}, learner={"enabled": False}) as service:
        assert await succeeds(str(program), service.address, seconds=150) == "held\n"
