"""The states of a scheme and the steps between them: the table that Python and PostgreSQL (`sql/steps.sql`) obey."""

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class SchemeState(models.TextChoices):
    """Where a scheme stands. Its first approved change opens it; confirmed steps do the rest."""

    DRAFT = "draft", _("草案")
    OPEN = "open", _("受理中")
    SUSPENDED = "suspended", _("已暂停")
    CLOSED = "closed", pgettext_lazy("scheme", "已结束")
    ARCHIVED = "archived", _("已归档")


class StepKind(models.TextChoices):
    """What two people do with a scheme that is open, or was."""

    SUSPEND = "suspend", _("暂停受理")
    RESUME = "resume", _("恢复受理")
    CLOSE = "close", _("结束方案")
    REOPEN = "reopen", _("撤销结束")
    ARCHIVE = "archive", _("归档")
    RESTORE = "restore", _("取消归档")


S = SchemeState

STEPS: dict[StepKind, dict[SchemeState, SchemeState]] = {
    StepKind.SUSPEND: {S.OPEN: S.SUSPENDED},
    StepKind.RESUME: {S.SUSPENDED: S.OPEN},
    StepKind.CLOSE: {S.OPEN: S.CLOSED, S.SUSPENDED: S.CLOSED},
    StepKind.REOPEN: {S.CLOSED: S.SUSPENDED},
    StepKind.ARCHIVE: {S.CLOSED: S.ARCHIVED},
    StepKind.RESTORE: {S.ARCHIVED: S.CLOSED},
}

# What a state means for whoever asks for money, in a sentence; none where all goes its way.
SAID: dict[SchemeState, str | Promise] = {
    S.DRAFT: _("方案尚未开放，不受理申请。"),
    S.SUSPENDED: _("方案已暂停：不受理新的申请，暂不分配补贴；已提交的申请继续核验，已锁定的补贴照常发放。"),
    S.CLOSED: _("方案已结束，不再受理申请，也不再分配补贴；已锁定的补贴照常发放。"),
    S.ARCHIVED: _("方案已归档，只供查阅。"),
}


def steps_from(state: str) -> list[StepKind]:
    """The steps that lead out of a state."""
    return [kind for kind, moves in STEPS.items() if state in moves]
