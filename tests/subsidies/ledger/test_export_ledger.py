"""The export of a ledger, and the script by which an outsider verifies it: docs/check_ledger.py."""

import ast
import csv
import hashlib
import importlib.util
import io
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from subsidies.allocation.services.allocate import allocate
from subsidies.ledger.selectors.proof import COLUMNS
from subsidies.ledger.services.append import append_for_claims
from tests.console import lay_order, put_in
from tests.factories import NOW, UserFactory, local, make_claim, make_scheme, top_up

SCRIPT = Path(settings.BASE_DIR, "docs/check_ledger.py")


def _script():
    spec = importlib.util.spec_from_file_location("check_ledger", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


check_ledger = _script()


@pytest.fixture
def scheme(db):
    """Rows 1-10: funding, four reservations, two payments, a release, a return, a top-up with a Chinese reference."""
    scheme = make_scheme(budget_fen=200_000)
    for day in ("2022-06-10", "2022-06-11", "2022-07-10", "2022-08-10"):
        make_claim(scheme, completed_at=local(f"{day} 12:00:00"))
    allocate(scheme=scheme, now=NOW, by=UserFactory())
    first, second, third, _ = scheme.claims.order_by("pk")
    for kind, claim, state in (
        ("pay", first, "paid"),
        ("pay", second, "paid"),
        ("release", third, "cancelled"),
        ("return", second, "recovered"),
    ):
        if kind == "pay":
            lay_order(claim)
        append_for_claims(scheme=scheme, kind=kind, claim_ids=[claim.pk], by=None, now=NOW)
        put_in(claim, state)
    top_up(scheme, 5, ref='拱财〔2022〕7号 | "追加",\n第二行')
    scheme.refresh_from_db()
    return scheme


@pytest.fixture
def exported(scheme, tmp_path):
    path = tmp_path / "ledger.csv"
    call_command("export_ledger", str(path), "--scheme", scheme.code)
    return path


def run(*argv):
    """The script as an outsider runs it: without site-packages, outside the project."""
    return subprocess.run(
        [sys.executable, "-I", "-S", "-X", "utf8", str(SCRIPT), *map(str, argv)],
        cwd="/",
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def write(path, rows):
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    return path


# ------------------------------------------------------------------ the export


def test_an_honest_export_verifies_and_says_how_much_there_is(exported, scheme):
    done = run(exported, "--head", bytes(scheme.ledger_head).hex())
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "账目相符：共 10 行，拨入 200005 分，锁定 10000 分，发放 30000 分，可用 160005 分",
        f"末值 {bytes(scheme.ledger_head).hex()}",
    ]


def test_the_export_says_what_is_to_be_published(scheme, tmp_path, capsys):
    call_command("export_ledger", str(tmp_path / "ledger.csv"))
    assert capsys.readouterr().out == (
        f"{scheme.code}：已导出 10 行账目，末值 {bytes(scheme.ledger_head).hex()}\n"
    )


def test_the_export_has_numbers_and_no_names(exported, scheme):
    header, *rows = rows_of(exported)
    assert header == list(COLUMNS) == check_ledger.COLUMNS
    funded, reserved = rows[0], rows[1]
    claim = scheme.claims.order_by("pk").first()
    assert funded[:7] == [scheme.code, "1", "fund", "", "", "200000", "2022-09-20T01:00:00.000000Z"]
    assert reserved[2:6] == ["reserve", "1", str(claim.pk), "30000"]
    assert claim.owner.name not in exported.read_text(encoding="utf-8")


def test_the_scheme_of_today_is_exported_unless_another_is_named(scheme, tmp_path):
    newest = make_scheme(year=2023, budget_fen=7)
    path = tmp_path / "ledger.csv"
    call_command("export_ledger", str(path))
    assert [(row[0], row[5]) for row in rows_of(path)[1:]] == [(newest.code, "7")]


def test_each_schemes_export_is_a_chain_of_its_own(scheme, tmp_path):
    make_scheme(year=2023)
    path = tmp_path / "ledger.csv"
    call_command("export_ledger", str(path), "--scheme", scheme.code)
    assert run(path).returncode == 0


def test_more_rows_than_are_in_memory_at_once_arrive_in_order(exported, scheme, tmp_path, monkeypatch):
    monkeypatch.setattr("subsidies.ledger.selectors.proof._ROWS_AT_ONCE", 3)
    path = tmp_path / "in_threes.csv"
    call_command("export_ledger", str(path), "--scheme", scheme.code)
    assert path.read_bytes() == exported.read_bytes()


def test_an_unknown_scheme_is_refused(db, tmp_path):
    with pytest.raises(CommandError, match="没有这个方案"):
        call_command("export_ledger", str(tmp_path / "ledger.csv"), "--scheme", "nowhere")


def test_a_file_that_cannot_be_written_is_refused_in_one_line(scheme, tmp_path):
    with pytest.raises(CommandError, match="写不了文件"):
        call_command("export_ledger", str(tmp_path / "nowhere" / "ledger.csv"))


# ------------------------------------------------------------------ as an outsider runs it


def test_a_changed_row_is_named_and_the_exit_code_is_1(exported):
    rows = rows_of(exported)
    rows[3][5] = "20000"
    done = run(write(exported, rows))
    assert (done.returncode, done.stdout) == (1, "第 3 行有误：内容与链值不符：这一行被改动\n")


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (lambda rows: rows.pop(4), "第 4 行有误：序号是 5：第 4 号账目缺失(被删除)，或这一行的序号被改动"),
        (lambda rows: rows.insert(4, rows[3]), "第 4 行有误：序号是 3，与别的行重复：这一行是插入的"),
        (lambda rows: rows.insert(4, rows[8]), "第 4 行有误：序号是 8，与别的行重复：这一行是插入的"),
        (
            lambda rows: rows.insert(4, [*rows[4][:5], "1", *rows[4][6:]]),
            "第 4 行有误：内容与链值不符，后面还有一行序号也是 4：这一行是插入的",
        ),
        (
            lambda rows: rows.insert(4, rows.pop(7)),
            "第 4 行有误：序号是 7，第 4 号在后面：账目的次序被调换",
        ),
        (lambda rows: rows[4].pop(), "第 4 行有误：列数不对：这一行被改动"),
    ],
)
def test_it_says_whether_a_row_was_deleted_inserted_or_moved(exported, tamper, said):
    rows = rows_of(exported)
    tamper(rows)
    done = run(write(exported, rows))
    assert (done.returncode, done.stdout.strip()) == (1, said)


