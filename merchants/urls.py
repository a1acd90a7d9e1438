"""The pages about accounts; `config/urls.py` is the map of the whole site."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from merchants.lockout import LoginForm
from merchants.views import accounts, second_factor

urlpatterns = [
    path(
        "login/",
        LoginView.as_view(redirect_authenticated_user=True, authentication_form=LoginForm),
        name="login",
    ),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("invitation/<str:token>/", accounts.invitation, name="invitation"),
    path("team/", accounts.team, name="team"),
    path("team/<int:pk>/deactivate/", accounts.team_deactivate, name="team-deactivate"),
    path("account/password/", accounts.OwnPasswordView.as_view(), name="password"),
    path("account/second-factor/", second_factor.ask, name="second-factor"),
    path("account/second-factor/enrol/", second_factor.enrol, name="second-factor-enrol"),
]
