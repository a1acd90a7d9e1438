"""Progress bars for the command line: one line per step, live on a terminal, one line at its end elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

Update = Callable[[float], None]  # a fraction, 0 to 1


class Steps:
    """Runs steps under a bar and remembers how long each took, in seconds."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, key: str, title: str) -> Iterator[Update]:
        """Show `title` with a bar that the yielded function moves; its seconds add up under `key`."""
        started = time.monotonic()
        columns = (
            TextColumn("{task.description}"),
            BarColumn(40),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeElapsedColumn(),
        )
        live = self.console.is_terminal
        with Progress(*columns, console=self.console, disable=not live, transient=True) as bars:
            bar = bars.add_task(title, total=1.0)
            yield lambda fraction: bars.update(bar, completed=fraction)
        took = time.monotonic() - started
        self.seconds[key] = self.seconds.get(key, 0) + took
        self.console.print(f"✓ {title} [dim]{took:.1f}s[/dim]")