def test_a_cut_off_end_is_found_by_the_published_head_alone(exported, scheme):
    write(exported, rows_of(exported)[:-2])
    assert run(exported).returncode == 0
    done = run(exported, "--head", bytes(scheme.ledger_head).hex())
    assert done.returncode == 1
    assert done.stdout.startswith("第 8 行有误：这是末行，链值 ")
    assert "其后的账目被删去" in done.stdout


@pytest.mark.parametrize(
    "content",
    [None, b"", b"\xff\xfe\x00", b"a,b,c\n1,2,3\n", ",".join(COLUMNS).encode() + b'\n"a"b,1\n'],
    ids=["no such file", "empty", "not text", "other columns", "not CSV"],
)
def test_an_unreadable_file_has_exit_code_2(tmp_path, content):
    path = tmp_path / "ledger.csv"
    if content is not None:
        path.write_bytes(content)
    done = run(path)
    assert (done.returncode, done.stderr) == (2, "")
    assert done.stdout.startswith("文件无法读取：")


def test_a_file_saved_with_a_byte_order_mark_and_windows_line_ends_still_verifies(exported):
    lines = exported.read_bytes().replace(b"\ntest", b"\r\ntest")
    exported.write_bytes(b"\xef\xbb\xbf" + lines)
    assert run(exported).returncode == 0


