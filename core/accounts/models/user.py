"""People who log in: the regulator's staff, and the members of a merchant."""

from contextlib import suppress
from typing import Any, ClassVar

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import IntegrityError, models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.debug import sensitive_variables

from core.accounts.hashing import keyed
from core.districts.models import DistrictKey
from core.privacy.sealing import DrawnIdField, SealedField, draw_id
from core.privacy.unreadable import Unreadable, showing


class People(UserManager["User"]):
    """Django's own, with passwords as they are hashed here."""

    def _create_user_object(
        self, username: str, email: str | None, password: str | None, **fields: Any
    ) -> "User":
        user: User = super()._create_user_object(username, email, None, **fields)  # type: ignore[misc]
        user.set_password(password)
        return user


class User(AbstractUser):
    """One person, one account. Staff carry `is_staff`; a merchant's people carry a `Membership`. The name rests sealed."""

    id = DrawnIdField(primary_key=True)
    first_name = last_name = None  # type: ignore[assignment]
    full_name = SealedField(
        _("姓名"), null=True, blank=True, editable=True, max_length=150, bound_to=["username"]
    )
    district = DistrictKey(null=True)
    must_change_password = models.BooleanField(
        _("下次登录须修改密码"), default=False, help_text=_("由他人设置的密码，本人登录后须先修改。")
    )

    objects: ClassVar = People()

    class Meta(AbstractUser.Meta):
        verbose_name, verbose_name_plural = _("用户"), pgettext_lazy("many", "用户")  # type: ignore[assignment]
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("username"),
                name="user_names_differ_by_more_than_capitals",
                violation_error_message=_("已有这个用户名，请换一个。"),
            )
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    def get_full_name(self) -> str:
        """The name; empty where there is none, or none that opens: then the user name tells who it is, and nothing stops."""
        with showing():
            name = self.full_name
        return "" if isinstance(name, Unreadable) else name or ""

    def get_short_name(self) -> str:
        return self.get_full_name()

    @sensitive_variables("raw_password")
    def set_password(self, raw_password: str | None) -> None:
        """The hash is of the password and the account's id, under a key: a new account draws its id here.

        One without a name is nobody's: by it a wrong name costs as much time as a wrong password.
        """
        if self.pk is None and self.username:
            self.pk = draw_id(self)
        self.password = make_password(raw_password and keyed(self.pk, raw_password))
        self._password = raw_password

    @sensitive_variables("raw_password")
    def is_password(self, raw_password: str, encoded: str) -> bool:
        """Whether this hash, which was or is this person's, is of that password."""
        return check_password(keyed(self.pk, raw_password), encoded)

    @sensitive_variables("raw_password", "password")
    def check_password(self, raw_password: str | None) -> bool:
        """Whether it is this person's. A right one whose hash is of an older kind is hashed anew, in the person's name."""
        password = None if raw_password is None else keyed(self.pk, raw_password)

        def hash_anew(password: str) -> None:
            from core.audit.acting import acting  # noqa: PLC0415 - it has people, so they come first

            self.password = make_password(password)  # it is the same one: nobody is told of a change
            with suppress(IntegrityError), acting("hash_anew", by=self, now=timezone.now()):
                self.save(update_fields=["password"])  # not of somebody who is shut out

        return check_password(password, self.password, hash_anew)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """What the backend says: that a column says "superuser" is no right by itself."""
        return obj is None and perm in self.get_all_permissions()

    def has_module_perms(self, app_label: str) -> bool:
        return any(each.startswith(f"{app_label}.") for each in self.get_all_permissions())

    @property
    def is_of_office(self) -> bool:
        """Whether it is one of the regulator's own people, whatever they may do."""
        return self.is_staff or self.is_superuser


class PasswordHistory(models.Model):
    """The hash of a password that somebody has or had: the latest five of each person are kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="passwords", verbose_name=_("用户"))
    password = models.CharField(_("密码"), max_length=128)
    set_at = models.DateTimeField(_("设置时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("历史密码")
        ordering: ClassVar = ["user", "-set_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.user_id} {self.set_at}"
