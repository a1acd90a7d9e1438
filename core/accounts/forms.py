"""Forms about accounts."""

from typing import Any

from django import forms
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminTextInputWidget

from core.accounts import own_password
from core.accounts.roles import clashing, title_of
from core.accounts.throttle import TooMany
from core.models import User

NAME_LENGTH, USERNAME_LENGTH = 50, 150


class OwnPasswordForm(PasswordChangeForm):
    """One's own password: the present one is counted like a guess; once it is changed, nothing is due any more."""

    def clean_old_password(self) -> str:
        """The present password, once more."""
        now, password = timezone.now(), str(self.cleaned_data["old_password"])
        try:
            own_password.check(self.user, password, now=now)
        except own_password.WrongPassword:
            raise forms.ValidationError(
                self.error_messages["password_incorrect"], code="password_incorrect"
            ) from None
        except TooMany as refused:
            raise forms.ValidationError(own_password.wait(refused, now=now), code="locked") from None
        return password

    def save(self, commit: bool = True) -> User:
        self.user.must_change_password = False
        return super().save(commit)


class _WithPassword:
    """Of a form that could also shut the password out: here everybody logs in by one, there is no other way."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("usable_password", None)
        for name in ("password1", "password2"):
            self.fields[name].required = True


class _WithRoles:
    """Of a form that gives roles: those that nobody may hold together are refused."""

    cleaned_data: dict[str, Any]

    def clean_groups(self) -> QuerySet[Group]:
        """The roles chosen."""
        groups: QuerySet[Group] = self.cleaned_data["groups"]
        if pair := clashing([group.name for group in groups]):
            titles = gettext("、").join(sorted(title_of(name) for name in pair))
            raise forms.ValidationError(gettext("同一人不能兼任：%s。") % titles, code="clashing_roles")
        return groups


class ResetPasswordForm(_WithPassword, AdminPasswordChangeForm):  # type: ignore[misc]
    """A password set by somebody else: good for the next log-in only."""

    def save(self, commit: bool = True) -> User:
        self.user.must_change_password = True
        user: User = super().save(commit)
        return user


class NewUserForm(_WithRoles, _WithPassword, UserCreationForm):  # type: ignore[misc]
    """An account made by somebody else, likewise. A role is what lets somebody in here."""

    first_name = forms.CharField(
        label=_("姓名"), max_length=NAME_LENGTH, required=False, widget=UnfoldAdminTextInputWidget
    )

    def save(self, commit: bool = True) -> User:
        self.instance.must_change_password = True
        self.instance.is_staff = bool(self.cleaned_data.get("groups"))
        user: User = super().save(commit)
        return user


class StaffRolesForm(_WithRoles, UserChangeForm):  # type: ignore[misc]
    """An account in the admin."""


class PasswordForm(forms.Form):
    """One's own password once more."""

    password = forms.CharField(
        label=_("您的密码"),
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PasskeyForm(forms.Form):
    """What a passkey is called."""

    name = forms.CharField(label=_("名称"), max_length=40, help_text=_("例如：我的手机、办公电脑。"))


class OwnPasskeyForm(PasskeyForm, PasswordForm):
    """One more."""

    field_order = ("name", "password")


class CodeForm(forms.Form):
    """The code that a device shows now, or one of those written down."""

    code = forms.CharField(
        label=_("验证码"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True}),
    )
