"""The pages of this app; `config/urls.py` is the map of the whole site."""

from django.urls import include, path

from subsidies.views import imports, public
from subsidies.views.portal import claims, drafts, duties, home, precheck
from subsidies.views.staff import photos, search

portal = [
    path("", home.home, name="portal"),
    path("news/seen/", home.news_seen, name="news-seen"),
    path("precheck/", precheck.precheck_page, name="precheck"),
    path("drafts/new/", drafts.new, name="draft-new"),
    path("drafts/<int:pk>/submit/", drafts.submit, name="draft-submit"),
    path("drafts/<int:pk>/discard/", drafts.discard, name="draft-discard"),
    path("drafts/<int:pk>/<slug:slug>/", drafts.step, name="draft"),
    path("drafts/<int:pk>/<slug:slug>/field/", drafts.field, name="draft-field"),
    path("claims/", claims.claims, name="portal-claims"),
    path("claims/<int:pk>/", claims.claim, name="portal-claim"),
    path("claims/<int:pk>/withdraw/", claims.withdraw, name="claim-withdraw"),
    path("claims/<int:pk>/correct/", claims.correct, name="claim-correct"),
    path("claims/<int:pk>/payee/", claims.payee, name="claim-payee"),
    path("claims/<int:pk>/photo/", claims.add_photo, name="claim-photo"),
    path("photos/<int:pk>/", claims.photo, name="photo"),
    path("duties/", duties.duties, name="duties"),
    path("duties/letter/sign/", duties.sign, name="letter-sign"),
    path("duties/letter/post/", duties.post, name="letter-post"),
    path("duties/letter.pdf", duties.letter, name="letter"),
    path("duties/letter.jpg", duties.letter_photo, name="letter-photo"),
    path("duties/plaques/<int:pk>.pdf", duties.plaque, name="plaque"),
    path("statements/", duties.statements, name="statements"),
    path("statements/<str:month>.pdf", duties.statement, {"form": "pdf"}, name="statement-pdf"),
    path("statements/<str:month>.xlsx", duties.statement, {"form": "xlsx"}, name="statement-xlsx"),
]

# Before the admin's own pages, at the same prefix.
staff = [
    path("search/", search.search, name="staff-search"),
    path("photos/<int:pk>/", photos.photo, name="staff-photo"),
    path("photos/<int:pk>/small/", photos.photo, {"size": "small"}, name="staff-photo-small"),
]

urlpatterns = [
    path("", public.home, name="home"),
    path("healthz", public.healthz, name="healthz"),
    path("portal/", include(portal)),
    path("admin/", include(staff)),
    path("imports/", imports.imports, name="imports"),
    path("imports/template/<slug:kind>.xlsx", imports.template, name="import-template"),
    path("imports/<int:pk>/", imports.import_page, name="import"),
    path("imports/<int:pk>/confirm/", imports.confirm, name="import-confirm"),
    path("imports/<int:pk>/discard/", imports.discard, name="import-discard"),
    path("imports/<int:pk>/verdicts.csv", imports.verdicts, name="import-verdicts"),
]
