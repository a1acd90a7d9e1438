"""Made-up people, shops and numbers whose check digits are right."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章"
GIVEN = "安邦晨辰丹栋芳峰海涵昊佳建洁静俊凯兰磊莉丽林玲梅敏明宁萍琪倩青蓉瑞珊诗思涛婷文欣雪妍雅宇雨源哲志子"
SUBDISTRICTS = (
    *("米市巷", "湖墅", "小河", "和睦", "拱宸桥", "大关", "上塘", "祥符", "半山"),
    *("康桥", "天水", "武林", "长庆", "潮鸣", "朝晖", "文晖", "东新", "石桥"),
)
BRANDS = ("雅迪", "爱玛", "台铃", "绿源", "新日", "小牛", "九号", "金箭", "立马", "小刀")
AREAS = (
    "330102",
    "330103",
    "330105",
    "330106",
    "330108",
    "330110",
    "330113",
    "330624",
    "341125",
    "362326",
    "411523",
)
PHONE_STARTS = ("134", "135", "137", "139", "150", "158", "177", "182", "186", "189")
OLDEST = date(1948, 1, 1)
ADULT_DAYS = 20_400  # births end in November 2003
USCC_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@dataclass(frozen=True, slots=True)
class Person:
    """An owner: name, resident ID, mobile number, digital-yuan wallet (none for those who are paid by phone)."""

    name: str
    id_no: str
    phone: str
    wallet_no: str


class Registry:
    """Draws people and numbers, each number once."""

    def __init__(self, rnd: Random) -> None:
        self.rnd = rnd
        self._serials: dict[str, int] = {}

    def begin_at(self, serials: dict[str, int]) -> None:
        """Draw phones, wallets and codes from here on, where another registry does not reach."""
        self._serials.update(serials)

    def person(self, *, born: date | None = None) -> Person:
        """Somebody new; of a birthday that is given, or of any."""
        rnd = self.rnd
        name = rnd.choice(SURNAMES) + "".join(rnd.choices(GIVEN, k=1 if rnd.random() < 0.25 else 2))
        born = born or OLDEST + timedelta(days=rnd.randrange(ADULT_DAYS))
        phone = f"{rnd.choice(PHONE_STARTS)}{self._next('phone', 100_000_000):08}"
        wallet = (
            f"00{self._next('wallet', 10**10):010}{rnd.randrange(1000, 9999)}" if rnd.random() < 0.7 else ""
        )
        return Person(name, self._id_no(born), phone, wallet)

    def _id_no(self, born: date) -> str:
        """The serial runs within area and birthday, so no number is drawn twice."""
        front = self.rnd.choice(AREAS) + born.strftime("%Y%m%d")
        serial = self._serials[front] = self._serials.get(front, self.rnd.randrange(900)) + 1
        body = f"{front}{serial % 1000:03}"
        return body + mod_11_2.calc_check_digit(body)

    def merchant_code(self) -> str:
        body = self.rnd.choice(("91", "92")) + self.rnd.choice(("330105", "330103"))
        body += "".join(self.rnd.choices(USCC_LETTERS, k=9))
        return body + uscc.calc_check_digit(body)

    def vehicle_code(self) -> str:
        """15 digits, the fifth a 2 (GB 17761-2018)."""
        return f"{self.rnd.randrange(1000, 9999)}2{self.rnd.choice(('21', '22'))}{self._next('vehicle', 10**8):08}"

    def digital_plate(self) -> str:
        number = self._next("plate", 30**4)
        letters = "0123456789ABCDEFGHJKLMNPQRSTUV"
        tail = "".join(letters[number // 30**i % 30] for i in range(4))
        return f"浙A{self.rnd.choice('0123456789')}{self.rnd.choice(letters)}{tail}"

    def _next(self, kind: str, size: int) -> int:
        """Walk a range with a stride that visits every number once and looks drawn."""
        step = self._serials[kind] = self._serials.get(kind, 0) + 1
        return step * 7_919 % size
