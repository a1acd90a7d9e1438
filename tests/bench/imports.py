"""Importing a large file: against COPY of the finished rows, and against the library that most would take."""

import csv
import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import tablib
from django.conf import settings
from django.db import connection
from django.utils import timezone
from import_export import resources
from rich.console import Console

from config.local.progress import Steps
from config.local.scratch import copied_database, scratch_database
from config.packs.load import import_file
from core.database.owner import as_owner
from core.privacy.sealing import blind_index
from ebikes.importing.columns import Known, validate
from ebikes.importing.layouts import LAYOUTS
from ebikes.importing.pipeline import confirm_batch, read_file
from ebikes.importing.reader import open_table
from ebikes.importing.staging import known_to
from ebikes.models import ImportBatch, Owner, TradeIn
from ebikes.records.persons import name_index, number_index, person_index
from ebikes.synthetic import write_district
from merchants.models import AgentPoint, Merchant
from tests.bench.measure import RUNS, Comparison, Spread, compare, seconds

ROWS, BULK, ONE_BY_ONE = 100_000, 10_000, 1_500
KIND = ImportBatch.Kind.TRADE_INS
LIVE = (
    "ebikes_owner",
    "ebikes_tradein",
    "ebikes_importrow",
)  # what an import leaves, in the order of their keys
REGISTERS = (
    ("merchants.csv", ImportBatch.Kind.MERCHANTS),
    ("agent_points.csv", ImportBatch.Kind.AGENT_POINTS),
)
READER = """
import json, os, re, resource, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
from pathlib import Path
from django.utils import timezone
from ebikes.importing.pipeline import confirm_batch, read_file
batch = read_file(Path(sys.argv[1]), kind="trade_ins", by=None, now=timezone.now(), progress=lambda part: None)
confirm_batch(batch=batch, by=None, now=timezone.now())
# ru_maxrss of the process itself would still count the one that started it.
own = int(re.search("VmHWM:\\s+([0-9]+) kB", Path("/proc/self/status").read_text())[1])
peak = max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024
print(json.dumps({"rows": batch.rows_accepted, "mb": peak}))
"""


def imports(runs: int = RUNS) -> Iterator[Comparison]:
    """Three rows of the table about speed."""
    with tempfile.TemporaryDirectory(prefix="ebike-bench-") as folder, scratch_database() as _env:
        file = write_messy_file(Path(folder), rows=ROWS)
        times: list[tuple[float, float, float, float]] = []
        for _run in range(runs):
            with copied_database():
                ours = ROWS / seconds(lambda: _import(file))
                copied = ROWS / _copy_again()
            with copied_database():
                bulk = _library(file, BULK, bulk=True)
            with copied_database():
                default = _library(file, ONE_BY_ONE, bulk=False)
            times.append((ours, copied, bulk, default))
    what = f"import of {ROWS:,} messy rows: read, validated, encrypted, deduplicated, live"
    against = (
        ("import_copy", "COPY of the finished rows into the same tables", 1, 0.5),
        ("import_bulk", f"django-import-export, bulk, same validation ({BULK:,} rows)", 2, 6),
        ("import_default", f"django-import-export, default, same validation ({ONE_BY_ONE:,} rows)", 3, 60),
    )
    for key, other, column, target in against:
        pairs = [(run[0], run[column]) for run in times]
        yield compare(key, what, other, "rows/s", pairs, target=target, at_least=True)


def memory(runs: int = 1) -> Iterator[Comparison]:
    """Peak memory of one process, of ten times as many rows. Memory does not depend on what else runs: once will do."""
    with tempfile.TemporaryDirectory(prefix="ebike-bench-") as folder, scratch_database() as _env:
        small = write_messy_file(Path(folder), rows=ROWS)
        large = Path(folder) / "large.csv"
        _ten_times(small, large)
        pairs = [(_peak(large), _peak(small)) for _run in range(runs)]
    yield compare(
        "import_memory",
        f"peak memory of importing {10 * ROWS:,} rows",
        f"the same with {ROWS:,}",
        "MB",
        pairs,
        target=1.3,
        at_least=False,
        note="below 600 MB" if Spread.of([p[0] for p in pairs]).max < 600 else "ABOVE 600 MB",
    )


