"""A change of what somebody may do, made by two people."""

from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.districts.models import DistrictKey
from core.privacy.sealing import DrawnIdField, SealedField


class RightsChangeQuerySet(models.QuerySet["RightsChange"]):
    """Changes as they are asked for."""

    def waiting(self) -> Self:
        """Those that nobody has decided on."""
        return self.filter(state=RightsChange.State.PROPOSED)

    def newest_roles(self) -> Self:
        """Of each person the last one that said which roles it holds."""
        gave = self.filter(state=RightsChange.State.CONFIRMED, kind__in=RightsChange.GIVES_ROLES)
        return gave.order_by("person", "-decided_at").distinct("person")


class RightsChange(models.Model):
    """One change of one account, proposed by a system administrator and confirmed by a security administrator.

    `person` is nobody yet where an account is proposed: then `username` and `full_name` say whose it will be. `roles` are
    those that the person has afterwards (of a new account, of a change of roles), `roles_before` those held when it was
    proposed. `half` is the proposer's half of a one-time password, sealed, and gone once somebody has decided.
    A `first` one is laid by the owner of the tables (`first.py`) and names nobody beside its person. Times are the
    database's. `sql/rights.sql` holds its moves and its people, and lets no right come by another way.
    """

    class Kind(models.TextChoices):
        FIRST = "first", _("最初设立")
        NEW_ACCOUNT = "new_account", _("新开账号")
        ROLES = "roles", _("变更角色")
        REACTIVATE = "reactivate", _("恢复账号")
        PASSWORD = "password", _("重置密码")
        SECOND_FACTOR = "second_factor", _("重置两步验证")
        UNLOCK = "unlock", _("解除登录限制")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待他人确认")
        CONFIRMED = "confirmed", _("已确认")
        DECLINED = "declined", _("未同意")
        WITHDRAWN = "withdrawn", _("已撤回")

    WITH_PASSWORD: ClassVar = (Kind.NEW_ACCOUNT, Kind.PASSWORD)
    GIVES_ROLES: ClassVar = (Kind.FIRST, Kind.NEW_ACCOUNT, Kind.ROLES)

    id = DrawnIdField(primary_key=True)
    kind = models.CharField(_("事项"), max_length=16, choices=Kind)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="rights_changes",
        verbose_name=_("当事人"),
    )
    district = DistrictKey(null=True)
    username = models.CharField(_("用户名"), max_length=150)
    full_name = SealedField(_("姓名"), null=True, blank=True)
    roles = ArrayField(models.CharField(max_length=150), verbose_name=_("变更后的角色"), default=list)
    roles_before = ArrayField(models.CharField(max_length=150), verbose_name=_("变更前的角色"), default=list)
    note = models.CharField(_("事由"), max_length=500)
    half = SealedField(null=True, blank=True)
    state = models.CharField(_("状态"), max_length=16, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("提出人")
    )
    proposed_at = models.DateTimeField(_("提出时间"), db_default=Now())
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("办理人"),
    )
    decided_at = models.DateTimeField(_("办理时间"), null=True, blank=True)
    decision_note = models.CharField(_("办理说明"), max_length=500, blank=True)

    objects = RightsChangeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("账号和权限变更")
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_waiting_change_of_an_account", fields=["username"], condition=Q(state="proposed")
            ),
            models.CheckConstraint(
                name="a_change_of_rights_has_two_people",
                condition=~Q(state="confirmed")
                | Q(kind="first")
                | Q(~Q(decided_by=F("proposed_by")), decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="what_came_first_is_confirmed", condition=~Q(kind="first") | Q(state="confirmed")
            ),
            models.CheckConstraint(
                name="nobody_changes_the_own_rights",
                condition=Q(person__isnull=True)
                | Q(kind="first")
                | Q(~Q(person=F("proposed_by")), Q(decided_by__isnull=True) | ~Q(decided_by=F("person"))),
            ),
            models.CheckConstraint(
                name="a_change_of_rights_is_decided_on_once",
                condition=Q(state="proposed", decided_by__isnull=True, decided_at__isnull=True)
                | Q(
                    ~Q(state="proposed"),
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    half__isnull=True,
                ),
            ),
            models.CheckConstraint(name="a_change_of_rights_says_why", condition=Q(note__gt="")),
        ]
        indexes: ClassVar = [models.Index(name="rights_changes_of_a_person", fields=["person", "decided_at"])]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.full_name or self.username}"
