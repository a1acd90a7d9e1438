"""Letting somebody try again at once: what was counted under the name is forgotten, from wherever it was tried."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from core.accounts import lockout, own_password, second_factor
from core.accounts.throttle import forget, forget_about
from core.audit.record import Action, record
from core.models import Throttle, User
from core.staff.access import person
from core.staff.ask_first import Effect, Question, RequiredNoteForm, bound_to_what_was_seen


class NotOneself(Exception):
    """Somebody else lets a person try again."""


def unlock(user: User, *, by: User, note: str) -> int:
    """Forget wrong passwords and codes of this person; how many counters there were. Audited. Raises NotOneself.

    It opens nothing: the password and the second factor are asked for as before.
    """
    if user == by:
        raise NotOneself
    with transaction.atomic():
        count = forget_about(lockout.about(user.username)) + forget_about(second_factor.about(user))
        forget([own_password.OWN.key(str(user.pk))])
        record(Action.DECIDE, by=by, of=user, detail={"verb": "unlock", "note": note})
    return count


def is_counted(user: User) -> bool:
    """Whether something wrong was tried lately for this person."""
    about = [lockout.about(user.username), second_factor.about(user)]
    return Throttle.objects.filter(about__in=about).exists()


def unlock_question(chosen: QuerySet[User], request: HttpRequest) -> Question:
    """What is asked before these people may try again."""
    users, by = list(chosen.order_by("pk")), person(request)
    theirs = [user for user in users if user != by and is_counted(user)]

    def do(data: dict[str, Any]) -> str:
        for user in theirs:
            unlock(user, by=by, note=data["note"])
        return _("已解除 %s 人的登录限制。") % f"{len(theirs):,}"

    facts = [
        (_("将解除"), _("%s 人") % f"{len(theirs):,}"),
        (_("账号"), _("、").join(user.get_username() for user in theirs)),
        (_("没有限制，或是您本人"), _("%s 人") % f"{len(users) - len(theirs):,}"),
    ]
    if theirs:
        sentence = _("解除后可立即重新登录，密码和两步验证照常。")
        effect = Effect(sentence, facts, _("请先核实提出的确是本人；反复输错可能是有人在试密码。"))
    else:
        effect = Effect(_("所选账号都没有登录限制，或是您本人。"), facts[2:], possible=False)
    seen = "-".join(str(user.pk) for user in theirs)
    return Question(_("解除登录限制"), effect, do, bound_to_what_was_seen(RequiredNoteForm, seen))
