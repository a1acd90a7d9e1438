"""核对补贴账目的导出文件。只需 Python 3.9 以上，不需要安装本系统。

用法：python check_ledger.py ledger.csv [--head 公布的末值，或任何一天的链头文件]
退出码：0 相符，1 有误(指出第一处有误的行),2 文件无法读取。
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import sys
from collections.abc import Iterable, Iterator

COLUMNS = [
    "scheme",
    "seq",
    "kind",
    "stage",
    "claim",
    "amount_fen",
    "at",
    "by",
    "change",
    "order",
    "payee",
    "recorded_at",
]
COLUMNS += ["ref", "prev_hash", "hash"]
COVERED = 13  # 链值覆盖前十三列，以 | 相连；链值 = SHA-256(前一行链值 + 这十三列)，首行的前值为 32 个零字节
REF, PREV, HASH = 12, 13, 14
FOLLOWS = {  # 每笔资金(同一申请、同一凭据)的先后步骤；退回的款项可以重新锁定；追回按收款逐笔记账
    "reserve": (None, "return"),
    "release": ("reserve",),
    "pay": ("reserve",),
    "return": ("pay",),
    "recover": (None,),
}
MOVES = {  # 拨入(减去调减)、锁定、发放三个合计各加减多少
    "fund": (1, 0, 0),
    "cut": (-1, 0, 0),
    "reserve": (0, 1, 0),
    "release": (0, -1, 0),
    "pay": (0, -1, 1),
    "return": (0, 0, -1),
    "recover": (0, 0, -1),
}

Steps = dict[tuple[str, str], tuple[str, str, str]]  # 申请和凭据：最近一步、阶段、金额


class Fault(Exception):
    """第一处有误的行(从 1 数起，不含表头)和错在哪里。"""


def out_of_turn(n: int, row: list[str], rest: Iterator[list[str]]) -> str:
    """第 n 行的位置上是另一个序号：看后文，分清缺失、插入和换位。"""
    later = [other[1] for other in rest if len(other) > 1]
    if row[1] in later or (row[1].isdecimal() and int(row[1]) < n):
        return f"序号是 {row[1]}，与别的行重复：这一行是插入的"
    if str(n) in later:
        return f"序号是 {row[1]}，第 {n} 号在后面：账目的次序被调换"
    return f"序号是 {row[1]}：第 {n} 号账目缺失(被删除)，或这一行的序号被改动"


def check_chain(n: int, row: list[str], head: str, rest: Iterator[list[str]]) -> None:
    """序号不间断，前值是前一行的链值，链值与内容相符。"""
    if len(row) != len(COLUMNS):
        raise Fault(n, "列数不对：这一行被改动")
    if any("|" in field for field in row[2:REF]):
        raise Fault(n, "ref 以外的列含有 |:这一行被改动")
    if row[1] != str(n):
        raise Fault(n, out_of_turn(n, row, rest))
    payload = "|".join(row[:COVERED]).encode("utf-8")
    if row[HASH] == hashlib.sha256(bytes.fromhex(head) + payload).hexdigest() and row[PREV] == head:
        return
    if any(len(other) > 1 and other[1] == row[1] for other in rest):
        raise Fault(n, f"内容与链值不符，后面还有一行序号也是 {n}：这一行是插入的")
    if row[PREV] != head:
        raise Fault(n, "接不上前一行：前一行被改写，或这一行被改动")
    raise Fault(n, "内容与链值不符：这一行被改动")


def check_money(n: int, row: list[str], steps: Steps, paid: dict[str, int], sums: list[int]) -> None:
    """一笔资金先锁定，再释放或发放，发放后才可能退回，金额始终是锁定的金额；追回不超过发放；可用余额不为负。"""
    kind, stage, claim, amount = row[2:6]
    if kind not in MOVES or not (amount.isascii() and amount.isdigit()) or int(amount) == 0:
        raise Fault(n, f"类别 {kind} 或金额 {amount} 不合规定")
    if kind not in ("fund", "cut"):
        before, *money = steps.get((claim, row[REF])) or (None, stage, amount)
        paid[claim] = paid.get(claim, 0) + MOVES[kind][2] * int(amount)
        rest = kind == "return" and int(amount) < int(money[1]) and paid[claim] == 0  # 其余已追回
        if not claim or before not in FOLLOWS[kind] or money[0] != stage or (money[1] != amount and not rest):
            done = f"申请 {claim} 此前的一步是 {before or '无'}"
            raise Fault(n, f"{done}，不能再 {kind} {amount} 分：资金为负或超出锁定")
        if paid[claim] < 0:
            raise Fault(n, f"申请 {claim} 退回和追回的多于发放的")
        steps[claim, row[REF]] = (sys.intern(kind), sys.intern(stage), sys.intern(money[1]))
    for i, sign in enumerate(MOVES[kind]):
        sums[i] += sign * int(amount)
    if sums[0] < sums[1] + sums[2]:
        raise Fault(n, f"可用余额为负：拨入 {sums[0]} 分，锁定加发放 {sums[1] + sums[2]} 分")


def heads_in(path: str) -> dict[str, tuple[int, str]]:
    """链头文件所载：方案代码、到第几行、那一行的链值。签名另用公钥和支持 SM2 的工具验证。"""
    told: dict[str, tuple[int, str]] = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line == "--\n":
                return told
            if line.startswith("ledger "):
                _, seq, head, code = line.rstrip("\n").split(" ", 3)
                told[code] = int(seq), head
    raise ValueError("不是链头文件")


def check_against(n: int, row: list[str], published: dict[str, tuple[int, str]]) -> None:
    """链头文件签名时的那一行，至今仍是那一行。"""
    seq, head = published.get(row[0], (0, ""))
    if n == seq and row[HASH] != head:
        raise Fault(n, f"链值 {row[HASH]} 与公布的链头不同：这一行或此前的账目在公布以后被改写过")


def check(
    lines: Iterable[list[str]], published: str | dict[str, tuple[int, str]] | None = None
) -> tuple[int, list[int], str]:
    """核对各行(不含表头)；返回行数、三个合计和末值，有误则抛出 Fault。`published`：末值，或链头文件所载。"""
    signed = published if isinstance(published, dict) else {}
    code = ""
    n, head, sums, rows = 0, "00" * 32, [0, 0, 0], iter(lines)
    steps: Steps = {}
    paid: dict[str, int] = {}
    for n, row in enumerate(rows, 1):
        check_chain(n, row, head, rows)
        check_money(n, row, steps, paid, sums)
        check_against(n, row, signed)
        head, code = row[HASH], row[0]
    if signed and signed.get(code, (n + 1,))[0] > n:
        raise Fault(n, "这是末行，公布的链头却已经记到后面，或没有这个方案：账目被删去过")
    if isinstance(published, str) and published.strip().lower() != head:
        raise Fault(n, f"这是末行，链值 {head} 与公布的末值不同：其后的账目被删去或加过，或整个账目被重写")
    return n, sums, head


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file")
    parser.add_argument("--head", help="公布的末值(64 位十六进制)，或公布的链头文件")
    options = parser.parse_args()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # 写不出中文的终端
    try:
        with open(options.file, encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, strict=True)
            if next(rows, None) != COLUMNS:
                raise ValueError("表头应为 " + ",".join(COLUMNS))
            told = options.head
            if told and not (
                len(told.strip()) == 64 and set(told.strip().lower()) <= set("0123456789abcdef")
            ):
                told = heads_in(told)
            n, (funded, reserved, paid), head = check(rows, told)
    except Fault as fault:
        print("第 {} 行有误：{}".format(*fault.args))
        return 1
    except (OSError, ValueError, csv.Error) as error:
        print(f"文件无法读取：{error}")
        return 2
    left = funded - reserved - paid
    print(f"账目相符：共 {n} 行，拨入 {funded} 分，锁定 {reserved} 分，发放 {paid} 分，可用 {left} 分")
    print(f"末值 {head}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
