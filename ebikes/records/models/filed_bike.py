"""The district's register of filed non-standard e-bikes and the people they are filed to."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.districts.models import DistrictKey
from core.privacy.masks import mask_id, mask_name
from core.privacy.sealing import DrawnIdField, SealedField


class Owner(models.Model):
    """A person as a district knows them, by an identity document. Its number and the name rest sealed.

    `id_index` is of kind, number and (passports) country or name, and makes two people of two documents; `number_index` is
    of the number alone, as the authorities tell it; `name_index` is empty where the name came masked. See
    `ebikes/records/persons.py`.
    """

    id = DrawnIdField(primary_key=True)
    district = DistrictKey()
    id_kind = models.CharField(_("证件类型"), max_length=16)
    id_no = SealedField(_("证件号码"))
    id_country = models.CharField(_("证件签发国家或地区"), max_length=32, blank=True)
    id_index = models.BinaryField(_("证件索引"), max_length=16)
    number_index = models.BinaryField(_("证件号码索引"), max_length=16, db_index=True)
    name = SealedField(_("姓名"))
    name_index = models.BinaryField(_("姓名索引"), max_length=16, null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("车主")
        permissions: ClassVar = [("see_personal_data", _("查看完整个人信息"))]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_person_is_known_once_in_a_district", fields=["id_index", "district"]
            )
        ]

    def __str__(self) -> str:
        return f"{mask_name(self.name)} {mask_id(self.id_no)}"


class FiledBike(models.Model):
    """A non-standard e-bike on file (备案非标电动自行车). `filed_on` starts the seven years of art. 19."""

    district = DistrictKey()
    filing_plate_no = models.CharField(_("备案号牌"), max_length=32, unique=True)
    filed_on = models.DateField(_("备案日期"))
    frame_no = models.CharField(_("车架号"), max_length=32, blank=True)
    motor_no = models.CharField(_("电机号"), max_length=32, blank=True)
    brand = models.CharField(_("品牌"), max_length=50, blank=True)
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="filed_bikes", verbose_name=_("车主"))
    phone = SealedField(_("手机号"), null=True, blank=True, bound_to=["filing_plate_no"])
    phone_index = models.BinaryField(_("手机号索引"), max_length=16, null=True, blank=True, db_index=True)
    subdistrict = models.CharField(_("街道"), max_length=50, blank=True)
    content_index = models.BinaryField(_("内容指纹"), max_length=16)

    class Meta:
        verbose_name = verbose_name_plural = _("备案非标电动自行车")
        ordering: ClassVar = ["filing_plate_no"]
        indexes: ClassVar = [
            models.Index(name="bikes_by_frame_no", fields=["frame_no"], condition=models.Q(frame_no__gt="")),
            models.Index(name="bikes_of_a_subdistrict", fields=["subdistrict", "filing_plate_no"]),
        ]

    def __str__(self) -> str:
        return self.filing_plate_no
