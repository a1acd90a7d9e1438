"""What the two licensing systems know, read from their exports (CSV, UTF-8 with or without BOM).

e行在线: 备案号牌, 证件号码, 备案状态, 注销时间, 回收时间, 回收代办点编号.
云申领: 号牌, 整车编码, 证件号码, 上牌时间, 车辆类型.
Times are local (Asia/Shanghai), `YYYY-MM-DD HH:MM:SS`; an empty one is unknown to the system. Where a plate
stands twice, the later row is the current one.
"""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _

from core.shanghai import SHANGHAI

EXING_COLUMNS = ("备案号牌", "证件号码", "备案状态", "注销时间", "回收时间", "回收代办点编号")
YUNSHENLING_COLUMNS = ("号牌", "整车编码", "证件号码", "上牌时间", "车辆类型")

Row = tuple[str, ...]
Record = dict[str, str | None]


class BadWorld(Exception):
    """A file that cannot be loaded; the message is one line for the person who named it."""


@dataclass(frozen=True, slots=True)
class Register:
    """The rows of one system by plate, and how a row looks in its answers."""

    rows: Mapping[str, Row]
    show: Callable[[Row], Record]

    def look_up(self, plate: str) -> Record | None:
        """The record of a plate, ready for JSON."""
        row = self.rows.get(plate)
        return None if row is None else self.show(row)


@dataclass(frozen=True, slots=True)
class World:
    """Both registers."""

    exing: Register
    yunshenling: Register


def load_world(*, exing: Path, yunshenling: Path) -> World:
    """Read both files. Raises BadWorld."""
    return World(
        exing=Register(_read(exing, EXING_COLUMNS, times=(3, 4)), show_filing),
        yunshenling=Register(_read(yunshenling, YUNSHENLING_COLUMNS, times=(3,)), show_plate),
    )


def _read(path: Path, columns: tuple[str, ...], *, times: tuple[int, ...]) -> dict[str, Row]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(file)
            missing = [name for name in columns if name not in (lines.fieldnames or ())]
            if missing:
                raise BadWorld(
                    _("文件 %(path)s 缺少列：%(columns)s") % {"path": path, "columns": "、".join(missing)}
                )
            return {
                row[0]: row for row in (_row(line, columns, times, path, lines.line_num) for line in lines)
            }
    except OSError as error:
        raise BadWorld(_("无法读取文件 %(path)s：%(why)s") % {"path": path, "why": error.strerror}) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadWorld(_("文件 %(path)s 不是 UTF-8 编码的 CSV 表格") % {"path": path}) from error


def _row(
    line: dict[str, str | None], columns: tuple[str, ...], times: tuple[int, ...], path: Path, no: int
) -> Row:
    cells = [(line[name] or "").strip() for name in columns]
    try:
        for index in times:
            cells[index] = _local(cells[index])
    except ValueError as error:
        raise BadWorld(_("文件 %(path)s 第 %(line)s 行时间无法识别") % {"path": path, "line": no}) from error
    return tuple(cells)


def _local(cell: str) -> str:
    """`2022-06-01 10:46:17` as `2022-06-01T10:46:17+08:00`; nothing as nothing."""
    return datetime.fromisoformat(cell).replace(tzinfo=SHANGHAI).isoformat() if cell else ""


def show_filing(row: Row) -> Record:
    """A filing as e行在线 answers it."""
    plate, id_no, status, deregistered_at, collected_at, agent_point_no = row
    return {
        "plate": plate,
        "id_no": id_no,
        "status": status,
        "deregistered_at": deregistered_at or None,
        "collected_at": collected_at or None,
        "agent_point_no": agent_point_no or None,
    }


def show_plate(row: Row) -> Record:
    """A plate as 云申领 answers it."""
    plate, vehicle_code, id_no, plated_at, vehicle_kind = row
    return {
        "plate": plate,
        "vehicle_code": vehicle_code,
        "id_no": id_no,
        "plated_at": plated_at,
        "vehicle_kind": vehicle_kind,
    }
