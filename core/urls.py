"""The pages of one's own account; `config/urls.py` is the map of the whole site."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from core.accounts.lockout import LoginForm
from core.accounts.pages import password, second_factor

urlpatterns = [
    path(
        "login/",
        LoginView.as_view(redirect_authenticated_user=True, authentication_form=LoginForm),
        name="login",
    ),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("account/password/", password.OwnPasswordView.as_view(), name="password"),
    path("account/second-factor/", second_factor.ask, name="second-factor"),
    path("account/second-factor/enrol/", second_factor.enrol, name="second-factor-enrol"),
]
