"""What people write beside their work: it stays for good and many read it, so it names nobody by a number."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.privacy.masks import looks_personal


def names_nobody(text: str) -> None:
    """A form field's validator. Raises ValidationError for a resident ID's or a mobile phone's number."""
    if looks_personal(text):
        raise ValidationError(
            _("不能写证件号码或手机号：写下的内容长期保存、多人可见。请删去后再提交。"), code="personal"
        )
