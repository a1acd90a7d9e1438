"""Resetting a second factor is asked about first: until another is set up, the password alone opens the account."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.accounts import second_factor
from core.models import Passkey, SecondFactor, User
from core.staff.ask_first import Effect, NoteForm, Question, bound_to_what_was_seen
from core.staff.base import StaffAdmin

MOST_NAMES = 20
LEFT: dict[str, str | Promise] = {
    "none": gettext_lazy("没有绑定过"),
    "own": gettext_lazy("您本人，须由另一位系统管理员重置"),
    "superuser": gettext_lazy("超级用户，须由超级用户重置"),
}


def reset_question(page: StaffAdmin, chosen: QuerySet[User], request: HttpRequest) -> Question:
    """What is asked before these people's devices are forgotten."""
    device = SecondFactor.objects.filter(user=OuterRef("pk")).values("pk")
    key = Passkey.objects.filter(user=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    users = list(chosen.annotate(codes=Subquery(device), key=Subquery(key)))
    obstacles = {user: _obstacle(page, user, request) for user in users}
    theirs = [user for user in users if not obstacles[user]]
    seen = "/".join(f"{user.codes}.{user.key}" for user in sorted(theirs, key=lambda user: user.pk))

    def do(data: dict[str, Any]) -> str:
        return _reset(page, theirs, data["note"], request)

    form = bound_to_what_was_seen(NoteForm, f"{seen}-{len(users)}")
    return Question(_("重置两步验证"), _effect(theirs, Counter(filter(None, obstacles.values()))), do, form)


def _obstacle(page: StaffAdmin, user: Any, request: HttpRequest) -> str:
    """Why this one is left alone; empty: it is not."""
    if user == request.user:
        return "own"
    if not page.has_change_permission(request, user):
        return "superuser"
    return "" if user.codes or user.key else "none"


def _effect(theirs: Sequence[User], left: Counter[str]) -> Effect:
    facts: list[tuple[str, object]] = []
    if theirs:
        names = _("、").join(user.get_username() for user in theirs[:MOST_NAMES])
        more = _("%s 等") % names if len(theirs) > MOST_NAMES else names
        facts = [(_("将重置"), _("%s 人") % f"{len(theirs):,}"), (_("账号"), more)]
    facts += [(_("不重置：%s") % LEFT[why], _("%s 人") % f"{n:,}") for why, n in sorted(left.items())]
    if not theirs:
        return Effect(_("所选账号都不能重置。"), facts, possible=False)
    return Effect(
        _("原来的验证设备、通行密钥和备用码作废，本人的登录全部结束，下次登录须重新绑定。"),
        facts,
        _("重新绑定之前，仅凭密码就能绑定新设备。请先核实提出重置的确是本人。"),
    )


def _reset(page: StaffAdmin, theirs: Sequence[User], note: str, request: HttpRequest) -> str:
    with transaction.atomic():
        done = [user for user in theirs if second_factor.reset(user)]
        for user in done:
            said = _("重置两步验证：%s") % note if note else _("重置两步验证")
            page.log_change(request, user, said)
    return _("已重置 %s 人的两步验证，本人须重新绑定。") % f"{len(done):,}"
