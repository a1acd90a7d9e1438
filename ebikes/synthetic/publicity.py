"""What a made-up regulator did to make the scheme known, at the figures of the half-year report."""

from datetime import date
from io import BytesIO

from PIL import Image

from core.privacy.proofs import Proof
from merchants.models import Publicity

Kind = Publicity.Kind
WHO = "拱墅区市场监管局"
# Kind, what, how many, where or by which account, from when.
DONE = (
    (Kind.LETTER_POSTER, "致备案非标电动自行车车主的一封信", 1_500, "住宅小区公告栏", date(2022, 5, 20)),
    (
        Kind.LETTER_POSTER,
        "致备案非标电动自行车车主的一封信",
        800,
        "电动自行车集中充电场所",
        date(2022, 5, 23),
    ),
    (Kind.POSTER, "淘汰置换补贴海报", 20_000, "销售商户和代办点", date(2022, 5, 25)),
    (Kind.CARD, "补贴申领温馨提示", 20_000, "销售商户和代办点", date(2022, 5, 25)),
    (Kind.WECHAT, "数字人民币补贴来了", 2, "拱墅发布", date(2022, 5, 28)),
    (Kind.WECHAT, "旧车换新这样办", 3, "平安拱墅发布", date(2022, 6, 2)),
    (Kind.WECHAT, "代办点名单和申领流程", 5, "拱墅市场监管", date(2022, 6, 6)),
    (Kind.VIDEO, "备案非标电动自行车补贴发放小视频", 1, "自编自演自导", date(2022, 6, 8)),
    (Kind.SCREEN, "补贴发放小视频滚动播放", 1, "武林银泰", date(2022, 6, 10)),
    (Kind.SCREEN, "补贴发放小视频滚动播放", 1, "嘉里中心", date(2022, 6, 10)),
)


def write_publicity() -> None:
    """The register, each with a picture as its proof."""
    picture = BytesIO()
    Image.new("RGB", (160, 120), (11, 107, 79)).save(picture, "PNG")
    for kind, title, count, channel, began_on in DONE:
        row = Publicity(kind=kind, title=title, count=count, channel=channel, began_on=began_on, done_by=WHO)
        row.attach(Proof(f"{title}.png", picture.getvalue()))
        row.save()
