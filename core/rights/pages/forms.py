"""What is filled in when rights are proposed."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from core.accounts.forms import NAME_LENGTH, USERNAME_LENGTH
from core.accounts.roles import OF_THE_INSTALLATION, ROLES, clashing, title_of
from core.models import District, User
from core.staff.ask_first import RequiredNoteForm


def _choices() -> list[tuple[str, str]]:
    sentence = gettext_lazy("%(role)s：%(duty)s")
    return [(name, str(sentence) % {"role": role.title, "duty": role.duty}) for name, role in ROLES.items()]


class RolesForm(RequiredNoteForm):
    """The roles that somebody is to have."""

    roles = forms.MultipleChoiceField(
        label=gettext_lazy("角色"),
        choices=_choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    field_order: tuple[str, ...] = ("roles", "note")

    def clean_roles(self) -> list[str]:
        """The roles chosen; those that nobody may hold together are refused."""
        roles: list[str] = self.cleaned_data["roles"]
        if pair := clashing(roles):
            titles = _("、").join(sorted(title_of(name) for name in pair))
            raise forms.ValidationError(_("同一人不能兼任：%s。") % titles, code="clashing_roles")
        return roles


class NewAccountForm(RolesForm):
    """Whose account it will be."""

    username = forms.CharField(
        label=gettext_lazy("用户名"),
        max_length=USERNAME_LENGTH,
        validators=[User.username_validator],
        widget=UnfoldAdminTextInputWidget,
    )
    full_name = forms.CharField(
        label=gettext_lazy("姓名"), max_length=NAME_LENGTH, required=False, widget=UnfoldAdminTextInputWidget
    )
    district = forms.ModelChoiceField(
        District.objects.all(),
        label=gettext_lazy("所属区"),
        required=False,
        empty_label=gettext_lazy("全市"),
        widget=UnfoldAdminSelectWidget,
        help_text=gettext_lazy("开户后不能变更。"),
    )
    field_order = ("username", "full_name", "district", "roles", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roles"].required = True
        self.only = District.objects.only_one()
        if self.only:
            del self.fields["district"]

    def clean(self) -> dict[str, Any]:
        """With one district, an account is that one's; those who keep accounts are the installation's."""
        told: dict[str, Any] = super().clean() or self.cleaned_data
        if self.only:
            told["district"] = None if set(told.get("roles", ())) <= OF_THE_INSTALLATION else self.only
        return told

    def clean_username(self) -> str:
        """A name that nobody has."""
        name: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=name).exists():
            raise forms.ValidationError(_("已有这个用户名，请换一个。"))
        return name