def test_the_script_needs_python_3_9_and_its_standard_library_alone():
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 9))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names


# ------------------------------------------------------------------ every way to tamper


CLAIMS = ("fund", None, None, 100_000), *(("reserve", 1, n, 30_000) for n in (11, 12, 13))
STEPS = (
    *CLAIMS,
    ("pay", 1, 11, 30_000),
    ("release", 1, 12, 30_000),
    ("return", 1, 11, 30_000),
    ("fund", None, None, 9),
)


def chained(steps, *, start=1, ref="凭据"):
    """Rows as `export_ledger` writes them, with a chain that is right whatever they say."""
    head, rows = "00" * 32, []
    for seq, (kind, stage, claim, amount) in enumerate(steps, start):
        plain = [
            "test-1",
            seq,
            kind,
            stage,
            claim,
            amount,
            f"2022-09-20T01:00:0{seq % 10}.000000Z",
            7,
            3 if kind in {"fund", "cut"} else None,
            f"N{seq}" if kind == "pay" else "",
            "ab" * 32 if kind == "pay" else "",
            "2022-09-20T01:00:00.000000Z",
            ref,
        ]
        fields = ["" if value is None else str(value) for value in plain]
        hashed = hashlib.sha256(bytes.fromhex(head) + "|".join(fields).encode()).hexdigest()
        rows.append([*fields, head, hashed])
        head = hashed
    return rows


HONEST = chained(STEPS)
HEAD = HONEST[-1][-1]
positions = st.integers(0, len(HONEST) - 1)


def faulty_row(rows, head=None):
    """The number of the row that the script names, or None."""
    try:
        check_ledger.check(rows, head)
    except check_ledger.Fault as fault:
        return fault.args[0]
    return None


def test_the_rows_below_are_honest():
    count, sums, head = check_ledger.check(HONEST, HEAD)
    assert (count, sums, head) == (8, [100_009, 30_000, 0], HEAD)


@given(
    positions,
    st.integers(0, len(COLUMNS) - 1),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=70),
)
def test_any_field_of_any_row_that_was_changed_gives_the_row_away(at, column, text):
    rows = [list(row) for row in HONEST]
    rows[at][column] = text if text != rows[at][column] else text + "0"
    assert faulty_row(rows) == at + 1


def test_a_text_cannot_slip_from_one_column_into_the_next_under_the_same_hash():
    """The columns are hashed with bars between them; of those, only the reference may hold a bar itself."""
    rows = chained(STEPS, ref="甲|乙")
    rows[2][7:9] = ["7|甲", "乙"]
    assert faulty_row(rows) == 3
    assert faulty_row(chained(STEPS, ref="甲|乙")) is None


@given(st.integers(0, len(HONEST) - 2))
def test_any_row_that_was_deleted_is_missed_at_its_place(at):
    assert faulty_row(HONEST[:at] + HONEST[at + 1 :]) == at + 1


@given(positions, positions)
def test_any_copy_of_a_row_is_found_where_it_was_inserted(source, at):
    rows = [*HONEST[:at], HONEST[source], *HONEST[at:]]
    expected = at + 1 if source != at else at + 2  # a copy beside its original: the second of the two
    assert faulty_row(rows) == expected


@given(positions, st.sampled_from(["wrong hash", "wrong predecessor", "right hash"]))
def test_a_forged_row_is_found_at_its_place_or_by_the_one_after_it(at, forgery):
    before = HONEST[at][check_ledger.PREV]
    fields = [*HONEST[at][:5], "1", *HONEST[at][6 : check_ledger.PREV]]
    fields[2:5] = ["fund", "", ""]
    prev = "11" * 32 if forgery == "wrong predecessor" else before
    right = hashlib.sha256(bytes.fromhex(prev) + "|".join(fields).encode()).hexdigest()
    forged = [*fields, prev, "22" * 32 if forgery == "wrong hash" else right]
    rows = [*HONEST[:at], forged, *HONEST[at:]]
    assert faulty_row(rows) == (at + 2 if forgery == "right hash" else at + 1)


