"""Money is whole fen: told to the last fen, read to the last fen, and never divided or floated on the way."""

import ast
from decimal import Decimal

import pytest

from core.money import exact_yuan, plain_yuan, to_fen, yuan, yuan_and_fen
from tests.core.shipped import lines_where, modules_where


@pytest.mark.parametrize(
    ("fen", "short", "long", "plain"),
    [
        (0, "0", "0.00", "0.00"),
        (1, "0.01", "0.01", "0.01"),
        (5, "0.05", "0.05", "0.05"),
        (30_000, "300", "300.00", "300.00"),
        (123_450, "1,234.50", "1,234.50", "1234.50"),
        (123_400, "1,234", "1,234.00", "1234.00"),
        (-30_050, "-300.50", "-300.50", "-300.50"),
        (9_007_199_254_740_993, "90,071,992,547,409.93", "90,071,992,547,409.93", "90071992547409.93"),
    ],
)
def test_an_amount_is_told_to_the_last_fen(fen, short, long, plain):
    assert (yuan(fen), yuan_and_fen(fen), plain_yuan(fen)) == (short, long, plain)


@pytest.mark.parametrize("fen", [0, 1, -7, 123_450, 9_007_199_254_740_993])
def test_what_is_told_is_read_back_as_it_was(fen):
    assert to_fen(exact_yuan(fen)) == to_fen(Decimal(plain_yuan(fen))) == fen


@pytest.mark.parametrize(
    "text",
    [
        "0.001",
        "1.00000000000000000000000000001",
        "NaN",
        "Infinity",
        "9e999999",
        "1e900000",
        "92233720368547758.08",
    ],
)
def test_what_is_no_whole_number_of_fen_is_refused(text):
    with pytest.raises(ValueError, match="fen"):
        to_fen(Decimal(text))


def offends(node):
    """Whether it divides money, or makes a float of it: a name is money where it is `fen` or ends in `_fen`."""
    match node:
        case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
            return _is_money(node)
        case ast.BinOp(op=ast.FloorDiv() | ast.Mod(), left=left, right=ast.Constant()):
            return _is_money(left)  # by a number it is yuan, and the fen are lost; by an amount, a count
        case ast.Call(func=ast.Name(id="float" | "Decimal")):
            return any(map(_is_money, node.args))
        case ast.FormattedValue(format_spec=ast.JoinedStr(values=[ast.Constant(value=str(form))])):
            return form.endswith(("f", "e", "g", "%")) and _is_money(node.value)
    return False


def _is_money(tree):
    names = (getattr(node, "id", getattr(node, "attr", "")) for node in ast.walk(tree))
    return any(name == "fen" or name.endswith("_fen") for name in names)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("told = claim.amount_fen / 100", True),
        ("told = 3 * amount_fen / days", True),
        ("told = amount_fen // 100", True),
        ("rest = amount_fen % 100", True),
        ("told = float(stage.cap_fen)", True),
        ("told = Decimal(fen) / 100", True),
        ("told = f'{price_fen:.2f}'", True),
        ("left_fen /= 2", True),
        ("count = left_fen // stage.amount_fen", False),
        ("told = f'{yuan(price_fen)} {count:.2f}'", False),
        ("share = done / total", False),
    ],
)
def test_money_that_is_divided_is_found(line, found):
    assert bool(lines_where(offends, f"import x\n{line}\n")) is found


def test_no_shipped_module_divides_money_or_makes_a_float_of_it():
    assert modules_where(offends, home="core/money.py") == {}
