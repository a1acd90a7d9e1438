"""The register's own tables. Who a key stands for cannot be read here: the province's key is the cells' alone."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.audit.recorded import Recorded, as_recorded


class LockRegister(models.Model):
    """The one row by which the register does one request after the other.

    `position` counts what it decided and never goes back, but where the database was restored: then the next `generation`
    begins, in which it is `collecting` until every cell has said anew what it holds.
    """

    generation = models.BigIntegerField(_("代次"), default=1)
    position = models.BigIntegerField(_("位次"), default=0)
    collecting = models.BooleanField(_("重新汇集中"), default=False)

    class Meta:
        verbose_name = verbose_name_plural = _("锁定登记")
        constraints: ClassVar = [models.CheckConstraint(name="there_is_one_lock_register", condition=Q(id=1))]

    def __str__(self) -> str:
        return f"{self.generation}/{self.position}"


class LockCell(models.Model):
    """A cell, as far as the register has heard of it. `seen`: the highest number of its questions in this epoch;
    `told_anew`: up to which generation it has said all that it holds.
    """

    code = models.CharField(_("代码"), max_length=16, unique=True)
    epoch = models.BigIntegerField(_("期号"), default=1)
    seen = models.BigIntegerField(_("最新问号"), default=0)
    told_anew = models.BigIntegerField(_("已重报代次"), default=0)
    heard_at = models.DateTimeField(_("最近联系时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("登记单元")
        ordering: ClassVar = ["code"]

    def __str__(self) -> str:
        return self.code


class LockHolder(models.Model):
    """A claim of a cell, by the number of its record, and the newest question about it that was answered: under which epoch
    of the cell, in which generation of the register.
    """

    cell = models.ForeignKey(LockCell, models.PROTECT, related_name="holders", verbose_name=_("登记单元"))
    claim = models.CharField(_("记录编号"), max_length=64)
    epoch = models.BigIntegerField(_("期号"), default=0)
    number = models.BigIntegerField(_("问号"), default=0)
    generation = models.BigIntegerField(_("代次"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("锁定的申请")
        constraints: ClassVar = [
            models.UniqueConstraint(name="a_claim_is_one_holder", fields=["cell", "claim"])
        ]

    def __str__(self) -> str:
        return f"{self.cell_id} {self.claim}"


class Lock(models.Model):
    """That a claim holds a key: reserved until a day, kept, or released since.

    `index`: keyed digest of the identifier under the province's key. Of an old bike and of a new vehicle one claim holds it
    at a time; of a person, claims of other cells are counted against `most` (`sql/locks.sql`).
    """

    class State(models.TextChoices):
        RESERVED = "reserved", _("已预留")
        KEPT = "kept", _("已锁定")
        RELEASED = "released", _("已释放")

    class Kind(models.TextChoices):
        BIKE = "bike", _("旧车")
        VEHICLE = "vehicle", _("新车")
        PERSON = "person", _("车主")

    LIVE = (State.RESERVED, State.KEPT)

    holder = models.ForeignKey(
        LockHolder, models.PROTECT, related_name="locks", verbose_name=_("锁定的申请"), db_index=False
    )
    cell = models.ForeignKey(
        LockCell, models.PROTECT, related_name="locks", verbose_name=_("登记单元"), db_index=False
    )
    kind = models.CharField(_("种类"), max_length=8, choices=Kind)
    index = models.BinaryField(_("索引"), max_length=16)
    most = models.PositiveSmallIntegerField(_("上限"), default=1)
    state = models.CharField(_("状态"), max_length=8, choices=State)
    until = models.DateTimeField(_("预留至"), null=True, blank=True)
    position = models.BigIntegerField(_("位次"))

    class Meta:
        verbose_name = verbose_name_plural = _("锁定")
        indexes: ClassVar = [
            models.Index(
                name="persons_locked",
                fields=["index"],
                condition=Q(kind="person", state__in=("reserved", "kept")),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(name="a_holder_has_a_key_once", fields=["holder", "kind", "index"]),
            models.UniqueConstraint(
                name="one_key_has_one_live_lock",
                fields=["index", "kind"],
                condition=Q(state__in=("reserved", "kept"), kind__in=("bike", "vehicle")),
            ),
            models.CheckConstraint(
                name="a_reservation_ends_on_a_day",
                condition=Q(state="reserved", until__isnull=False) | ~Q(state="reserved"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class LockEntry(Recorded):
    """What the register decided, in the order in which it did: who came first can be shown years later."""

    position = models.BigIntegerField(_("位次"), unique=True)
    holder = models.ForeignKey(
        LockHolder, models.PROTECT, related_name="entries", verbose_name=_("锁定的申请")
    )
    ask = models.CharField(_("请求"), max_length=8)
    word = models.CharField(_("答复"), max_length=8)
    epoch = models.BigIntegerField(_("期号"))
    number = models.BigIntegerField(_("问号"))
    generation = models.BigIntegerField(_("代次"))
    at = models.DateTimeField(_("时间"))
    because_of = models.ForeignKey(
        LockHolder,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("被谁占用"),
        db_index=False,
    )

    class Meta:
        verbose_name = verbose_name_plural = _("锁定登记簿")
        ordering: ClassVar = ["position"]
        indexes: ClassVar = [as_recorded("lock_entries_as_recorded")]

    def __str__(self) -> str:
        return f"{self.position} {self.ask} {self.word}"
