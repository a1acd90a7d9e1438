"""A file as the reader and the rules see it, without a database: what became of each row, and what is said of the file."""

from dataclasses import dataclass, field

from ebikes.importing.columns import Known, notes_on, validate
from ebikes.importing.layouts import LAYOUTS
from ebikes.importing.problems import UnreadableFile
from ebikes.importing.reader import open_table
from ebikes.importing.reading import Reading

USCC, POINT = "91330105MA28AAAABG", "GS-DB-0001"
KNOWN = Known(merchants=frozenset([USCC]), agent_points=frozenset([POINT]))


@dataclass
class Row:
    line: int
    values: dict
    problems: list[str]
    notes: list[str]
    columns: list[str] = field(default_factory=list)


@dataclass
class Read:
    rows: list[Row] = field(default_factory=list)
    reading: Reading | None = None
    failure: str = ""

    @property
    def accepted(self):
        return [row.line for row in self.rows if not row.problems]

    @property
    def only(self):
        """The one row that there is."""
        (row,) = self.rows
        return row


def record(number=1, **cells):
    """A sound row of trade-ins by its titles; all about the same made-up person."""
    return {
        "淘汰置换单号": f"ZH{number:08d}",
        "备案号牌": f"杭C{number:06d}",
        "车主姓名": "李试样",
        "证件类型": "居民身份证",
        "证件号码": "11010519491231002X",
        "手机号": "13812345678",
        "商户统一社会信用代码": USCC,
        "代办点编号": POINT,
        "注销时间": "2022-06-10 09:00:00",
        "回收时间": "2022-06-10 10:00:00",
        "购买时间": "2022-06-10 11:00:00",
        "上牌时间": "2022-06-10 12:00:00",
        "新车整车编码": f"12342{number:010d}",
        "新车号牌": f"浙C{number:06d}",
        **cells,
    }


def table(*records):
    """The header, and the cells of each record."""
    return [list(records[0]), *(list(each.values()) for each in records)]


def read(path, content, kind="trade_ins", **more):
    """Write a file and read it."""
    path.write_bytes(content)
    layout, found = LAYOUTS[kind], Read()
    try:
        with open_table(path, layout, limit_bytes=2**27, **more) as opened:
            for line, cells in opened.rows():
                values, problems = validate(layout, cells, KNOWN)
                notes = [] if problems else [note.kind for note in notes_on(layout, values)]
                columns = [problem.params.get("column", "") for problem in problems]
                found.rows.append(Row(line, values, [problem.kind for problem in problems], notes, columns))
            found.reading = opened.reading
    except UnreadableFile as error:
        found.failure = str(error)
    return found


def as_text(rows, mark=",", end="\n"):
    """Rows as CSV to the letter: nothing is quoted for you."""
    return "".join(mark.join("" if cell is None else str(cell) for cell in row) + end for row in rows)
