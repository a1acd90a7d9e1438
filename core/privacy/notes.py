"""What people write beside their work: it stays for good and many read it, so it names nobody by a number."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.privacy.masks import names_by_number


def names_nobody(text: str) -> None:
    """A form field's validator. Raises ValidationError for a resident ID's, a mobile phone's or a wallet's number."""
    if names_by_number(text):
        raise ValidationError(
            _("不能写证件号码、手机号或钱包编号：写下的内容长期保存、多人可见。请删去后再提交。"),
            code="personal",
        )
