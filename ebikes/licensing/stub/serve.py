"""Running the stub: bind a port, say where, and stop at once when told to."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

SHUTDOWN_SECONDS = 0.1  # requests under way are not waited for


async def serve(app: web.Application, *, host: str, port: int, on_ready: Callable[[int], None]) -> None:
    """Serve until SIGTERM or SIGINT; `on_ready` gets the port (a free one for port 0). Raises OSError."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, backlog=1024).start()
        on_ready(runner.addresses[0][1])
        await stop.wait()
    finally:
        await runner.cleanup()


def write_port_file(path: Path, port: int) -> None:
    """Write the port so that a reader sees it whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(f"{port}\n", encoding="ascii")
    partial.replace(path)
