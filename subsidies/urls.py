"""The pages of this app; `config/urls.py` is the map of the whole site."""

from django.urls import path

from subsidies.views import imports, portal, public

urlpatterns = [
    path("", public.home, name="home"),
    path("healthz", public.healthz, name="healthz"),
    path("portal/", portal.claims, name="portal"),
    path("portal/claims/<int:pk>/", portal.claim, name="portal-claim"),
    path("imports/", imports.imports, name="imports"),
    path("imports/<int:pk>/", imports.import_page, name="import"),
    path("imports/<int:pk>/confirm/", imports.confirm, name="import-confirm"),
    path("imports/<int:pk>/discard/", imports.discard, name="import-discard"),
    path("imports/<int:pk>/verdicts.csv", imports.verdicts, name="import-verdicts"),
]
