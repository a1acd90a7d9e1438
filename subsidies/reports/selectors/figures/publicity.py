"""What was done to make the scheme known, kind by kind."""

from django.utils.translation import gettext_lazy as _

from core.audit.as_was import as_was, came_later
from merchants.models import Publicity
from subsidies.reports.selectors.figures.figure import Figure, Scope, rows_of

Kind = Publicity.Kind
# Their names in the template, and what each counts.
WORDS = {
    Kind.LETTER_POSTER: ("信件海报", _("期内开始张贴的信件式海报份数之和。")),
    Kind.POSTER: ("宣传海报", _("期内开始张贴的宣传海报份数之和。")),
    Kind.CARD: ("提示卡片", _("期内开始发放的温馨提示卡份数之和。")),
    Kind.WECHAT: ("公众号推送", _("期内微信公众号推送的篇数之和。")),
    Kind.VIDEO: ("宣传视频", _("期内完成的宣传视频部数之和。")),
    Kind.SCREEN: ("商圈屏幕", _("期内开始播放的商圈数字屏处数之和。")),
    Kind.NEWS: ("媒体报道", _("期内媒体报道的篇数之和。")),
    Kind.OTHER: ("其他宣传", _("期内其他宣传的项数之和。")),
}


def publicity(scope: Scope) -> list[Figure]:
    """The sum of each kind that began in the period; what was corrected later counts as it was told then."""
    done = Publicity.objects.filter(scope.within("began_on")).annotate(
        then=as_was(Publicity, "count", scope.end)
    )
    late = came_later(Publicity, scope.end)
    return [
        Figure(
            f"publicity-{kind.replace('_', '-')}",
            word,
            kind.label,
            meaning,
            rows_of(
                done.filter(kind=kind), label="title", day="began_on", note="channel", value="then", late=late
            ),
        )
        for kind, (word, meaning) in WORDS.items()
    ]
