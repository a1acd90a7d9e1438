"""The pages of a merchant's people, and of those who inspect it; `config/urls.py` is the map of the whole site."""

from django.urls import include, path

from merchants.enforcement.pages import cases, orders
from merchants.supervision.pages import conclude, sampling, visit, visits
from merchants.team import pages

# Beside the admin's own pages, and before them at the same prefix.
staff = [
    path("visits/", visits.visits, name="staff-visits"),
    path("visits/shops/<int:pk>/begin/", visits.begin, name="staff-visit-begin"),
    path("visits/<int:pk>/again/", visits.begin_again, name="staff-visit-again"),
    path("visits/<int:pk>/", visit.visit, name="staff-visit"),
    path("visits/<int:pk>/conclude/", conclude.conclude, name="staff-visit-conclude"),
    path("visits/<int:pk>/signature/", visit.signature, name="staff-visit-signature"),
    path("visits/photos/<int:pk>/", visit.photo, name="staff-visit-photo"),
    path("visits/photos/<int:pk>/small/", visit.photo, {"size": "small"}, name="staff-visit-photo-small"),
    path("visits/shops/<int:pk>/ask/", visits.ask, name="staff-task-ask"),
    path("visits/tasks/<int:pk>/drop/", visits.drop, name="staff-task-drop"),
    path("sampling/<int:year>/", sampling.sampling, name="staff-sampling"),
    path("sampling/lots/<int:pk>/report/", sampling.add_report_page, name="staff-lot-report-new"),
    path("sampling/reports/<int:pk>/", sampling.report, name="staff-lot-report"),
    path("visits/<int:pk>/order/", orders.new, name="staff-order-new"),
    path("orders/<int:pk>/", orders.order_page, name="staff-order"),
    path("orders/<int:pk>/letter.pdf", orders.letter, name="staff-order-letter"),
    path("orders/<int:pk>/<slug:slug>/", orders.verb, name="staff-order-verb"),
    path("enforcement/new/<slug:source>/<int:pk>/", cases.new, name="staff-enforcement-new"),
    path("enforcement/<int:pk>/", cases.case_page, name="staff-enforcement"),
    path("enforcement/<int:pk>/<slug:slug>/", cases.verb, name="staff-enforcement-verb"),
]

urlpatterns = [
    path("admin/", include(staff)),
    path("invitation/<str:token>/", pages.invitation, name="invitation"),
    path("team/", pages.team, name="team"),
    path("team/<int:pk>/deactivate/", pages.team_deactivate, name="team-deactivate"),
]
