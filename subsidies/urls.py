"""The pages of this app; `config/urls.py` is the map of the whole site."""

from django.urls import include, path

from subsidies.actions.pages import payee
from subsidies.casefile import pages as casefile
from subsidies.casework.pages import cases, notes
from subsidies.checks.pages import precheck
from subsidies.city import pages as city
from subsidies.closing.pages import months, requests, rules
from subsidies.heads import pages as heads
from subsidies.inquiries.pages import answer
from subsidies.intake.pages import batch, beginning, columns, drafts, imports
from subsidies.issues.pages import given, issues, making, templates
from subsidies.laboratory.pages import forecasts, run, runs
from subsidies.locks.pages import locks
from subsidies.papers.pages import papers
from subsidies.payouts.pages import batches, evidence, stop
from subsidies.portal.pages import claims, duties, home
from subsidies.province.pages import cells
from subsidies.public import pages as public
from subsidies.reconciliation.pages import differences, statements, triangle
from subsidies.recoveries.pages import demands, letter, receipts, steps, worklist
from subsidies.reports.pages import charts, report
from subsidies.review.pages import case, photos, worklists
from subsidies.schemes.pages import decisions, founding, life, life_steps, proposals
from subsidies.search import pages as search
from subsidies.shops.pages import authorisations, invitations, risk, shops
from subsidies.stated.pages import figures
from subsidies.supplements.pages import supplements
from subsidies.ties.pages import group, inspect
from subsidies.watchlist.pages import watchlist

