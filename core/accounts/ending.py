"""A system administrator ends somebody's sessions: for a lost phone, or a person who has left the desk."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from core.accounts import sessions
from core.models import User
from core.staff.access import person
from core.staff.ask_first import Effect, Question, RequiredNoteForm, bound_to_what_was_seen


def ending_question(chosen: QuerySet[User], request: HttpRequest) -> Question:
    """What is asked before these people are logged out everywhere."""
    by, now = person(request), timezone.now()
    theirs = [user for user in chosen.order_by("pk") if user != by]
    counts = [sessions.sessions_of(user, now=now).count() for user in theirs]

    def do(data: dict[str, Any]) -> str:
        ended = sum(sessions.end_all(user, by=by, note=data["note"]) for user in theirs)
        return _("已结束 %(people)s 人的 %(sessions)s 处登录。") % {"people": len(theirs), "sessions": ended}

    facts = [
        (_("账号"), _("、").join(user.get_username() for user in theirs)),
        (_("正在登录"), _("%s 处") % f"{sum(counts):,}"),
    ]
    effect = Effect(_("这些账号的登录全部结束，常用设备一并移除；本人可重新登录。"), facts)
    if not theirs:
        effect = Effect(_("您本人的登录，请在“登录与设备”里结束。"), possible=False)
    seen = "-".join(str(user.pk) for user in theirs)
    return Question(_("结束全部登录"), effect, do, bound_to_what_was_seen(RequiredNoteForm, seen))
