"""Forms by which people are invited and come in."""

from typing import Any

from django import forms
from django.contrib.auth.forms import SetPasswordMixin, UsernameField
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from core.accounts.forms import NAME_LENGTH, USERNAME_LENGTH
from merchants.models import Membership
from merchants.team.invitations import VALID_FOR


class InviteForm(forms.Form):
    """Who shall come."""

    name = forms.CharField(label=_("姓名"), max_length=NAME_LENGTH)


class StaffInviteForm(InviteForm):
    """And as what: the admin's form, in the admin's look."""

    role = forms.ChoiceField(
        label=_("角色"), choices=Membership.Role.choices, widget=UnfoldAdminSelectWidget()
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget = UnfoldAdminTextInputWidget()


class LinkForm(forms.Form):
    """The link of an invitation, to be copied from the page: it is shown once."""

    link = forms.CharField(
        label=_("邀请链接"),
        required=False,
        help_text=format_lazy(
            _("{days} 天内有效，只能使用一次。请现在复制并交给本人，离开本页后不再显示。"),
            days=VALID_FOR.days,
        ),
    )

    def __init__(self, link: str, *, widget: type[forms.TextInput] = forms.TextInput) -> None:
        super().__init__(initial={"link": link})
        self.fields["link"].widget = widget({"readonly": True})


class AcceptForm(SetPasswordMixin, forms.Form):  # type: ignore[type-arg]
    """A user name, and a password twice. Whether they will do is for `merchants.team.invitations.accept` to say."""

    username = UsernameField(label=_("用户名"), max_length=USERNAME_LENGTH)
    password1, password2 = SetPasswordMixin.create_password_fields()

    def clean(self) -> dict[str, Any]:
        """The same password twice."""
        self.validate_passwords()
        return super().clean() or self.cleaned_data
