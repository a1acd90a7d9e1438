"""The pages of one's own account; `config/urls.py` is the map of the whole site."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from core.accounts.lockout import LoginForm
from core.accounts.pages import passkeys, password, second_factor, sessions, typed
from core.filters import pages as filters
from core.rights.pages import changes as rights

urlpatterns = [
    path(
        "login/",
        LoginView.as_view(redirect_authenticated_user=True, authentication_form=LoginForm),
        name="login",
    ),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("account/password/", password.OwnPasswordView.as_view(), name="password"),
    path("account/come-back/", typed.come_back, name="come-back"),
    path("account/sessions/", sessions.own, name="sessions"),
    path("account/sessions/others/end/", sessions.end_others, name="sessions-end-others"),
    path("account/sessions/<slug:row>/end/", sessions.end, name="session-end"),
    path("account/devices/<int:pk>/forget/", sessions.forget_device, name="device-forget"),
    path("account/passkeys/", passkeys.own, name="passkeys"),
    path("account/passkeys/make/", passkeys.make, name="passkey-make"),
    path("account/passkeys/show/", passkeys.show, name="passkey-show"),
    path("account/passkeys/<int:pk>/remove/", passkeys.remove, name="passkey-remove"),
    path("account/second-factor/", second_factor.ask, name="second-factor"),
    path("account/second-factor/enrol/", second_factor.enrol, name="second-factor-enrol"),
    path("admin/filters/keep/", filters.keep, name="filter-keep"),
    path("admin/filters/<int:pk>/forget/", filters.forget, name="filter-forget"),
    path("admin/rights/new/", rights.propose_account, name="staff-rights-new"),
    path("admin/rights/of/<int:pk>/<slug:kind>/", rights.propose_change, name="staff-rights-propose"),
    path("admin/rights/of/<int:pk>/", rights.deactivate, name="staff-account-deactivate"),
    path("admin/rights/<int:pk>/<slug:verb>/", rights.decide, name="staff-rights-decide"),
]
