"""Where a file's good rows wait, already sealed, between preview and confirmation. Emptied at either outcome.

Sealed columns hold bytes sealed for the live table, so that publishing is one INSERT … SELECT.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from core.privacy.sealing import SealedFor
from ebikes.importing.models.batch import ImportBatch

WHICH = ("record_no", "filing_plate_no", "vehicle_code")  # as a trade-in's names and contacts are bound


class StagedRow(models.Model):
    """What every staged row has: its file, its line, and the fingerprint of its content."""

    # Scratch rows of a batch that is never deleted: asking for it again at every row would only cost time.
    batch = models.ForeignKey(
        ImportBatch, models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    line = models.PositiveIntegerField()
    content_index = models.BinaryField(max_length=16)

    class Meta:
        abstract = True
        constraints: ClassVar = [models.UniqueConstraint(name="%(class)s_line", fields=["batch", "line"])]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.line}"


class StagedTradeIn(StagedRow):
    record_no = models.CharField(max_length=64)
    filing_plate_no = models.CharField(max_length=32)
    id_kind = models.CharField(max_length=16)
    id_no = SealedFor(column="ebikes.owner.id_no", bound_to=["owner_record"])
    owner_record = models.BigIntegerField()  # the id of its owner, should the file bring a new one
    id_country = models.CharField(max_length=32)
    id_index = models.BinaryField(max_length=16)
    number_index = models.BinaryField(max_length=16)
    owner_name = SealedFor(column="ebikes.tradein.owner_name", bound_to=WHICH)
    owner_name_written = SealedFor(null=True, column="ebikes.tradein.owner_name_written", bound_to=WHICH)
    new_owner_name = SealedFor(column="ebikes.owner.name", bound_to=["owner_record"])
    name_index = models.BinaryField(max_length=16, null=True)
    phone = SealedFor(null=True, column="ebikes.tradein.phone", bound_to=WHICH)
    phone_index = models.BinaryField(max_length=16, null=True)
    merchant_uscc = models.CharField(max_length=18)
    agent_point_no = models.CharField(max_length=32)
    deregistered_at = models.DateTimeField()
    collected_at = models.DateTimeField()
    purchased_at = models.DateTimeField()
    plated_at = models.DateTimeField()
    day_only = ArrayField(models.CharField(max_length=16))
    vehicle_code = models.CharField(max_length=20)
    digital_plate_no = models.CharField(max_length=32)
    brand = models.CharField(max_length=50)
    invoice_no = models.CharField(max_length=32)
    price_fen = models.BigIntegerField(null=True)
    shop_discount_fen = models.BigIntegerField(null=True)
    scrap_value_fen = models.BigIntegerField(null=True)
    remark = models.CharField(max_length=500)
    wallet_no = SealedFor(null=True, column="ebikes.tradein.wallet_no", bound_to=WHICH)
    wallet_index = models.BinaryField(max_length=16, null=True)
    wallet_operator = models.CharField(max_length=32)


class StagedFiledBike(StagedRow):
    filing_plate_no = models.CharField(max_length=32)
    filed_on = models.DateField()
    frame_no = models.CharField(max_length=32)
    motor_no = models.CharField(max_length=32)
    brand = models.CharField(max_length=50)
    owner_name = SealedFor(column="ebikes.owner.name", bound_to=["owner_record"])
    name_index = models.BinaryField(max_length=16, null=True)
    id_kind = models.CharField(max_length=16)
    id_no = SealedFor(column="ebikes.owner.id_no", bound_to=["owner_record"])
    owner_record = models.BigIntegerField()  # the id of its owner, should the file bring a new one
    id_country = models.CharField(max_length=32)
    id_index = models.BinaryField(max_length=16)
    number_index = models.BinaryField(max_length=16)
    phone = SealedFor(null=True, column="ebikes.filedbike.phone", bound_to=["filing_plate_no"])
    phone_index = models.BinaryField(max_length=16, null=True)
    subdistrict = models.CharField(max_length=50)


class StagedMerchant(StagedRow):
    uscc = models.CharField(max_length=18)
    name = models.CharField(max_length=100)
    subdistrict = models.CharField(max_length=50)
    registered_on = models.DateField(null=True)
    trade_in_enabled_on = models.DateField(null=True)


class StagedAgentPoint(StagedRow):
    point_no = models.CharField(max_length=32)
    merchant_uscc = models.CharField(max_length=18)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
