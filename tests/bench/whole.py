"""A whole district from files to decisions, ten times as large."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from ebikes.synthetic import write_district
from tests.bench.measure import RUNS, Comparison, compare, seconds

SMALL, TIMES = 3_500, 10


def whole_run(runs: int = RUNS) -> Iterator[Comparison]:
    """One row: `manage.py pack` on both, as a process of its own."""
    with tempfile.TemporaryDirectory(prefix="ebike-bench-") as folder:
        small, large = Path(folder) / "small", Path(folder) / "large"
        for pack, size in ((small, SMALL), (large, SMALL * TIMES)):
            write_district(pack, bikes=size * 5 // 4, trade_ins=size)
        pairs = [(_run(large) / TIMES, _run(small)) for _n in range(runs)]
    yield compare(
        "whole_run",
        f"a whole run with {SMALL * TIMES:,} trade-ins, a tenth of its time",
        f"the same with {SMALL:,}",
        "s",
        pairs,
        target=1.1,
        at_least=False,
    )


def _run(pack: Path) -> float:
    command = [sys.executable, "manage.py", "pack", str(pack), str(pack.parent / "out")]
    return seconds(lambda: subprocess.run(command, cwd=settings.BASE_DIR, check=True, capture_output=True))
