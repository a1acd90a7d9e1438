"""Loading a district: its scheme, its registers, its trade-in files, each through the one import pipeline."""

import json
from pathlib import Path

from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _

from config.local.progress import Steps
from core.models import User
from ebikes.importing.pipeline import read_file
from ebikes.models import ImportBatch
from subsidies.intake.services.confirm_import import confirm_import
from subsidies.models import Scheme
from subsidies.schemes.plans import SchemePlan
from subsidies.schemes.services.create import create_scheme, open_scheme

REGISTERS = (
    ("merchants.csv", ImportBatch.Kind.MERCHANTS),
    ("agent_points.csv", ImportBatch.Kind.AGENT_POINTS),
    ("filed_bikes.csv", ImportBatch.Kind.FILED_BIKES),
)


class NotADistrict(ValueError):
    """The folder does not hold a district pack; the message says what is missing or wrong."""


def load_scheme(path: Path, *, people: tuple[User, User | None]) -> Scheme:
    """Create the scheme that a file says, or `scheme.json` in a folder. Raises NotADistrict.

    `people`: who proposes it and its first money, and who approves that at once; without the second it waits.
    """
    if path.is_dir():
        path /= "scheme.json"
    if not path.is_file():
        raise NotADistrict(_("没有方案文件：%s") % path)
    try:
        plan = SchemePlan.from_json(json.loads(path.read_text(encoding="utf-8")))
        proposer, approver = people
        if approver is None:
            return create_scheme(plan, by=proposer, now=timezone.now())
        return open_scheme(plan, by=proposer, approved_by=approver, now=timezone.now())
    except (ValueError, KeyError, TypeError, AttributeError, DatabaseError) as error:
        raise NotADistrict(_("scheme.json 不是有效的方案：%s") % str(error).partition("\n")[0]) from error


def load_registers(folder: Path, *, by: User | None, steps: Steps) -> None:
    """Import the merchants, agent points and filed bikes. Raises NotADistrict where a file is missing."""
    for name, kind in REGISTERS:
        if not (folder / name).is_file():
            raise NotADistrict(_("%(folder)s 中没有 %(name)s") % {"folder": folder, "name": name})
        import_file(folder / name, kind=kind, by=by, steps=steps)


def load_trade_ins(folder: Path, *, by: User | None, steps: Steps) -> list[ImportBatch]:
    """Import the trade-in files in the order of their names. Raises NotADistrict where there are none."""
    files = sorted(p for p in (folder / "trade_ins").glob("*") if p.is_file() and not p.name.startswith("."))
    if not files:
        raise NotADistrict(_("%s/trade_ins 中没有文件") % folder)
    return [import_file(p, kind=ImportBatch.Kind.TRADE_INS, by=by, steps=steps) for p in files]


def import_file(path: Path, *, kind: str, by: User | None, steps: Steps) -> ImportBatch:
    """Read, preview and confirm one file. Raises NotADistrict with the pipeline's sentence where it cannot be read."""
    with steps.step("import", _("导入 %s") % path.name) as update:
        # The console sends it, so whoever confirms is another, however large it is.
        batch = read_file(path, kind=kind, by=None, now=timezone.now(), progress=update)
        if batch.state == ImportBatch.State.FAILED:
            raise NotADistrict(f"{path.name}: {batch.failure}")
        confirm_import(batch=batch, by=by, now=timezone.now())
    return batch
