"""Forms about accounts."""

from typing import ClassVar

from django import forms
from django.contrib.auth.forms import PasswordChangeForm
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.accounts import own_password
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


class NamesForm(forms.ModelForm):  # type: ignore[type-arg]
    """What an account is called. Everything else about it takes two people."""

    class Meta:
        model = User
        fields: ClassVar = ["username", "full_name", "email"]


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