portal = [
    path("", home.home, name="portal"),
    path("news/seen/", home.news_seen, name="news-seen"),
    path("precheck/", precheck.precheck_page, name="precheck"),
    path("drafts/new/", beginning.new, name="draft-new"),
    path("drafts/new/field/", beginning.new_field, name="draft-new-field"),
    path("drafts/<int:pk>/submit/", drafts.submit, name="draft-submit"),
    path("drafts/<int:pk>/discard/", drafts.discard, name="draft-discard"),
    path("drafts/<int:pk>/<slug:slug>/", drafts.step, name="draft"),
    path("drafts/<int:pk>/<slug:slug>/field/", drafts.field, name="draft-field"),
    path("claims/", claims.claims, name="portal-claims"),
    path("claims/<int:pk>/", claims.claim, name="portal-claim"),
    path("claims/<int:pk>/withdraw/", claims.withdraw, name="claim-withdraw"),
    path("claims/<int:pk>/correct/", claims.correct, name="claim-correct"),
    path("claims/<int:pk>/payee/", claims.payee, name="claim-payee"),
    path("claims/<int:pk>/answer/", answer.answer, name="claim-answer"),
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

# Beside the admin's own pages, and before them at the same prefix.
staff = [
    path("schemes/<int:pk>/propose/", proposals.propose, name="staff-scheme-propose"),
    path("schemes/<int:pk>/top-up/", proposals.top_up, name="staff-scheme-top-up"),
    path("schemes/new/", founding.draft, name="staff-scheme-new"),
    path("schemes/<int:pk>/clone/", founding.draft, name="staff-scheme-clone"),
    path("schemes/<int:pk>/life/", life.life, name="staff-scheme-life"),
    path("schemes/<int:pk>/life/<slug:slug>/", life_steps.propose, name="staff-scheme-step"),
    path("scheme-steps/<int:pk>/<slug:slug>/", life_steps.decide, name="staff-scheme-step-verb"),
    path("scheme-changes/<int:pk>/", decisions.change_page, name="staff-change"),
    path("scheme-changes/<int:pk>/approve/", decisions.approve, name="staff-change-approve"),
    path("scheme-changes/<int:pk>/reject/", decisions.reject, name="staff-change-reject"),
    path("scheme-changes/<int:pk>/withdraw/", decisions.withdraw, name="staff-change-withdraw"),
    path("report/", report.report_page, name="staff-report"),
    path("report.xlsx", report.report_file, name="staff-report-xlsx"),
    path("report/rows/<str:code>/", report.report_rows, name="staff-report-rows"),
    path("report/charts/<slug:name>.<slug:form>", charts.chart_file, name="staff-report-chart"),
    path("report/issues/new/", making.new, name="staff-issue-new"),
    path("report/issues/<int:pk>/<slug:slug>/", making.decide, name="staff-issue-verb"),
    path("report/issues/<int:pk>/report.docx", given.document, {"form": "docx"}, name="staff-issue-docx"),
    path("report/issues/<int:pk>/report.xlsx", given.document, {"form": "xlsx"}, name="staff-issue-xlsx"),
    path("report/issues/<int:pk>/rows/<str:code>/", issues.rows, name="staff-issue-rows"),
    path("report/issues/<int:pk>/changes/<str:code>/", issues.changes_page, name="staff-issue-changes"),
    path("report-templates/", templates.templates, name="staff-report-templates"),
    path("report-templates/new/", templates.propose, name="staff-template-new"),
    path("report-templates/<int:pk>.docx", templates.template_file, name="staff-template-docx"),
    path("report-templates/<int:pk>/<slug:slug>/", templates.decide, name="staff-template-verb"),
    path("report/figures/new/", figures.new, name="staff-figure-new"),
    path("report/figures/<int:pk>/proof/", figures.proof, name="staff-figure-proof"),
    path("report/figures/<int:pk>/<slug:slug>/", figures.decide, name="staff-figure-verb"),
    path("laboratory/", runs.runs, name="staff-laboratory"),
    path("laboratory/new/<int:pk>/", runs.new_run, name="staff-laboratory-new"),
    path("laboratory/forecasts/<int:pk>/", forecasts.forecasts, name="staff-forecasts"),
    path("laboratory/<int:pk>/", run.run_page, name="staff-laboratory-run"),
    path("laboratory/<int:pk>/repeat/", runs.repeat, name="staff-laboratory-repeat"),
    path("laboratory/<int:pk>.xlsx", run.run_file, name="staff-laboratory-xlsx"),
    path("shops/<int:pk>/", shops.merchant_page, name="staff-merchant"),
    path("shops/<int:pk>/risk/", risk.risk_page, name="staff-merchant-risk"),
    path("shops/<int:pk>/hold/", risk.hold_claims_of, name="staff-merchant-hold"),
    path("shops/<int:pk>/enable/", authorisations.enable, name="staff-merchant-enable"),
    path("shops/<int:pk>/<str:month>.pdf", shops.statement, {"form": "pdf"}, name="staff-merchant-pdf"),
    path("shops/<int:pk>/<str:month>.xlsx", shops.statement, {"form": "xlsx"}, name="staff-merchant-xlsx"),
    path("invitations/<int:pk>/confirm/", invitations.confirm_invitation, name="staff-invitation-confirm"),
    path("points/<int:pk>/grant/", authorisations.grant, name="staff-point-grant"),
    path("points/<int:pk>/withdraw/", authorisations.withdraw, name="staff-point-withdraw"),
    path("city/", city.city, name="staff-city"),
    path("work/", worklists.work, name="staff-work"),
    path("work/next/", worklists.next_one, name="staff-work-next"),
    path("workload/", cases.load, name="staff-load"),
    path("work/assign/", cases.assign_many, name="staff-assign"),
    path("work/<int:pk>/", case.case, name="staff-case"),
    path("work/<int:pk>/assign/", cases.assign, name="staff-case-assign"),
    path("work/<int:pk>/take/", cases.take, name="staff-case-take"),
    path("work/<int:pk>/give-back/", cases.put_back, name="staff-case-give-back"),
    path("work/<int:pk>/note/", notes.note, name="staff-case-note"),
    path("notes/<int:pk>/scan/", notes.scan, name="staff-note-scan"),
    path("work/<int:pk>/<slug:slug>/", case.claim_verb, name="staff-claim-verb"),
    path("claims/<int:pk>/file/", casefile.case_file, name="staff-case-file"),
    path("claims/<int:pk>/paper/", papers.bring, name="staff-paper"),
    path("papers/<int:pk>/<int:no>.jpg", papers.scan, name="staff-scan"),
    path("papers/<int:pk>/<slug:slug>/", papers.decide, name="staff-paper-verb"),
    path("watchlist/", watchlist.watchlist, name="staff-watchlist"),
    path("watchlist/new/", watchlist.new, name="staff-watch-new"),
    path("watchlist/<int:pk>/<slug:slug>/", watchlist.decide, name="staff-watch-verb"),
    path("ties/", group.groups, name="staff-ties"),
    path("ties/<slug:kind>/<int:pk>/", group.group, name="staff-tie"),
    path("ties/<slug:kind>/<int:pk>/inspect/<int:shop>/", inspect.inspect, name="staff-tie-inspect"),
    path("claims/<int:pk>/payee/", payee.payee, name="staff-claim-payee"),
    path("payouts/<int:pk>/<slug:slug>/", batches.batch_verb, name="staff-batch-verb"),
    path("verifications/", heads.verifications, name="staff-verifications"),
    path("province/", cells.province, name="staff-province"),
    path("payout-stop/", stop.stop, name="staff-payout-stop"),
    path("payments/<int:pk>/evidence/", evidence.bring, name="staff-line-evidence"),
    path("evidence/<int:pk>/<slug:slug>/", evidence.decide, name="staff-evidence"),
    path("reconciliation/", triangle.triangle_page, name="staff-reconciliation"),
    path("reconciliation.xlsx", triangle.triangle_file, name="staff-reconciliation-xlsx"),
    path("differences/<int:pk>/<slug:slug>/", differences.difference_verb, name="staff-difference-verb"),
    path("statements/upload/", statements.upload, name="staff-statement-upload"),
    path("statements/files/<int:pk>/", statements.statement_file, name="staff-statement-file"),
    path("statements/<int:pk>/", statements.statement, name="staff-statement"),
    path("statements/<int:pk>/<slug:slug>/", statements.statement, name="staff-statement-verb"),
    path("months/", months.months, name="staff-months"),
    path("months/<int:pk>/<slug:slug>/", months.decide, name="staff-month-verb"),
    path("months/<int:pk>/vouchers.pdf", months.vouchers_file, {"form": "pdf"}, name="staff-month-pdf"),
    path("months/<int:pk>/vouchers.xlsx", months.vouchers_file, {"form": "xlsx"}, name="staff-month-xlsx"),
    path("schemes/<int:pk>/months/<str:month>/close/", months.close, name="staff-month-close"),
    path("schemes/<int:pk>/request/", requests.new, name="staff-request-new"),
    path("requests/<int:pk>.pdf", requests.request_file, {"form": "pdf"}, name="staff-request-pdf"),
    path("requests/<int:pk>.xlsx", requests.request_file, {"form": "xlsx"}, name="staff-request-xlsx"),
    path("rules/", rules.rules, name="staff-rules"),
    path("rules/<slug:slug>/propose/", rules.propose, name="staff-rule-propose"),
    path("rules/<slug:slug>/sample.pdf", rules.sample, name="staff-rule-sample"),
    path("rules/<int:pk>/<slug:slug>/", rules.decide, name="staff-rule-verb"),
    path("recoveries/", worklist.worklist, name="staff-recoveries"),
    path("recoveries/<int:pk>/amend/", demands.amend, name="staff-recovery-amend"),
    path("recoveries/<int:pk>/receipt/", receipts.receive, name="staff-recovery-receipt"),
    path("recoveries/<int:pk>/letter.pdf", letter.letter, name="staff-recovery-letter"),
    path("recoveries/<int:pk>/step/<slug:slug>/", steps.step, name="staff-recovery-step"),
    path("recoveries/<int:pk>/<slug:slug>/", demands.decide, name="staff-recovery-decide"),
    path("receipts/<int:pk>/<slug:slug>/", receipts.decide_arrival, name="staff-receipt-decide"),
    path("recovery-steps/<int:pk>/<slug:slug>/", steps.decide_proposed, name="staff-recovery-step-decide"),
    path("claims/<int:pk>/supplement/", supplements.propose, name="staff-supplement"),
    path("supplements/<int:pk>/<slug:slug>/", supplements.decide, name="staff-supplement-decide"),
    path("search/", search.search, name="staff-search"),
    path("photos/<int:pk>/", photos.photo, name="staff-photo"),
    path("photos/<int:pk>/small/", photos.photo, {"size": "small"}, name="staff-photo-small"),
]

urlpatterns = [
    path("admin/", include(staff)),
    path("", public.home, name="home"),
    path("who-looked/", public.who_looked, name="who-looked"),
    path("healthz", public.healthz, name="healthz"),
    path("heads/", heads.heads, name="heads"),
    path("heads/key.pem", heads.key_file, name="head-key"),
    path("heads/<str:name>", heads.head_file, name="head-file"),
    path("province/locks/", locks.ask, name="province-locks"),
    path("province/locks/held/", locks.held, name="province-held"),
    path("province/reports/", cells.take, name="province-reports"),
    path("province/", cells.heads, name="province"),
    path("province/<str:cell>/<str:name>", cells.head_file, name="province-head"),
    path("portal/", include(portal)),
    path("imports/", imports.imports, name="imports"),
    path("imports/guide/", imports.import_guide, name="import-guide"),
    path("imports/template/<slug:kind>.xlsx", imports.template, name="import-template"),
    path("imports/<int:pk>/", batch.import_page, name="import"),
    path("imports/<int:pk>/columns/", columns.columns, name="import-columns"),
    path("imports/<int:pk>/confirm/", batch.confirm, name="import-confirm"),
    path("imports/<int:pk>/discard/", batch.discard, name="import-discard"),
    path("imports/<int:pk>/take-back/", batch.take_back, name="import-take-back"),
    path("imports/<int:pk>/verdicts.csv", batch.verdicts, name="import-verdicts"),
    path("imports/columns/<int:pk>/forget/", columns.forget, name="import-columns-forget"),
]
