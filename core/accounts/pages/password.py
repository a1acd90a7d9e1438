"""One's own password."""

from django.contrib.auth.views import PasswordChangeView
from django.contrib.messages.views import SuccessMessageMixin
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy

from core.accounts.forms import OwnPasswordForm


class OwnPasswordView(SuccessMessageMixin, PasswordChangeView):  # type: ignore[type-arg]
    """One's own password, for everybody who is logged in."""

    form_class = OwnPasswordForm
    template_name = "core/accounts/password.html"
    success_url = reverse_lazy("portal")
    success_message = gettext_lazy("密码已修改。")