@given(st.lists(positions, min_size=2, max_size=2, unique=True))
def test_any_two_rows_that_changed_places_are_found_at_the_first(pair):
    first, second = sorted(pair)
    rows = list(HONEST)
    rows[first], rows[second] = rows[second], rows[first]
    assert faulty_row(rows) == first + 1


@given(st.integers(0, len(HONEST) - 1))
def test_any_cut_is_found_by_the_head(kept):
    assert faulty_row(HONEST[:kept]) is None
    assert faulty_row(HONEST[:kept], HEAD) == kept


@given(positions, st.integers(1, 10**9))
def test_a_chain_rewritten_from_any_row_on_is_found_by_the_head(at, amount):
    steps = [list(step) for step in STEPS]
    steps[at][3] += amount
    assert faulty_row(chained(steps), HEAD) is not None


# ------------------------------------------------------------------ money, where the chain itself is right

FUND, RESERVE = ("fund", None, None, 50_000), ("reserve", 1, 11, 30_000)
PAY, RELEASE, RETURN = (("pay", 1, 11, 30_000), ("release", 1, 11, 30_000), ("return", 1, 11, 30_000))


@pytest.mark.parametrize(
    "steps",
    [
        [FUND, PAY],
        [FUND, RELEASE],
        [FUND, RESERVE, RETURN],
        [FUND, RESERVE, RESERVE],
        [FUND, RESERVE, PAY, PAY],
        [FUND, RESERVE, PAY, RELEASE],
        [FUND, RESERVE, RELEASE, PAY],
        [FUND, RESERVE, RELEASE, RELEASE],
        [FUND, RESERVE, RELEASE, RESERVE],
        [FUND, RESERVE, PAY, RETURN, RETURN],
        [FUND, RESERVE, ("pay", 1, 11, 30_001)],
        [FUND, RESERVE, ("pay", 1, 11, 29_999)],
        [FUND, RESERVE, ("pay", 2, 11, 30_000)],
        [FUND, RESERVE, ("pay", 1, 12, 30_000)],
        [FUND, ("reserve", 1, None, 30_000)],
        [FUND, ("reserve", 1, 11, 50_001)],
        [FUND, RESERVE, ("reserve", 1, 12, 20_001)],
        [FUND, ("fund", None, None, 0)],
        [FUND, ("fund", None, None, -1)],
        [FUND, ("gift", None, None, 1)],
        [FUND, ("cut", None, None, 50_001)],
        [FUND, RESERVE, ("cut", None, None, 20_001)],
        [FUND, ("cut", None, None, 20_001), RESERVE],
        [FUND, ("cut", None, None, 0)],
        [RESERVE],
    ],
)
def test_money_that_is_paid_twice_or_was_never_there_is_named(steps):
    assert faulty_row(chained(steps)) == len(steps)
    assert faulty_row(chained(steps[:-1])) is None


def test_money_that_came_back_may_be_paid_to_the_same_claim_again():
    rows = chained([FUND, RESERVE, PAY, RETURN, RESERVE, PAY])
    assert check_ledger.check(rows)[1] == [50_000, 0, 30_000]


def test_money_that_came_back_may_be_given_to_the_next():
    rows = chained([FUND, RESERVE, PAY, RETURN, ("reserve", 1, 12, 50_000)])
    assert check_ledger.check(rows)[1] == [50_000, 50_000, 0]


def test_money_that_nobody_was_promised_may_be_taken_out():
    rows = chained([FUND, RESERVE, ("cut", None, None, 20_000), ("fund", None, None, 7)])
    assert check_ledger.check(rows)[1] == [30_007, 30_000, 0]


def test_a_chain_that_does_not_begin_at_row_1_is_refused():
    assert faulty_row(chained(STEPS, start=2)) == 1
