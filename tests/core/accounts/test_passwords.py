"""What a password must be: three of four kinds, long enough, not like the name, not common, not used lately."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.urls import reverse

from core.models import AuditEntry, PasswordHistory, User
from tests.core.accounts.conftest import PASSWORD, logged_in, with_password
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def faults(password, user=None):
    """The codes of what is wrong with it."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        return {each.code for each in error.error_list}
    return set()


@pytest.mark.parametrize(
    "password", ["Hushu-22", "hushu-22", "HUSHU-22", "Hushu-che", "Hushu2022", "湖墅车行ab12", "   aB1   "]
)
def test_three_kinds_of_four_will_do(password):
    assert faults(password) == set()


@pytest.mark.parametrize(
    "password",
    ["hushuche22", "HUSHUCHE22", "Hushuchehang", "hushu-chehang", "4826-1937", "湖墅车行湖墅车行22"],
)
def test_two_kinds_will_not(password):
    assert "password_too_few_kinds" in faults(password)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Hu-22ab", "password_too_short"),
        ("P@ssw0rd", "password_too_common"),
        ("Xiaofang-1", "password_too_similar"),
        ("48261937", "password_too_few_kinds"),
        ("", "password_too_short"),
    ],
)
def test_every_other_rule_refuses_too(password, code):
    assert code in faults(password, UserFactory(username="xiaofang"))


def test_the_one_in_use_and_the_four_before_it_are_refused_and_older_ones_are_not():
    user = UserFactory()
    used = [f"Hushu-202{number}" for number in range(7)]
    for password in used:
        assert faults(password, user) == set()
        with_password(user, password)
    assert [faults(password, user) for password in used] == [set()] * 2 + [{"password_used_before"}] * 5


def test_no_more_than_five_are_kept_of_each_and_none_in_clear():
    users = [UserFactory(), UserFactory()]
    for number in range(7):
        for user in users:
            with_password(user, f"Hushu-202{number}")
    kept = PasswordHistory.objects.all()
    assert [kept.filter(user=user).count() for user in users] == [5, 5]
    assert not [row for row in kept if "Hushu" in row.password]
    assert kept.filter(user=users[0]).first().password == users[0].password


def test_a_password_from_before_there_was_a_history_counts():
    user = User.objects.create_user("old.hand", password=PASSWORD)
    assert faults(PASSWORD, user) == {"password_used_before"}


def test_somebody_elses_password_is_no_fault():
    with_password(UserFactory())
    assert faults(PASSWORD, UserFactory()) == set()


def test_what_changes_no_password_leaves_no_trace_in_the_history(clerk):
    clerk.full_name = "小芳"
    clerk.save()
    assert PasswordHistory.objects.filter(user=clerk).count() == 1


# ------------------------------------------------------------------ one's own


def changed(client, new, *, old=PASSWORD, again=None):
    data = {"old_password": old, "new_password1": new, "new_password2": again or new}
    return client.post(reverse("password"), data)


def test_everybody_changes_the_own_password_and_stays_logged_in(clerk, staff):
    for user in (clerk, staff):
        client, elsewhere = logged_in(user), logged_in(user)
        assert client.get(reverse("password")).status_code == 200
        assert changed(client, "Gongshu-2022").headers["Location"] == reverse("portal")
        user.refresh_from_db()
        assert user.check_password("Gongshu-2022")
        assert client.get(reverse("password")).status_code == 200
        assert elsewhere.get(reverse("password")).status_code == 302


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"new": PASSWORD}, "不能与最近 5 次用过的密码相同"),
        ({"new": "hushuche22"}, "至少三种"),
        ({"new": "Gongshu-2022", "old": "wrong"}, "旧密码"),
        ({"new": "Gongshu-2022", "again": "Gongshu-2023"}, "两个密码不一致"),
    ],
)
def test_a_password_that_will_not_do_is_refused_in_words(clerk, fields, sentence):
    response = changed(logged_in(clerk), **fields)
    assert sentence in response.content.decode()
    clerk.refresh_from_db()
    assert clerk.check_password(PASSWORD)


def test_the_present_password_cannot_be_guessed_in_a_session_left_open(staff, clock):
    client = logged_in(staff)
    for number in range(6):
        page = changed(client, "Gongshu-2022", old=f"wrong-{number}")
    assert "密码连续输错，请 30 分钟后再试。" in page.content.decode()
    changed(client, "Gongshu-2022")
    staff.refresh_from_db()
    assert staff.check_password(PASSWORD)
    clock.shift(30 * 60)
    changed(logged_in(staff), "Gongshu-2022")
    staff.refresh_from_db()
    assert staff.check_password("Gongshu-2022")


def test_the_admins_own_form_for_it_leads_to_the_one_that_counts(staff):
    response = logged_in(staff).get(reverse("admin:password_change"))
    assert response.headers["Location"] == reverse("password")


def test_what_is_guessed_there_is_written_down_and_locks_nobody_else(clerk, owner):
    for number in range(5):
        changed(logged_in(clerk), "Gongshu-2022", old=f"wrong-{number}")
    assert (
        AuditEntry.objects.filter(action="login_failed", by=clerk, detail__step="own_password").count() == 5
    )
    changed(logged_in(owner), "Gongshu-2022")
    owner.refresh_from_db()
    assert owner.check_password("Gongshu-2022")


def test_a_stranger_is_sent_to_the_log_in_page(client):
    assert client.get(reverse("password")).headers["Location"] == f"/login/?next={reverse('password')}"


# ------------------------------------------------------------------ one that somebody else set


@pytest.fixture
def newcomer(clerk):
    User.objects.filter(pk=clerk.pk).update(must_change_password=True)
    clerk.refresh_from_db()
    return clerk


@pytest.mark.parametrize(
    "name", ["home", "portal", "imports", "team", "admin:index", "admin:password_change"]
)
def test_until_it_is_changed_every_page_leads_there(newcomer, name):
    response = logged_in(newcomer).get(reverse(name))
    assert (response.status_code, response.headers["Location"]) == (302, reverse("password"))


def test_neither_does_a_form_work(newcomer):
    response = logged_in(newcomer).post(reverse("imports"), {"kind": "trade_ins"})
    assert response.headers["Location"] == reverse("password")


def test_leaving_and_another_language_are_allowed(newcomer):
    client = logged_in(newcomer)
    assert (
        client.post(reverse("set_language"), {"language": "en", "next": "/x/"}).headers["Location"] == "/x/"
    )
    assert client.post(reverse("logout")).headers["Location"] == reverse("home")


def test_the_page_says_why(newcomer, owner):
    assert "由他人设置" in logged_in(newcomer).get(reverse("password")).content.decode()
    assert "由他人设置" not in logged_in(owner).get(reverse("password")).content.decode()


def test_the_same_password_again_does_not_do(newcomer):
    client = logged_in(newcomer)
    assert changed(client, PASSWORD).status_code == 200
    assert client.get(reverse("portal")).headers["Location"] == reverse("password")


def test_once_it_is_changed_everything_is_open(newcomer):
    client = logged_in(newcomer)
    changed(client, "Gongshu-2022")
    assert client.get(reverse("portal")).status_code == 200
    newcomer.refresh_from_db()
    assert not newcomer.must_change_password
