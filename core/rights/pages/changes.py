"""Changes of rights on the staff's pages: proposed, decided on; each asked about first."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.accounts.roles import title_of
from core.models import District, RightsChange, User
from core.rights import services
from core.rights.pages.forms import NewAccountForm, RolesForm
from core.staff.access import person, staff_page
from core.staff.ask_first import Effect, Question, RequiredNoteForm, ask_first

PROPOSE, DECIDE, CHANGE = "core.add_rightschange", "core.change_rightschange", "core.change_user"
Kind, State = RightsChange.Kind, RightsChange.State
REFUSALS: dict[type[Exception], str | Promise] = {
    services.NotYours: gettext_lazy(
        "由系统管理员提出、安全管理员确认；提出人不能自己确认，也不能办理自己的账号。"
    ),
    services.NotWaiting: gettext_lazy("这个账号已有变更等待确认，或这项变更已经办理。"),
    services.ClashingRoles: gettext_lazy("所选角色不能由同一人兼任。"),
    services.NotPossible: gettext_lazy(
        "账号的现状与所提变更不符：用户名已被占用，账号属于商户，或已是变更后的样子。"
    ),
}
EFFECTS: dict[str, str | Promise] = {
    Kind.NEW_ACCOUNT: gettext_lazy(
        "由安全管理员确认后开设账号。一次性密码分两半，您和确认人各看到一半，本人凭两半登录后须修改。"
    ),
    Kind.ROLES: gettext_lazy("由安全管理员确认后生效，并告知本人。勾选的是变更后的全部角色。"),
    Kind.REACTIVATE: gettext_lazy("由安全管理员确认后账号恢复使用。"),
    Kind.PASSWORD: gettext_lazy(
        "由安全管理员确认后原密码作废。一次性密码分两半，您和确认人各看到一半，本人凭两半登录后须修改。"
    ),
    Kind.SECOND_FACTOR: gettext_lazy(
        "由安全管理员确认后，原来的验证设备、通行密钥和备用码作废，本人须重新绑定。"
    ),
    Kind.UNLOCK: gettext_lazy("由安全管理员确认后，输错密码和验证码的次数重新计算。"),
}
TITLES: dict[str, str | Promise] = {
    "confirm": gettext_lazy("确认变更"),
    "decline": gettext_lazy("不同意变更"),
    "withdraw": gettext_lazy("撤回变更"),
}


def facts_of(change: RightsChange) -> list[tuple[str, object]]:
    """What a change is about, by name."""
    facts: list[tuple[str, object]] = [
        (_("事项"), change.get_kind_display()),
        (_("账号"), f"{change.full_name or ''} {change.username}".strip()),
    ]
    if change.kind == Kind.NEW_ACCOUNT and District.objects.only_one() is None:
        facts.append((_("所属区"), change.district or _("全市")))
    if change.kind in (Kind.NEW_ACCOUNT, Kind.ROLES):
        facts += [
            (_("变更前的角色"), _titles(change.roles_before)),
            (_("变更后的角色"), _titles(change.roles)),
        ]
    return [*facts, (_("事由"), change.note), (_("提出人"), change.proposed_by)]


def _titles(roles: list[str]) -> str:
    return _("、").join(map(title_of, roles)) or "—"


@never_cache
@require_http_methods(["GET", "POST"])
@staff_page(PROPOSE)
def propose_account(request: HttpRequest) -> HttpResponse:
    """Propose a new account."""
    return _propose(request, Kind.NEW_ACCOUNT, None)


@never_cache
@require_http_methods(["GET", "POST"])
@staff_page(PROPOSE)
def propose_change(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Propose a change of an account that is there."""
    if kind not in Kind.values or kind == Kind.NEW_ACCOUNT:
        raise Http404
    return _propose(request, Kind(kind), get_object_or_404(User, pk=pk))


def _propose(request: HttpRequest, kind: RightsChange.Kind, about: User | None) -> HttpResponse:
    by, halves = person(request), []
    back = reverse("admin:core_user_changelist") if about is None else _page_of(about)

    def do(told: dict[str, Any]) -> str:
        change, half = services.propose(kind=kind, by=by, now=timezone.now(), person=about, **told)
        halves.append((change, half))
        return _("已提出，等待安全管理员确认。")

    form: Any = NewAccountForm if about is None else RolesForm if kind == Kind.ROLES else RequiredNoteForm
    if about is not None and kind == Kind.ROLES:
        form = partial(RolesForm, initial={"roles": [group.name for group in about.groups.all()]})
    facts = [(_("账号"), f"{about} {about.username}")] if about else []
    effect = Effect(str(EFFECTS[kind]), facts)
    answer = ask_first(request, Question(kind.label, effect, do, form, REFUSALS, back)) or redirect(back)
    return _half(request, *halves[0], first=True) if halves and halves[0][1] else answer


@never_cache
@require_http_methods(["GET", "POST"])
@staff_page(PROPOSE, DECIDE)
def decide(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Ask, then confirm a change, turn it down, or take it back."""
    if verb not in TITLES:
        raise Http404
    change, by, halves = get_object_or_404(RightsChange, pk=pk), person(request), []
    if (verb == "withdraw") != (change.proposed_by_id == by.pk) or (
        verb != "withdraw" and not request.user.has_perm(DECIDE)
    ):
        raise PermissionDenied

    def do(told: dict[str, Any]) -> str:
        how = {"change": change, "by": by, "now": timezone.now(), "note": told["note"]}
        if verb == "confirm":
            halves.append(services.confirm(**how))
        elif verb == "decline":
            services.decline(**how)
        else:
            services.withdraw(**how)
        return _("%s：已办理。") % TITLES[verb]

    told = _("本人下次登录时会看到；涉及资金的事项须过一段时间才能办理。") if verb == "confirm" else ""
    waits = change.state == State.PROPOSED
    effect = Effect(told if waits else str(REFUSALS[services.NotWaiting]), facts_of(change), possible=waits)
    back = reverse("admin:core_rightschange_change", args=[change.pk])
    question = Question(TITLES[verb], effect, do, refusals=REFUSALS, back=back)
    answer = ask_first(request, question) or redirect(back)
    return _half(request, change, halves[0], first=False) if halves and halves[0] else answer


@require_http_methods(["GET", "POST"])
@staff_page(CHANGE)
def deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Shut somebody out, at once."""
    about, by = get_object_or_404(User, pk=pk), person(request)

    def do(told: dict[str, Any]) -> str:
        services.deactivate(person=about, by=by, now=timezone.now(), note=told["note"])
        return _("已停用。")

    sentence = _("账号立即停用，已登录的随即退出。恢复须由系统管理员提出、安全管理员确认。")
    facts = [(_("账号"), f"{about} {about.username}")]
    effect = Effect(sentence, facts, possible=about.is_active and about != by)
    question = Question(_("停用账号"), effect, do, RequiredNoteForm, REFUSALS, _page_of(about))
    return ask_first(request, question) or redirect(_page_of(about))


def _page_of(about: User) -> str:
    return reverse("admin:core_user_change", args=[about.pk])


def _half(request: HttpRequest, change: RightsChange, half: str, *, first: bool) -> HttpResponse:
    """Show half of a one-time password: in the answer to the form, once, and kept nowhere."""
    context = {**admin.site.each_context(request), "title": change.get_kind_display(), "change": change}
    return TemplateResponse(request, "core/rights/half.html", context | {"half": half, "first": first})