def write_messy_file(folder: Path, *, rows: int) -> Path:
    """Write one CSV file with the mistakes and habits of a made-up district; its registers are imported."""
    write_district(folder, bikes=rows * 11 // 10, trade_ins=rows)
    for name, kind in REGISTERS:
        import_file(folder / name, kind=kind, by=None, steps=Steps(Console(quiet=True)))
    path = folder / "all.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as handle:
        writer = csv.writer(handle)
        writer.writerow([column.title for column in LAYOUTS[KIND].columns])
        for file in sorted((folder / "trade_ins").iterdir()):
            with open_table(file, LAYOUTS[KIND], limit_bytes=2**30) as table:
                writer.writerows(
                    ["" if cell is None else cell for cell in cells] for _line, cells in table.rows()
                )
    return path


def _ten_times(small: Path, large: Path) -> None:
    """The same rows again and again, under numbers and plates of their own."""
    with (
        small.open(encoding="utf-8-sig", newline="") as source,
        large.open("w", newline="", encoding="utf-8") as to,
    ):
        header, *rows = csv.reader(source)
        writer = csv.writer(to)
        writer.writerow(header)
        keys = [column.key for column in LAYOUTS[KIND].columns]
        own = [keys.index(key) for key in ("record_no", "filing_plate_no", "digital_plate_no")]
        for copy in range(10):
            for row in rows:
                writer.writerow(
                    [f"{cell}{copy}" if n in own and cell else cell for n, cell in enumerate(row)]
                )


def _import(file: Path) -> None:
    batch = read_file(file, kind=KIND, by=None, now=timezone.now(), progress=lambda part: None)
    confirm_batch(batch=batch, by=None, now=timezone.now())


def _copy_again() -> float:
    """Take what the import left out of the tables, and time how long COPY needs to bring it back."""
    kept: dict[str, bytes] = {}
    with as_owner(), connection.cursor() as cursor:
        for table in LIVE:
            only = (
                " WHERE batch_id = (SELECT max(id) FROM ebikes_importbatch)"
                if table != "ebikes_owner"
                else ""
            )
            data = io.BytesIO()
            with cursor.copy(f"COPY (SELECT * FROM {table}{only}) TO STDOUT") as copy:
                for block in copy:
                    data.write(block)
            kept[table] = data.getvalue()
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"TRUNCATE {', '.join(LIVE)} CASCADE")
        cursor.execute("SET session_replication_role = origin")

        def bring_back() -> None:
            for table, data in kept.items():
                with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                    copy.write(data)

        return seconds(bring_back)


class _TradeInResource(resources.ModelResource):  # type: ignore[misc]
    """The library's way: a model instance per row, with our normalisers and rules before it."""

    known = Known()
    merchants: dict[str, Merchant]
    points: dict[str, AgentPoint]

    class Meta:
        model = TradeIn
        import_id_fields: ClassVar = ["record_no"]
        fields: ClassVar = ["record_no"]
        skip_diff = True
        force_init_instance = False

    def init_instance(self, row: Any = None) -> TradeIn:
        layout = LAYOUTS[KIND]
        values, problems = validate(layout, [row[column.title] for column in layout.columns], self.known)
        if problems:
            raise ValueError(problems[0].kind)
        whose = {"country": values["id_country"], "name": values["owner_name"]}
        index = person_index(values["id_kind"], number_index(values["id_no"]), **whose)
        owner, _new = Owner.objects.get_or_create(
            id_index=index,
            defaults={
                "number_index": number_index(values["id_no"]),
                "name": values["owner_name"],
                "name_index": name_index(values["owner_name"]),
                **{key: values[key] for key in ("id_kind", "id_no", "id_country")},
            },
        )
        indexed = {f"{k.removesuffix('_no')}_index": values[k] for k in ("phone", "wallet_no") if values[k]}
        plain = {
            k: v
            for k, v in values.items()
            if k not in ("id_kind", "id_no", "id_country", "merchant_uscc", "agent_point_no")
        }
        return TradeIn(
            **plain,
            **{name: blind_index(value, context=name) for name, value in indexed.items()},
            name_index=name_index(values["owner_name"]),
            owner=owner,
            merchant=self.merchants[values["merchant_uscc"]],
            agent_point=self.points[values["agent_point_no"]],
            content_index=blind_index(str(values), context="record_no"),
            received_at=timezone.now(),
        )


def _library(file: Path, count: int, *, bulk: bool) -> float:
    """Rows a second, on the first `count` rows of the file."""
    with file.open(encoding="utf-8-sig", newline="") as handle:
        header, *rows = (row for _n, row in zip(range(count + 1), csv.reader(handle), strict=False))
    resource_ = _TradeInResource()
    batch = ImportBatch(kind=KIND)
    resource_.known = known_to(batch)
    resource_.merchants = {m.uscc: m for m in Merchant.objects.all()}
    resource_.points = {p.point_no: p for p in AgentPoint.objects.all()}
    resource_._meta.use_bulk = bulk
    data = tablib.Dataset(*rows, headers=header)
    return count / seconds(lambda: resource_.import_data(data, dry_run=False, raise_errors=False))


def _peak(file: Path) -> float:
    """The largest of the processes that import the file, in MB."""
    with copied_database() as env:
        done = subprocess.run(
            [sys.executable, "-c", READER, str(file)],
            cwd=settings.BASE_DIR,
            env={**os.environ, **env, "UPLOAD_LIMIT_MB": "1000"},
            check=True,
            capture_output=True,
            text=True,
        )
    return float(json.loads(done.stdout)["mb"])
