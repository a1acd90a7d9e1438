"""What a password must be, beside Django's own rules: of three kinds of characters, and none that was used lately."""

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from core.models import PasswordHistory, User

KINDS = 3
KEPT = 5


class KindsValidator:
    """Three of: small letters, capitals, digits, anything else."""

    @sensitive_variables("password")
    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError where there are fewer."""
        kinds = {_kind(character) for character in password}
        if len(kinds) < KINDS:
            raise ValidationError(self.get_help_text(), code="password_too_few_kinds")

    def get_help_text(self) -> str:
        return _("密码须包含小写字母、大写字母、数字、其他符号中的至少三种。")


def _kind(character: str) -> str:
    if character.isascii() and character.isalpha():
        return "lower" if character.islower() else "upper"
    return "digit" if character.isdecimal() else "other"


class HistoryValidator:
    """None of the person's latest five; the one that is in use is the first of these."""

    @sensitive_variables("password")
    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError where it was."""
        if not isinstance(user, User) or user.pk is None:
            return
        used = {user.password, *PasswordHistory.objects.filter(user=user).values_list("password", flat=True)}
        if any(user.is_password(password, each) for each in used):
            raise ValidationError(self.get_help_text(), code="password_used_before")

    def get_help_text(self) -> str:
        return _("密码不能与最近 %s 次用过的密码相同。") % KEPT

    @sensitive_variables("password")
    def password_changed(self, password: str, user: object = None) -> None:
        """Called by Django once a password is saved: keep its hash, and of older ones only as many as count."""
        if not isinstance(user, User):
            return
        PasswordHistory.objects.create(user=user, password=user.password, set_at=timezone.now())
        kept = PasswordHistory.objects.filter(user=user).order_by("-set_at", "-pk").values("pk")[:KEPT]
        PasswordHistory.objects.filter(user=user).exclude(pk__in=kept).delete()
