"""Forms about accounts."""

from typing import Any

from django import forms
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminTextInputWidget

from core.accounts.roles import clashing, title_of
from core.models import User

NAME_LENGTH, USERNAME_LENGTH = 50, 150


class OwnPasswordForm(PasswordChangeForm):
    """One's own password: once it is changed, nothing is due any more."""

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


class CodeForm(forms.Form):
    """The code that a device shows now, or one of those written down."""

    code = forms.CharField(
        label=_("验证码"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True}),
    )
